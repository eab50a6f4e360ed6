"""Documented instruments: burnout, teamwork, safety, wellbeing and engagement, by their published scoring rules.

No item text is shipped. Items go by codes; `catalogue` says what each score is made of and how every rule is known.
"""

from __future__ import annotations

from workforce_metrics.indicators.instruments.bands import bands, in_band
from workforce_metrics.indicators.instruments.catalogue import catalogue
from workforce_metrics.indicators.instruments.licensed import maslach
from workforce_metrics.indicators.instruments.named import (
    burnout_assessment_12,
    burnout_assessment_23,
    copenhagen_burnout,
    gmc_burnout,
    hse_indicator_tool,
    job_satisfaction,
    mini_z,
    oldenburg_burnout,
    ons4,
    professional_fulfillment,
    professional_quality_of_life,
    psychological_safety,
    psychosocial_safety_climate,
    relational_coordination,
    safety_attitudes,
    shirom_melamed_burnout,
    single_item_burnout,
    swemwbs,
    team_climate,
    teamstepps_perceptions,
    uwes_3,
    uwes_9,
    wemwbs,
    who5,
)
from workforce_metrics.indicators.instruments.positive import PercentPositive, positive_answers, sops_hospital
from workforce_metrics.indicators.instruments.real_team import real_team
from workforce_metrics.indicators.instruments.scoring import score_instrument

__all__ = [
    "PercentPositive",
    "bands",
    "burnout_assessment_12",
    "burnout_assessment_23",
    "catalogue",
    "copenhagen_burnout",
    "gmc_burnout",
    "hse_indicator_tool",
    "in_band",
    "job_satisfaction",
    "maslach",
    "mini_z",
    "oldenburg_burnout",
    "ons4",
    "positive_answers",
    "professional_fulfillment",
    "professional_quality_of_life",
    "psychological_safety",
    "psychosocial_safety_climate",
    "real_team",
    "relational_coordination",
    "safety_attitudes",
    "score_instrument",
    "shirom_melamed_burnout",
    "single_item_burnout",
    "sops_hospital",
    "swemwbs",
    "team_climate",
    "teamstepps_perceptions",
    "uwes_3",
    "uwes_9",
    "wemwbs",
    "who5",
]
