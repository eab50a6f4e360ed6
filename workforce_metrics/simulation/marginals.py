"""How often each answer is given in a simulated staff survey: published levels where known, invented elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from workforce_metrics.codebooks.codebook import Item

__all__ = ["FACTORS", "Factor", "factor_of", "option_shares", "unscored_share"]

Factor = tuple[float, float]

FACTORS: dict[str, Factor] = {
    "energy": (0.78, 0.95),
    "health": (0.60, 0.80),
    "engagement": (0.75, 0.60),
    "demands": (0.65, 0.60),
    "recognition": (0.65, 0.55),
    "flexibility": (0.70, 0.50),
    "team": (0.75, 0.45),
    "manager": (0.85, 0.40),
    "safety": (0.45, 0.35),
    "voice": (0.70, 0.50),
    "development": (0.75, 0.50),
    "leaving": (0.85, 0.60),
}
"""What items measure: loading of an item on its factor, correlation of the factor with minus burnout. Invented."""

_BURNT_OUT = {
    2021: (42145, 129913, 233113, 166191, 43936),
    2022: (43548, 130688, 229936, 160462, 44611),
    2023: (54657, 156963, 260868, 161349, 41957),
    2024: (58780, 172050, 289296, 175934, 47190),
}
"""Unweighted national counts of answers 1 to 5 to q12b, as published on the survey's dashboard."""

_PUBLISHED: dict[str, dict[int, float]] = {
    "org_action_wellbeing": {2021: 0.57, 2022: 0.565, 2023: 0.58},
    "msk_problems": {2021: 0.308, 2022: 0.302, 2023: 0.29},
    "unwell_work_stress": {2021: 0.4661, 2022: 0.4454, 2023: 0.4146, 2024: 0.4147},
    "work_despite_unwell": {2021: 0.545, 2022: 0.565, 2023: 0.55},
    "burnout_emotionally_exhausting": {2021: 0.3797, 2022: 0.3729, 2023: 0.34, 2024: 0.3391},
    "burnout_frustrated": {2021: 0.3917, 2022: 0.3953, 2023: 0.3583, 2024: 0.3516},
    "burnout_exhausted_thought": {2021: 0.311},
    "burnout_worn_out": {2021: 0.465, 2024: 0.422},
    "burnout_no_energy_family": {2024: 0.293},
    "violence_public": {2021: 0.1425, 2022: 0.1469, 2023: 0.1369, 2024: 0.1437},
    "violence_managers": {2021: 0.0067, 2022: 0.0078, 2023: 0.0070, 2024: 0.0078},
    "violence_colleagues": {2021: 0.0159, 2022: 0.0174, 2023: 0.0171, 2024: 0.0188},
    "hba_public": {2021: 0.2747, 2022: 0.2773, 2023: 0.2509, 2024: 0.2508},
    "hba_managers": {2021: 0.1139, 2022: 0.1095, 2023: 0.0971, 2024: 0.0933},
    "hba_colleagues": {2021: 0.1848, 2022: 0.1851, 2023: 0.1740, 2024: 0.1734},
    "discrimination_public": {2021: 0.0789, 2022: 0.0835, 2023: 0.0850, 2024: 0.0931},
    "discrimination_internal": {2021: 0.0899, 2022: 0.0890, 2023: 0.0893, 2024: 0.0915},
    "secure_raising_concerns": {2023: 0.7128},
    "confident_org_address_clinical": {2022: 0.5673, 2023: 0.5681},
    "recommend_place_to_work": {2021: 0.594, 2022: 0.5742, 2023: 0.6112, 2024: 0.608},
    "happy_standard_of_care": {2021: 0.678, 2022: 0.629, 2024: 0.6428},
    "safe_to_speak_up": {2023: 0.6231},
    "think_about_leaving": {2021: 0.312, 2022: 0.323, 2023: 0.29},
    "look_for_new_job_12m": {2022: 0.237, 2023: 0.21},
    "leave_as_soon_as": {2021: 0.167, 2022: 0.173, 2023: 0.15},
    "make_improvements_happen": {2021: 0.5317, 2022: 0.5454, 2023: 0.5606, 2024: 0.5533},
    "meet_conflicting_demands": {2021: 0.4316, 2022: 0.4307, 2023: 0.4687, 2024: 0.4745},
    "adequate_materials": {2022: 0.556},
    "enough_staff": {2021: 0.273, 2022: 0.2652, 2023: 0.3264, 2024: 0.3438},
    "recognition_good_work": {2022: 0.5246, 2023: 0.5472},
    "level_of_pay": {2021: 0.326, 2022: 0.2561, 2023: 0.3123},
    "role_makes_difference": {2024: 0.8776},
    "team_roles_understood": {2021: 0.713},
    "enjoy_working_colleagues": {2021: 0.814},
    "valued_by_team": {2021: 0.6885, 2022: 0.6974, 2023: 0.7073, 2024: 0.7004},
    "team_disagreements_constructive": {2023: 0.57},
    "teams_work_well_together": {2023: 0.54},
    "people_polite_respect": {2022: 0.724, 2023: 0.7234},
    "mgr_interest_wellbeing": {2021: 0.68, 2022: 0.69},
}
"""Share counted in the published percentage, national, by edition; one that is not there takes the
latest before it, else the first. The three of 2023 on leaving are published as "over" these shares."""

_INVENTED = {
    "burnout_every_hour_tiring": 0.21, "look_forward_to_work": 0.54, "enthusiastic_job": 0.68,
    "time_passes_quickly": 0.71, "show_initiative": 0.74, "make_suggestions": 0.71, "care_top_priority": 0.74,
    "org_acts_patient_concerns": 0.7, "unrealistic_time_pressures": 0.25, "relationships_strained": 0.47,
    "org_values_my_work": 0.44, "people_show_appreciation": 0.68, "flexible_working_opportunities": 0.57,
    "org_supports_wlb": 0.49, "achieve_wlb": 0.56, "approach_manager_flex": 0.7, "know_responsibilities": 0.86,
    "trusted_to_do_job": 0.9, "involved_in_changes": 0.51, "choice_how_to_work": 0.54, "team_shared_objectives":
    0.74, "team_meets_effectiveness": 0.63, "respect_from_colleagues": 0.72, "team_freedom": 0.6,
    "attachment_to_team": 0.64, "people_kind": 0.7, "mgr_encourages": 0.72, "mgr_clear_feedback": 0.65,
    "mgr_asks_opinion": 0.6, "mgr_values_work": 0.72, "mgr_understands_problems": 0.69, "mgr_listens": 0.71,
    "mgr_cares": 0.7, "mgr_effective_action": 0.66, "sexual_behaviour_public": 0.085, "sexual_behaviour_staff":
    0.037, "seen_errors": 0.33, "confident_org_address_any": 0.5, "org_respects_differences": 0.71,
    "errors_treated_fairly": 0.6, "errors_encouraged_report": 0.86, "errors_action_taken": 0.68,
    "errors_feedback": 0.62, "challenging_work": 0.69, "career_opportunities": 0.56, "improve_knowledge_skills":
    0.7, "supported_develop_potential": 0.56, "access_learning": 0.61, "access_clinical_supervision": 0.58,
}  # fmt: skip
"""The same share for items without a published one; no figure of any survey."""

_ITEMS = {
    "energy": (
        "burnout_emotionally_exhausting burnout_burnt_out burnout_frustrated burnout_exhausted_thought "
        "burnout_worn_out burnout_no_energy_family burnout_every_hour_tiring"
    ),
    "health": "org_action_wellbeing msk_problems unwell_work_stress work_despite_unwell",
    "engagement": (
        "recommend_place_to_work happy_standard_of_care make_improvements_happen role_makes_difference "
        "look_forward_to_work enthusiastic_job time_passes_quickly show_initiative make_suggestions "
        "care_top_priority org_acts_patient_concerns"
    ),
    "demands": (
        "meet_conflicting_demands adequate_materials enough_staff unrealistic_time_pressures relationships_strained"
    ),
    "recognition": "recognition_good_work level_of_pay org_values_my_work people_show_appreciation",
    "flexibility": "flexible_working_opportunities org_supports_wlb achieve_wlb approach_manager_flex",
    "team": (
        "team_roles_understood enjoy_working_colleagues valued_by_team team_disagreements_constructive "
        "teams_work_well_together people_polite_respect know_responsibilities trusted_to_do_job "
        "involved_in_changes choice_how_to_work team_shared_objectives team_meets_effectiveness "
        "respect_from_colleagues team_freedom attachment_to_team people_kind"
    ),
    "manager": (
        "mgr_interest_wellbeing mgr_encourages mgr_clear_feedback mgr_asks_opinion mgr_values_work "
        "mgr_understands_problems mgr_listens mgr_cares mgr_effective_action"
    ),
    "safety": (
        "violence_public violence_managers violence_colleagues hba_public hba_managers hba_colleagues "
        "discrimination_public discrimination_internal sexual_behaviour_public sexual_behaviour_staff "
        "seen_errors"
    ),
    "voice": (
        "secure_raising_concerns confident_org_address_clinical safe_to_speak_up confident_org_address_any "
        "org_respects_differences errors_treated_fairly errors_encouraged_report errors_action_taken "
        "errors_feedback"
    ),
    "development": (
        "challenging_work career_opportunities improve_knowledge_skills supported_develop_potential "
        "access_learning access_clinical_supervision"
    ),
    "leaving": "think_about_leaving look_for_new_job_12m leave_as_soon_as leaving_destination",
}
_FACTOR = {concept: factor for factor, concepts in _ITEMS.items() for concept in concepts.split()}

_OTHER: dict[str, dict[int, float]] = {
    "patient_contact": {1: 0.64, 2: 0.14, 3: 0.22},
    "contracted_hours": {1: 0.21, 2: 0.79},
    "additional_paid_hours": {1: 0.62, 2: 0.22, 3: 0.10, 4: 0.06},
    "additional_unpaid_hours": {1: 0.51, 2: 0.36, 3: 0.09, 4: 0.04},
    "violence_reported": {1: 0.52, 2: 0.09, 3: 0.25, 4: 0.05, 6: 0.09},
    "hba_reported": {1: 0.35, 2: 0.06, 3: 0.46, 4: 0.05, 6: 0.08},
    "fair_career_progression": {1: 0.564, 2: 0.155, 9: 0.281},
    "nutritious_food": {1: 0.12, 2: 0.15, 3: 0.25, 4: 0.29, 5: 0.19},
    "had_appraisal": {1: 0.84, 2: 0.13, 3: 0.03},
    "appraisal_improved_job": {1: 0.26, 2: 0.48, 3: 0.26},
    "appraisal_clear_objectives": {1: 0.36, 2: 0.45, 3: 0.19},
    "appraisal_felt_valued": {1: 0.35, 2: 0.42, 3: 0.23},
    "leaving_destination": {1: 0.10, 2: 0.14, 3: 0.05, 4: 0.06, 5: 0.09, 9: 0.56},
    "covid_ward": {1: 0.33, 2: 0.67},
    "covid_redeployed": {1: 0.17, 2: 0.83},
    "covid_remote": {1: 0.36, 2: 0.64},
    "pressure_from_manager_to_work": {1: 0.247, 2: 0.753},
    "gender": {1: 0.74, 2: 0.22, 3: 0.005, 4: 0.005, 9: 0.03},
    "gender_same_as_birth_sex": {1: 0.965, 2: 0.005, 9: 0.03},
    "sexual_orientation": {1: 0.89, 2: 0.025, 3: 0.015, 4: 0.01, 5: 0.06},
    "religion": {1: 0.36, 2: 0.45, 3: 0.01, 4: 0.03, 5: 0.005, 6: 0.055, 7: 0.01, 8: 0.02, 9: 0.06},
    "long_term_condition": {1: 0.25, 2: 0.75},
    "reasonable_adjustments": {1: 0.34, 2: 0.12, 3: 0.54},
    "children_caring": {1: 0.39, 2: 0.61},
    "other_caring": {1: 0.31, 2: 0.69},
    "work_from_home": {1: 0.55, 2: 0.09, 3: 0.12, 4: 0.14, 5: 0.10},
    "age_band": {1: 0.01, 2: 0.53, 3: 0.25, 4: 0.15, 5: 0.05, 6: 0.01},
    "recruited_outside_uk": {1: 0.26, 2: 0.74},
    "years_in_organisation": {1: 0.14, 2: 0.19, 3: 0.20, 4: 0.18, 5: 0.10, 6: 0.19},
}
"""Invented shares of every answer; where the item measures no factor they do not differ between organisations.
The age band and route that a person has take the place of `age_band` and `recruited_outside_uk`."""

_TICKED = 0.18
_INCIDENTS = {2: 0.50, 3: 0.22, 4: 0.12, 5: 0.16}
_TEMPLATE = {
    ("agree5", "positive"): (0.04, 0.14, 0.36, 0.80),
    ("agree5", "negative"): (0.20, 0.47, 0.69, 0.87),
    ("freq5", "positive"): (0.02, 0.08, 0.32, 0.72),
    ("freq5", "negative"): (0.079, 0.311, 0.700, 0.937),
    ("satis5", "positive"): (0.08, 0.25, 0.48, 0.86),
}
"""Cumulative shares of answers 1 to 4 that give five-point items their shape before they are moved to their level."""

_UNSCORED = {
    "role_makes_difference": 0.028, "errors_treated_fairly": 0.20, "errors_encouraged_report": 0.08,
    "errors_action_taken": 0.17, "errors_feedback": 0.14, "access_clinical_supervision": 0.12,
}  # fmt: skip


def factor_of(concept: str) -> str | None:
    """Return the factor that an item measures, None where it measures none.

    Examples
    --------
    >>> factor_of("burnout_burnt_out"), factor_of("gender")
    ('energy', None)
    """
    return _FACTOR.get(concept)


def unscored_share(concept: str) -> float:
    """Return how often the extra answer ("don't know", "not applicable") of a five-point item is given."""
    return _UNSCORED.get(concept, 0.0)


def option_shares(item: Item, edition: int) -> dict[int, float]:
    """Return code to share over those asked, extra answers left out; empty where the item is not simulated.

    Items whose codes have no label here (ethnic and occupational group) are not simulated.

    Examples
    --------
    >>> from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey
    >>> shares = option_shares(nhs_staff_survey(2024).item("burnout_burnt_out"), 2024)
    >>> round(shares[4] + shares[5], 4) == round((175934 + 47190) / 743250, 4)
    True
    """
    if item.concept == "burnout_burnt_out":
        counts = _BURNT_OUT[_nearest(_BURNT_OUT, edition)]
        return {code: count / sum(counts) for code, count in enumerate(counts, start=1)}
    if item.concept.startswith("discrimination_ground_"):
        return {1: _TICKED, 2: 1 - _TICKED}
    if item.concept in _OTHER:
        return _OTHER[item.concept]
    if item.concept not in _FACTOR:
        return {}
    published = _PUBLISHED.get(item.concept)
    level = published[_nearest(published, edition)] if published else _INVENTED[item.concept]
    return _at_level(item, level)


def _nearest(by_edition: Mapping[int, object], edition: int) -> int:
    """Return the latest edition known that is not after `edition`, else the first known."""
    return max((year for year in by_edition if year <= edition), default=min(by_edition))


def _at_level(item: Item, level: float) -> dict[int, float]:
    from scipy.special import ndtr, ndtri

    scale = item.scale.name.partition("+")[0]
    if scale == "yesno":
        return {1: level, 2: 1 - level}
    if scale == "count5":
        return {1: 1 - level, **{code: level * part for code, part in _INCIDENTS.items()}}
    cuts: npt.NDArray[np.float64] = ndtri(np.array(_TEMPLATE[scale, item.direction]))
    shift = ndtri(level) - cuts[1] if item.counted == {1, 2} else ndtri(1 - level) - cuts[2]
    shares = np.diff(ndtr(cuts + shift), prepend=0.0, append=1.0)
    return {code: float(share) for code, share in enumerate(shares, start=1)}
