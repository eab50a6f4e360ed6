"""Responses to scores and shares; registers to leaver rates."""

from __future__ import annotations

from workforce_metrics.indicators import instruments
from workforce_metrics.indicators.burnout import burnout
from workforce_metrics.indicators.by_name import IndicatorValues, indicator_values
from workforce_metrics.indicators.catalogue import catalogue
from workforce_metrics.indicators.culture import (
    autonomy_and_control,
    compassionate_and_inclusive,
    compassionate_culture,
    diversity_and_equality,
    raising_concerns,
    recognised_and_rewarded,
    voice_that_counts,
)
from workforce_metrics.indicators.engagement import advocacy, involvement, motivation, staff_engagement
from workforce_metrics.indicators.learning import always_learning, appraisals, development
from workforce_metrics.indicators.morale import morale, stressors, thinking_about_leaving, work_pressure
from workforce_metrics.indicators.people_promise import people_promise
from workforce_metrics.indicators.scoring import item_score, score
from workforce_metrics.indicators.shares import share
from workforce_metrics.indicators.teamwork import (
    compassionate_leadership,
    inclusion,
    line_management,
    team_working,
    we_are_a_team,
)
from workforce_metrics.indicators.turnover import Turnover, leaver_rate, stability_index
from workforce_metrics.indicators.wellbeing import (
    flexible_work,
    flexible_working,
    health_and_safety_climate,
    negative_experiences,
    safe_and_healthy,
    support_for_work_life_balance,
)

__all__ = [
    "IndicatorValues",
    "Turnover",
    "advocacy",
    "always_learning",
    "appraisals",
    "autonomy_and_control",
    "burnout",
    "catalogue",
    "compassionate_and_inclusive",
    "compassionate_culture",
    "compassionate_leadership",
    "development",
    "diversity_and_equality",
    "flexible_work",
    "flexible_working",
    "health_and_safety_climate",
    "inclusion",
    "indicator_values",
    "instruments",
    "involvement",
    "item_score",
    "leaver_rate",
    "line_management",
    "morale",
    "motivation",
    "negative_experiences",
    "people_promise",
    "raising_concerns",
    "recognised_and_rewarded",
    "safe_and_healthy",
    "score",
    "share",
    "stability_index",
    "staff_engagement",
    "stressors",
    "support_for_work_life_balance",
    "team_working",
    "thinking_about_leaving",
    "voice_that_counts",
    "we_are_a_team",
    "work_pressure",
]
