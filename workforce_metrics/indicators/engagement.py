"""Engagement: motivation, involvement and whether people would recommend the place."""

from __future__ import annotations

from workforce_metrics.indicators.score_functions import item_score_function, part_score_function

__all__ = ["advocacy", "involvement", "motivation", "staff_engagement"]

staff_engagement = part_score_function("staff_engagement", module=__name__)
motivation = item_score_function("motivation", module=__name__)
involvement = item_score_function("involvement", module=__name__)
advocacy = item_score_function("advocacy", module=__name__)
