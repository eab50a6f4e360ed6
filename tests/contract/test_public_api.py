"""The names and signatures that other code may rely on, and their documentation."""

import inspect
import re
from collections.abc import Callable

import pytest

import workforce_metrics as wm

SIGNATURES = {
    "back_test": "(data, published, *, organisation=None, organisation_column=None, indicators=None, design=None, "
    "conf_level=0.95)",
    "audit_disclosure": "(results, *, min_n=11, totals=(), total=None)",
    "build_cohort": "(register, *, horizon_years=5, causes=None, weight=None, covariates='at_joining')",
    "cause_specific": "(cohort, formula, *, ties='efron', strata=None, cluster=None, robust=None, missing='refuse', "
    "conf_level=0.95)",
    "compare": "(data, indicators, *, by, against=None, reference=None, within=None, design=None, adjust='none', "
    "conf_level=0.95)",
    "compare_runs": "(current, earlier, *, by=None, column='estimate', rounded_to=None)",
    "compare_definitions": "(registers, *, years=5, by=None, causes=None, conf_type='log-log', conf_level=0.95, "
    "cluster=None)",
    "concordance": "(cohort, score, *, strata=None, cluster=None, conf_level=0.95)",
    "cox": "(cohort, formula, *, ties='efron', strata=None, cluster=None, robust=None, offset=None, missing='refuse', "
    "conf_level=0.95)",
    "discrete_hazard": "(data, formula, *, interval='year', link='cloglog', baseline='period', cluster=None, "
    "incomplete='half', missing='refuse', conf_level=0.95)",
    "cross_validate": "(cohort, fit, *, at, cause=None, fold='organisation', by=None, groups=10, cluster=None, "
    "conf_level=0.95)",
    "validate": "(cohort, predicted_risk, *, at, cause=None, by=None, groups=10, measures=None, cluster=None, "
    "conf_level=0.95)",
    "fine_gray": "(cohort, formula, *, cause, ties='efron', strata=None, censoring_by=None, cluster=None, "
    "variance='full', offset=None, missing='refuse', conf_level=0.95)",
    "forecast_leaving": "(model, people, *, served, years=5, by=None, conf_level=0.95)",
    "standardised_risk": "(model, people, *, over='organisation', at=None, weight=None, reference=None, "
    "conf_level=0.95)",
    "cumulative_incidence": "(data, *, by=None, given=0.0, conf_type='log-log', conf_level=0.95, "
    "variance=None, cluster=None)",
    "gray_test": "(data, *, by, rho=0.0, strata=None)",
    "decompose_leavers": "(before, after, *, years=5, by=None, causes='together', variance='poisson', conf_level=0.95)",
    "estimate": "(data, indicators, *, by=None, breakdowns=None, design=None, interval='logit', deff=None, "
    "conf_level=0.95)",
    "funnel": "(table, *, by=None, target=None, limits=(0.95, 0.998), overdispersion='none', winsorise=0.1, "
    "shares=None, share_limits='exact')",
    "rank_intervals": "(table, *, by=None, method='simultaneous', first='largest', draws=10000, seed=None, "
    "conf_level=0.95)",
    "shrink": "(table, *, by=None, method='reml', conf_level=0.95)",
    "standardised_estimate": "(data, indicators, *, by='organisation', mix, standard=None, uncovered='refuse', "
    "design=None, conf_level=0.95)",
    "joining_years": "(register, *, horizon_years=5, by=None, first_month=1, conf_type='log-log', conf_level=0.95)",
    "logrank_test": "(data, *, by, rho=0.0, gamma=0.0, strata=None, trend=None, pairwise=None, cause=None)",
    "model_cells": "(source, covariates, *, interval='year', incomplete='half', horizon_years=None, causes=None, "
    "weight=None, definition=None, window=None, engine='auto')",
    "nelson_aalen": "(data, *, by=None, given=0.0, conf_type='log', conf_level=0.95, cluster=None)",
    "period_risk": "(register, *, periods, horizon_years=5, by=None, causes=None, "
    "conf_type='log-log', conf_level=0.95)",
    "pooled_risk_bounds": "(tables, *, years=5.0, hidden_at_most=None)",
    "parametric": "(cohort, formula='1', *, distribution='weibull', df=None, knots=None, cluster=None, "
    "missing='refuse', conf_level=0.95)",
    "report": "(*, survey=None, earlier_survey=None, indicators=None, by=None, design=None, benchmark=None, "
    "benchmark_name=None, register=None, years=5, leaving_by=None, causes=None, periods=None, first_month=4, "
    "people='people', title='Workforce report', organisation='', date='', notes=(), min_n=11, conf_level=0.95)",
    "restricted_mean": "(data, *, by=None, horizon_years=5, reference=None, conf_level=0.95)",
    "kaplan_meier": "(data, *, by=None, given=0.0, conf_type='log-log', conf_level=0.95, cluster=None)",
    "leaving_causes": "()",
    "leaving_within": "(data, *, years=None, by=None, given=0.0, causes='together', "
    "conf_type='log-log', conf_level=0.95, cluster=None)",
    "likert": "(survey, items, *, by=None, design=None, conf_level=0.95)",
    "load_leaving_reasons": "()",
    "load_published_register": "()",
    "load_published_staff_survey": "()",
    "load_special_educators": "()",
    "nhs_staff_survey": "(edition)",
    "read_codebook": "(path)",
    "read_published_survey": "(source, *, kind=None, edition=None, release=None, organisation=None, shares=None, "
    "columns=None, questions=None, options=None, marks=None, question_row=1, header_row=5, encoding=None, "
    "delimiter=None)",
    "parse_register_numbers": "(numbers, *, kind, pivot_year=None, pattern=None, fill_zeros=False)",
    "read_primary_care_workforce": "(source, *, columns=None, encoding=None, delimiter=None)",
    "read_published_workforce": "(source, *, layout=None, definition=None, rates=None, columns=None, totals=None, "
    "marks=None, counts_rounded_to=None, date_formats=None, encoding=None, delimiter=None)",
    "reconcile": "(published, *, denominator='average', totals=None, hidden_below=None)",
    "read_register": "(source, *, columns, definition, observed_from, observed_to, date_formats=None, "
    "rejoin_within_days=0, within=None, sentinel_dates=('1900-01-01', '9999-12-31'), zero_length='set_aside', "
    "min_recurring=0.5, encoding=None, delimiter=None)",
    "read_result": "(path)",
    "read_snapshots": "(source, *, columns, definition='left the extract', posts='largest_fte', gap_periods=0, "
    "dated_at='middle', covariates=(), changes=False, period_format=None, period_from=None, month_day='last', "
    "date_formats='%Y-%m-%d', sentinel_dates=('1900-01-01', '9999-12-31'), active_values=None, fte_max=2.0, "
    "min_recurring=0.5, memory_limit='1GB', spill_folder=None, engine='auto', progress=True, encoding=None, "
    "delimiter=None)",
    "read_snapshots_by_definition": "(source, *, columns, definitions, posts='largest_fte', gap_periods=0, "
    "dated_at='middle', covariates=(), changes=False, period_format=None, period_from=None, month_day='last', "
    "date_formats='%Y-%m-%d', sentinel_dates=('1900-01-01', '9999-12-31'), active_values=None, fte_max=2.0, "
    "min_recurring=0.5, memory_limit='1GB', spill_folder=None, engine='auto', progress=True, encoding=None, "
    "delimiter=None)",
    "read_staff_survey": "(source, *, edition=None, codebook=None, edition_column=None, respondent_id=None, "
    "weight=None, columns=None, missing=None, on_duplicate='set_aside', encoding=None, delimiter=None)",
    "risk_table": "(source, *, by=None, horizon_years=None, causes=None, weight=None, definition=None, window=None, "
    "engine='auto')",
    "simulate_register": "(n_people, *, seed, n_organisations=20, observed_from='2018-04-01', "
    "observed_to='2025-03-31', warts=False)",
    "simulate_snapshots": "(n_people, *, n_periods=60, seed, n_organisations=20, first_period='2020-04', ids='string', "
    "warts=False)",
    "simulate_staff_survey": "(n_people, *, seed, edition=2024, n_organisations=20, warts=False)",
    "group_agreement": "(data, items, *, group, measure='rwg', null='uniform', options=None)",
    "intraclass_correlation": "(data, indicators, *, group, group_size='expected', conf_level=0.95)",
    "reliability": "(data, items, *, reverse=None, interval='feldt', conf_level=0.95)",
    "straight_lining": "(data, items, *, at_least=1.0, min_answered=3)",
    "variance_by_level": "(data, indicators, *, levels, method='reml', conf_level=0.95)",
    "spells_from_snapshots": "(frame, *, columns, definition='left the extract', posts='largest_fte', gap_periods=0, "
    "dated_at='middle', covariates=(), period_format=None, month_day='last', date_formats='%Y-%m-%d', "
    "sentinel_dates=('1900-01-01', '9999-12-31'), active_values=None, fte_max=2.0, min_recurring=0.5)",
    "stack_editions": "(surveys, *, release=None)",
    "trend": "(surveys, indicators, *, by=None, design=None, conf_level=0.95)",
    "trend_test": "(surveys, indicators, *, by=None, reference=None, design=None, pairing='independent', "
    "breaks='leave out', adjust='none', conf_level=0.95)",
    "survey_weights": "(data, *, population, organisation='organisation', occupation=None, count='population', "
    "kind='occupation', cap=5.0, profile_by=None, rescale=False, without_population='refuse')",
    "suppress": "(result, *, min_n=11, complementary=True, hide_unanimous=True, min_event=None, round_to=None, "
    "times=None, total=None)",
    "write_result": "(result, path, *, unsuppressed=None)",
}
CLASSES = {
    "Codebook", "Cohort", "ModelCells", "Ratio", "Register", "RiskTable", "SnapshotReport", "SurveyDesign",
}  # fmt: skip
FUNCTIONS = [getattr(wm, name) for name in SIGNATURES] + [wm.Cohort.from_frame, wm.RiskTable.from_counts]


def plain_signature(function: Callable[..., object]) -> str:
    parameters = inspect.signature(function).parameters.values()
    return str(inspect.Signature([p.replace(annotation=inspect.Parameter.empty) for p in parameters]))


def test_every_public_name_is_known() -> None:
    assert set(wm.__all__) == set(SIGNATURES) | CLASSES | {"indicators"}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature_is_as_promised(name: str) -> None:
    assert plain_signature(getattr(wm, name)) == SIGNATURES[name]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__qualname__)
def test_docstring_is_complete(function: Callable[..., object]) -> None:
    text = inspect.getdoc(function) or ""
    sections = set(re.findall(r"^([A-Z][A-Za-z ]+)\n-+$", text, flags=re.MULTILINE))
    parameters = set(inspect.signature(function).parameters)
    described = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[\w ]*\n-+$|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    named = (
        set(re.findall(r"\w+", " ".join(re.findall(r"^([\w, ]+) :", described[1], flags=re.MULTILINE))))
        if described
        else set()
    )

    assert {"Returns", "Examples"} <= sections
    assert parameters <= named
    if parameters:
        assert "Raises" in sections


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__qualname__)
def test_policy_is_keyword_only(function: Callable[..., object]) -> None:
    positional = [p for p in inspect.signature(function).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]

    assert len(positional) <= 2
    assert not any(p.kind in {p.VAR_POSITIONAL, p.VAR_KEYWORD} for p in inspect.signature(function).parameters.values())
