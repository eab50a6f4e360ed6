"""Burnout: how exhausting people find their work, turned round so that higher is better."""

from __future__ import annotations

from workforce_metrics.indicators.score_functions import item_score_function

__all__ = ["burnout"]

burnout = item_score_function("burnout", module=__name__)
