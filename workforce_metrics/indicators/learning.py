"""Learning: development and appraisals."""

from __future__ import annotations

from workforce_metrics.indicators.score_functions import item_score_function, part_score_function

__all__ = ["always_learning", "appraisals", "development"]

always_learning = part_score_function("always_learning", module=__name__)
development = item_score_function("development", module=__name__)
appraisals = item_score_function("appraisals", module=__name__)
