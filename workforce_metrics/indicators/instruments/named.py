"""The documented instruments by name."""

from __future__ import annotations

from workforce_metrics.indicators.instruments.functions import instrument_function

__all__ = [
    "burnout_assessment_12",
    "burnout_assessment_23",
    "copenhagen_burnout",
    "gmc_burnout",
    "hse_indicator_tool",
    "job_satisfaction",
    "mini_z",
    "oldenburg_burnout",
    "ons4",
    "professional_fulfillment",
    "professional_quality_of_life",
    "psychological_safety",
    "psychosocial_safety_climate",
    "relational_coordination",
    "safety_attitudes",
    "shirom_melamed_burnout",
    "single_item_burnout",
    "swemwbs",
    "team_climate",
    "teamstepps_perceptions",
    "uwes_3",
    "uwes_9",
    "wemwbs",
    "who5",
]

burnout_assessment_12 = instrument_function("BAT-12", module=__name__)
burnout_assessment_23 = instrument_function("BAT-23", module=__name__)
copenhagen_burnout = instrument_function("CBI", module=__name__)
gmc_burnout = instrument_function("GMC_NTS_burnout", module=__name__)
hse_indicator_tool = instrument_function("HSE-MSIT-35", module=__name__)
job_satisfaction = instrument_function("JS-1", module=__name__)
mini_z = instrument_function("Mini-Z-2.0", module=__name__)
oldenburg_burnout = instrument_function("OLBI", module=__name__)
ons4 = instrument_function("ONS4", module=__name__)
professional_fulfillment = instrument_function("PFI", module=__name__)
professional_quality_of_life = instrument_function("ProQOL-5", module=__name__)
psychological_safety = instrument_function("PS-7", module=__name__)
psychosocial_safety_climate = instrument_function("PSC-12", module=__name__)
relational_coordination = instrument_function("RC", module=__name__)
safety_attitudes = instrument_function("SAQ-SF", module=__name__)
shirom_melamed_burnout = instrument_function("SMBM-14", module=__name__)
single_item_burnout = instrument_function("PWLS", module=__name__)
swemwbs = instrument_function("SWEMWBS-7", module=__name__)
team_climate = instrument_function("TCI-14", module=__name__)
teamstepps_perceptions = instrument_function("T-TPQ", module=__name__)
uwes_3 = instrument_function("UWES-3", module=__name__)
uwes_9 = instrument_function("UWES-9", module=__name__)
wemwbs = instrument_function("WEMWBS-14", module=__name__)
who5 = instrument_function("WHO-5", module=__name__)
