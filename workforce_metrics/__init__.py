"""Staff surveys and registers in, defensible numbers out.

>>> import workforce_metrics as wm
>>> wm.leaving_within(wm.RiskTable.from_counts(wm.load_special_educators()), years=5).frame["estimate"].round(3).item()
0.434
"""

from __future__ import annotations

from workforce_metrics import indicators
from workforce_metrics.codebooks.codebook import Codebook
from workforce_metrics.codebooks.leaving_reasons import leaving_causes, load_leaving_reasons
from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey
from workforce_metrics.codebooks.published import (
    load_published_register,
    load_published_staff_survey,
    load_special_educators,
)
from workforce_metrics.codebooks.read import read_codebook
from workforce_metrics.estimation.audit import audit_disclosure
from workforce_metrics.estimation.back_test import back_test
from workforce_metrics.estimation.compare import compare
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.editions import stack_editions
from workforce_metrics.estimation.estimate import estimate
from workforce_metrics.estimation.funnel import funnel
from workforce_metrics.estimation.levels.agreement import group_agreement
from workforce_metrics.estimation.levels.intraclass import intraclass_correlation
from workforce_metrics.estimation.levels.variance_by_level import variance_by_level
from workforce_metrics.estimation.likert import likert
from workforce_metrics.estimation.rank_intervals import rank_intervals
from workforce_metrics.estimation.ratio import Ratio
from workforce_metrics.estimation.reliability.reliability import reliability
from workforce_metrics.estimation.reliability.straight_lining import straight_lining
from workforce_metrics.estimation.run_comparison import compare_runs
from workforce_metrics.estimation.saved_results import read_result
from workforce_metrics.estimation.shrinkage import shrink
from workforce_metrics.estimation.standardised_estimate import standardised_estimate
from workforce_metrics.estimation.suppression import suppress
from workforce_metrics.estimation.trend import trend
from workforce_metrics.estimation.trend_test import trend_test
from workforce_metrics.estimation.weights import survey_weights
from workforce_metrics.estimation.writing import write_result
from workforce_metrics.extracts import Register
from workforce_metrics.indicators.reconcile import reconcile
from workforce_metrics.loaders.primary_care_workforce import read_primary_care_workforce
from workforce_metrics.loaders.published_survey import read_published_survey
from workforce_metrics.loaders.published_workforce import read_published_workforce
from workforce_metrics.loaders.register import read_register
from workforce_metrics.loaders.register_numbers import parse_register_numbers
from workforce_metrics.loaders.snapshots.read_snapshots import read_snapshots, read_snapshots_by_definition
from workforce_metrics.loaders.snapshots.spells_from_snapshots import spells_from_snapshots
from workforce_metrics.loaders.staff_survey import read_staff_survey
from workforce_metrics.reporting.report import report
from workforce_metrics.simulation.register import simulate_register
from workforce_metrics.simulation.snapshots import simulate_snapshots
from workforce_metrics.simulation.staff_survey import simulate_staff_survey
from workforce_metrics.snapshot_report import SnapshotReport
from workforce_metrics.survival.build_cohort import build_cohort
from workforce_metrics.survival.cause_specific.fit import cause_specific
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.compare_definitions import compare_definitions
from workforce_metrics.survival.counted_spells import risk_table
from workforce_metrics.survival.cox.concordance import concordance
from workforce_metrics.survival.cox.fit import cox
from workforce_metrics.survival.cumulative_incidence import cumulative_incidence
from workforce_metrics.survival.decomposition import decompose_leavers
from workforce_metrics.survival.discrete_hazard.count_model_cells import model_cells
from workforce_metrics.survival.discrete_hazard.fit import discrete_hazard
from workforce_metrics.survival.discrete_hazard.model_cells import ModelCells
from workforce_metrics.survival.fine_gray.fit import fine_gray
from workforce_metrics.survival.forecast import forecast_leaving
from workforce_metrics.survival.gray import gray_test
from workforce_metrics.survival.joining_years import joining_years
from workforce_metrics.survival.kaplan_meier import kaplan_meier
from workforce_metrics.survival.leaving_within import leaving_within
from workforce_metrics.survival.logrank import logrank_test
from workforce_metrics.survival.nelson_aalen import nelson_aalen
from workforce_metrics.survival.parametric.fit import parametric
from workforce_metrics.survival.period_risk import period_risk
from workforce_metrics.survival.pooled_bounds import pooled_risk_bounds
from workforce_metrics.survival.restricted_mean import restricted_mean
from workforce_metrics.survival.risk_table import RiskTable
from workforce_metrics.survival.standardisation import standardised_risk
from workforce_metrics.survival.validation.cross_validation import cross_validate
from workforce_metrics.survival.validation.validate import validate

__all__ = [
    "Codebook",
    "Cohort",
    "ModelCells",
    "Ratio",
    "Register",
    "RiskTable",
    "SnapshotReport",
    "SurveyDesign",
    "audit_disclosure",
    "back_test",
    "build_cohort",
    "cause_specific",
    "compare",
    "compare_definitions",
    "compare_runs",
    "concordance",
    "cox",
    "cross_validate",
    "cumulative_incidence",
    "decompose_leavers",
    "discrete_hazard",
    "estimate",
    "fine_gray",
    "forecast_leaving",
    "funnel",
    "gray_test",
    "group_agreement",
    "indicators",
    "intraclass_correlation",
    "joining_years",
    "kaplan_meier",
    "leaving_causes",
    "leaving_within",
    "likert",
    "load_leaving_reasons",
    "load_published_register",
    "load_published_staff_survey",
    "load_special_educators",
    "logrank_test",
    "model_cells",
    "nelson_aalen",
    "nhs_staff_survey",
    "parametric",
    "parse_register_numbers",
    "period_risk",
    "pooled_risk_bounds",
    "rank_intervals",
    "read_codebook",
    "read_primary_care_workforce",
    "read_published_survey",
    "read_published_workforce",
    "read_register",
    "read_result",
    "read_snapshots",
    "read_snapshots_by_definition",
    "read_staff_survey",
    "reconcile",
    "reliability",
    "report",
    "restricted_mean",
    "risk_table",
    "shrink",
    "simulate_register",
    "simulate_snapshots",
    "simulate_staff_survey",
    "spells_from_snapshots",
    "stack_editions",
    "standardised_estimate",
    "standardised_risk",
    "straight_lining",
    "suppress",
    "survey_weights",
    "trend",
    "trend_test",
    "validate",
    "variance_by_level",
    "write_result",
]


def __dir__() -> list[str]:
    return sorted([*__all__, "errors"])
