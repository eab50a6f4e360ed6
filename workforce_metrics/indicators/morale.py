"""Morale: thinking about leaving, work pressure and stressors, turned round so that higher is better."""

from __future__ import annotations

from workforce_metrics.indicators.score_functions import item_score_function, part_score_function

__all__ = ["morale", "stressors", "thinking_about_leaving", "work_pressure"]

morale = part_score_function("morale", module=__name__)
thinking_about_leaving = item_score_function("thinking_about_leaving", module=__name__)
work_pressure = item_score_function("work_pressure", module=__name__)
stressors = item_score_function("stressors", module=__name__)
