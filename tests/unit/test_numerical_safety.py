"""Hard data through every survival function: a documented answer or an error that says what to do, in any row order."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from math import exp

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import (
    DefinitionMismatchError,
    InvalidArgumentError,
    InvalidDataError,
    RiskSetWarning,
    WorkforceMetricsError,
    WorkforceMetricsWarning,
)
from workforce_metrics.survival.cox.likelihood import partial_likelihood
from workforce_metrics.survival.cox.risk_sets import cox_sample

N = 60
ROW = np.arange(N)
Tables = dict[str, pd.DataFrame]


def plain_staff() -> pd.DataFrame:
    """Sixty people of three routes, two sites and twelve teams; late entry, ties, two reasons."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "entry": rng.integers(0, 4, N),
            "a": rng.normal(size=N).round(2),
            "route": rng.choice(["home", "away", "other"], N),
            "team": rng.integers(0, 12, N).astype(str),
            "site": rng.choice(["n", "s"], N),
            "w": rng.integers(1, 4, N).astype(float),
        }
    )
    frame["duration"] = frame["entry"] + 1 + rng.integers(0, 9, N)
    frame["left"] = rng.random(N) < 0.6
    return frame.assign(reason=np.where(frame["left"], rng.choice(["job", "retired"], N), None))


STAFF = plain_staff()
TEN_PEOPLE = STAFF.head(10)


def cohort_of(frame: pd.DataFrame, **roles: str | None) -> wm.Cohort:
    asked = {"duration": "duration", "event": "left", "entry": "entry", "cause": "reason", "time_unit": "years"}
    return wm.Cohort.from_frame(frame, **{name: role for name, role in {**asked, **roles}.items() if role is not None})


def everybody_leaves(**columns: object) -> pd.DataFrame:
    return STAFF.assign(left=True, reason=np.where(STAFF["a"] > 0, "job", "retired")).assign(**columns)


def next_to_ticks() -> pd.DataFrame:
    frame = STAFF.astype({"duration": float, "entry": float})
    frame.loc[::2, "duration"] = np.nextafter(frame.loc[::2, "duration"], 99)
    frame.loc[::3, "entry"] = np.nextafter(frame.loc[::3, "entry"], 99)
    return frame


LEFT = STAFF["left"]
SECOND_LEAVER = np.flatnonzero(LEFT)[1] == ROW
EMPTIED = pd.concat(
    [STAFF.assign(entry=STAFF["entry"] + 5, duration=STAFF["duration"] + 5), everybody_leaves(entry=0, duration=1)[:3]]
)
CASES: dict[str, Callable[[], tuple[pd.DataFrame, dict[str, str | None]]]] = {
    "late entry, ties, causes": lambda: (STAFF, {}),
    "case weights": lambda: (STAFF, {"weight": "w"}),
    "covariate times 1e6": lambda: (STAFF.assign(a=STAFF["a"] * 1e6), {}),
    "covariate times 1e-6": lambda: (STAFF.assign(a=STAFF["a"] * 1e-6), {}),
    "covariate beyond squares": lambda: (STAFF.assign(a=STAFF["a"] * 1e200), {}),
    "covariate below squares": lambda: (STAFF.assign(a=STAFF["a"] * 1e-200), {}),
    "covariate far from 0": lambda: (STAFF.assign(a=STAFF["a"] + 1e8), {}),
    "duplicated column": lambda: (STAFF.assign(a=(STAFF["route"] == "home") * 1.0), {}),
    "boolean covariate": lambda: (STAFF.assign(a=STAFF["a"] > 0), {}),
    "a cause with one event": lambda: (
        STAFF.assign(reason=np.where(LEFT, np.where(SECOND_LEAVER, "retired", "job"), None)),
        {},
    ),
    "a group with none": lambda: (STAFF.assign(left=LEFT & (STAFF["route"] != "home")), {}),
    "all censored": lambda: (STAFF.assign(left=False), {}),
    "all censored, no causes": lambda: (STAFF.assign(left=False), {"cause": None}),
    "everybody leaves": lambda: (everybody_leaves(), {}),
    "everybody leaves at once": lambda: (everybody_leaves(duration=9), {}),
    "everybody leaves at 0": lambda: (everybody_leaves(duration=0), {"entry": None}),
    "some leave at 0": lambda: (STAFF.assign(duration=STAFF["duration"] * (ROW % 5 > 0)), {"entry": None}),
    "one person": lambda: (STAFF[LEFT].head(1), {}),
    "one person, censored": lambda: (STAFF[~LEFT].head(1), {}),
    "two people": lambda: (STAFF[LEFT].head(2), {}),
    "40 years in days": lambda: (
        STAFF.assign(entry=STAFF["entry"] * 1000, duration=STAFF["duration"] * 1200 + 1),
        {"time_unit": "days"},
    ),
    "times apart by the last bit": lambda: (next_to_ticks(), {}),
    "single precision": lambda: (
        STAFF.assign(entry=(STAFF["entry"] * 1.1).astype("f4"), duration=(STAFF["duration"] * 1.1).astype("f4")),
        {},
    ),
    "weights 1e-12 and 1e12": lambda: (STAFF.assign(w=np.where(ROW % 2, 1e12, 1e-12)), {"weight": "w"}),
    "weights 1e-12": lambda: (STAFF.assign(w=1e-12), {"weight": "w"}),
    "weights 1e12": lambda: (STAFF.assign(w=1e12), {"weight": "w"}),
    "some weights 0": lambda: (STAFF.assign(w=(ROW % 3 > 0) * 1.0), {"weight": "w"}),
    "a group of weight 0": lambda: (STAFF.assign(w=(STAFF["route"] != "home") * 1.0), {"weight": "w"}),
    "a stratum of one": lambda: (STAFF.assign(site=np.where(ROW == 3, "x", STAFF["site"])), {}),
    "constant within strata": lambda: (STAFF.assign(a=(STAFF["site"] == "n") * 1.0), {}),
    "separated": lambda: (STAFF.assign(a=LEFT * 1.0), {}),
    "nearly separated": lambda: (STAFF.assign(a=LEFT * 100.0 - SECOND_LEAVER * 50), {}),
    "nullable types": lambda: (STAFF.convert_dtypes(), {}),
    "Arrow types": lambda: (STAFF.convert_dtypes(dtype_backend="pyarrow"), {}),
    "unused levels": lambda: (
        STAFF.assign(
            route=pd.Categorical(STAFF["route"], ["zz", "home", "away", "other", "yy"]),
            reason=pd.Categorical(STAFF["reason"], ["job", "none", "retired"]),
        ),
        {},
    ),
    "groups missing": lambda: (STAFF.assign(team=STAFF["team"].where(ROW % 7 > 0)), {}),
    "index of one value": lambda: (STAFF.set_index(np.zeros(N)), {}),
    "emptied early": lambda: (EMPTIED, {}),
}


@cache
def case_of(name: str) -> wm.Cohort:
    frame, roles = CASES[name]()
    return cohort_of(frame, **roles)


# ------------------------------------------------------------------- what is asked of each


def of_curve(curve: wm.KaplanMeier) -> Tables:  # type: ignore[name-defined] - any of the three curves
    return {"curve": curve.frame, "at": curve.at([0, 1, 5, 50])}


def of_cox(cohort: wm.Cohort, **asked: object) -> Tables:
    model = wm.cox(cohort, "a + route", **asked)  # type: ignore[arg-type]
    test = model.proportional_hazards_test()
    kinds = ("martingale", "deviance", "score", "dfbeta", "schoenfeld", "scaled_schoenfeld")
    residuals = {f"people: {kind}": model.residuals(kind) for kind in kinds}  # type: ignore[arg-type]
    return {
        "model": model.frame,
        "tests": model.tests(),
        "covariance": model.covariance,
        "baseline": model.baseline_hazard(),
        "concordance": model.concordance.frame,
        "test": test.frame,
        "risk": model.predict_risk(cohort.covariates.head(10), at=[0, 1, 5]),
        **residuals,
    }


def of_causes(cohort: wm.Cohort, **asked: object) -> Tables:
    model = wm.cause_specific(cohort, "a + route", **asked)  # type: ignore[arg-type]
    people = cohort.covariates.head(10)
    return {
        "model": model.frame,
        "risk by cause": model.predict_incidence(people, at=[0, 1, 5]),
        "risk": model.predict_risk(people, at=[0, 1, 5]),
    }


def in_intervals(cohort: wm.Cohort, **asked: object) -> wm.DiscreteHazard:  # type: ignore[name-defined]
    ends = np.array([5, 8, 13]) * (1200 if cohort.time_unit == "days" else 1)
    return wm.discrete_hazard(cohort, "a + route", interval=ends, **asked)  # type: ignore[arg-type]


def of_intervals(cohort: wm.Cohort, **asked: object) -> Tables:
    model = in_intervals(cohort, **asked)
    return {"model": model.frame, "risk": model.predict_risk(cohort.covariates.head(10), at=[0, 1, 5])}


def of_standardised(model: object, cohort: wm.Cohort) -> Tables:
    return {"": wm.standardised_risk(model, cohort, over="route", at=5, reference="home").frame}  # type: ignore[arg-type]


def of_forecast(model: object, cohort: wm.Cohort) -> Tables:
    people = cohort.covariates.assign(served=1.0)
    return {"": wm.forecast_leaving(model, people, served="served", years=2, by="route").frame}  # type: ignore[arg-type]


def of_validation(cohort: wm.Cohort, **asked: str) -> Tables:
    risk = 1 / (1 + np.exp(-cohort.covariates["a"].to_numpy(float) % 7))
    found = wm.validate(cohort, risk, at=5, groups=3, **asked)  # type: ignore[arg-type]
    return {"measures": found.frame, "calibration": found.calibration, "smoothed": found.smoothed}


def of_logrank(cohort: wm.Cohort) -> Tables:
    trend = {"home": 1, "away": 2, "other": 4}
    test = wm.logrank_test(cohort, by="route", rho=1, gamma=1, strata="site", trend=trend, pairwise="holm")
    return {"test": test.frame, "groups": test.groups}


CALLS: dict[str, Callable[[wm.Cohort], Tables]] = {
    "kaplan_meier": lambda c: {
        **of_curve(km := wm.kaplan_meier(c, by="route")),  # type: ignore[dict-item]
        "median": km.median(),
    },
    "nelson_aalen": lambda c: of_curve(wm.nelson_aalen(c, by="route")),
    **{
        f"cumulative_incidence, {variance}": lambda c, variance=variance: of_curve(  # type: ignore[misc]
            wm.cumulative_incidence(c, by="route", variance=variance)
        )
        for variance in ("jackknife", "greenwood", "aalen", "gray")
    },
    "leaving_within": lambda c: {"": wm.leaving_within(c, by="route", years=5).frame},
    "restricted_mean": lambda c: {"": wm.restricted_mean(c, by="route", horizon_years=5, reference="away").frame},
    "logrank_test": lambda c: {"": wm.logrank_test(c, by="route").frame},
    "logrank_test, weighted, strata, trend, pairs": of_logrank,
    "gray_test": lambda c: {"": wm.gray_test(c, by="route").frame},
    "gray_test, strata": lambda c: {"": wm.gray_test(c, by="route", strata="site", rho=1).frame},
    "cox, efron": of_cox,
    "cox, breslow": lambda c: of_cox(c, ties="breslow"),
    "cox, strata": lambda c: of_cox(c, strata="site"),
    "cox, cluster": lambda c: of_cox(c, cluster="team", missing="drop"),
    "cox, robust": lambda c: of_cox(c, robust=True),
    "concordance": lambda c: {"": wm.concordance(c, c.covariates["a"].to_numpy(float), cluster="team").frame},
    "cause_specific": of_causes,
    "cause_specific, robust": lambda c: of_causes(c, robust=True),
    "discrete_hazard, cloglog": of_intervals,
    "discrete_hazard, logit, cluster": lambda c: of_intervals(c, link="logit", cluster="team", missing="drop"),
    "standardised_risk, cox": lambda c: of_standardised(wm.cox(c, "a + route"), c),
    "standardised_risk, discrete": lambda c: of_standardised(in_intervals(c), c),
    "forecast_leaving, cox": lambda c: of_forecast(wm.cox(c, "a + route"), c),
    "forecast_leaving, discrete": lambda c: of_forecast(in_intervals(c), c),
    "validate": of_validation,
    "validate, by cause": lambda c: of_validation(c, cause=c.causes[-1]),
    "validate, by cause, cluster": lambda c: of_validation(c, cause=c.causes[-1], cluster="site"),
    "cross_validate, by cause": lambda c: {
        "": wm.cross_validate(c, lambda own: wm.cause_specific(own, "a"), at=5, fold="site", cause=c.causes[-1]).frame
    },
    "cross_validate": lambda c: {"": wm.cross_validate(c, lambda own: wm.cox(own, "a"), at=5, fold="site").frame},
    "risk_table": lambda c: {"": (wm.risk_table(c, by="route") + wm.risk_table(c, by="route")).frame},
    "decompose_leavers": lambda c: {"": wm.decompose_leavers(wm.risk_table(c), wm.risk_table(c)).frame},
}


def answered(call: Callable[[wm.Cohort], Tables], cohort: wm.Cohort) -> tuple[Tables | None, list[str]]:
    """Return the tables, None where the library refuses, and its warnings; anything else raises."""
    refused, tables = None, None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            tables = call(cohort)
        except WorkforceMetricsError as error:
            refused = error
    if refused is not None:
        assert refused.argument
        assert len(refused.fix) > 5
        return None, [str(refused)]
    assert [w for w in caught if not issubclass(w.category, WorkforceMetricsWarning)] == []
    return tables, [str(w.message) for w in caught]


def misfits(table: pd.DataFrame, *, warned: bool, looked_up: bool) -> list[str]:
    """Return what in a table is missing, infinite or out of order and not documented to be."""
    found = []
    numbers = table.select_dtypes("number").astype(float)
    infinite = np.isinf(numbers).any()
    found += [f"{name} infinite" for name in numbers if infinite[name] and name != "conf_high"]
    may_miss = {"estimate", "statistic", "p_value"} if warned or looked_up else set()
    may_miss |= {"std_error", "conf_low", "conf_high"}
    if "term" in table and table["term"].eq("period").any():
        may_miss.add("time")  # of a covariate of a discrete-time hazard
    missing = numbers.isna()
    found += [f"{name} missing" for name in numbers if missing[name].any() and name not in may_miss]
    if "estimate" in numbers and "conf_low" in numbers:
        estimate, low, high = (numbers[name] for name in ("estimate", "conf_low", "conf_high"))
        at_an_end = estimate.isna() | estimate.isin([0.0, 1.0]) | (estimate > 1 - 1e-12) | warned | looked_up
        without = low.isna() | high.isna()
        if "term" in table:
            at_an_end |= table["term"] == "expected"
        found += ["no interval"] * int((without & ~at_an_end).any())
        outside = (low > estimate + 1e-9 * (1 + estimate.abs())) | (high < estimate - 1e-9 * (1 + estimate.abs()))
        found += ["limits on the wrong side"] * int(outside.any())
    return found


ORDINARY = ("late entry, ties, causes", "covariate times 1e6", "nullable types", "times apart by the last bit")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("case", CASES)
def test_an_answer_or_a_clear_error(case: str, call: str) -> None:
    tables, said = answered(CALLS[call], case_of(case))

    assert tables is not None or case not in ORDINARY
    for name, table in (tables or {}).items():
        looked_up = name in {"at", "median"}
        assert (name, misfits(table, warned=bool(said), looked_up=looked_up)) == (name, [])


SHUFFLED = (
    "late entry, ties, causes", "case weights", "covariate times 1e6", "covariate far from 0", "single precision",
    "times apart by the last bit", "weights 1e-12 and 1e12", "some leave at 0", "unused levels", "nearly separated",
)  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("case", SHUFFLED)
def test_the_order_of_rows_changes_no_number(case: str, call: str) -> None:
    frame, roles = CASES[case]()
    order = np.random.default_rng(7).permutation(len(frame))
    shuffled = cohort_of(frame.iloc[order], **roles)

    tables, said = answered(CALLS[call], case_of(case))
    again, said_again = answered(CALLS[call], shuffled)

    assert said == said_again
    assert (tables is None) == (again is None)
    for name, table in (tables or {}).items():
        if again is not None and not name.startswith(("risk", "people")):
            # the same to 1e-12; coefficients of an iteration to the 1e-9 at which it stops
            pd.testing.assert_frame_equal(table, again[name], rtol=1e-9 if name == "model" else 1e-11, atol=1e-11)


# ------------------------------------------------------------------- types and frames


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_nullable_and_arrow_columns_are_the_plain_ones(backend: str) -> None:
    other = STAFF.assign(b=ROW % 4, c=ROW % 3 == 0).convert_dtypes(dtype_backend=backend)  # type: ignore[arg-type]
    plain = STAFF.assign(b=ROW % 4, c=ROW % 3 == 0)
    formula = "a + b + c + route"

    models = [wm.cox(cohort_of(frame), formula, strata="site", offset="w") for frame in (plain, other)]
    hazards = [in_intervals(cohort_of(frame)).frame for frame in (plain, other)]

    pd.testing.assert_frame_equal(models[0].frame, models[1].frame)
    pd.testing.assert_frame_equal(*hazards)
    for people in (plain, other):
        risks = [model.predict_risk(people, at=5) for model in models]
        pd.testing.assert_frame_equal(risks[0], risks[1], check_index_type=False)


def test_polars_frames_in() -> None:
    polars = pytest.importorskip("polars")
    frame = polars.from_pandas(STAFF).with_columns(polars.col("route").cast(polars.Categorical))

    model = wm.cox(cohort_of(frame), "a + route")

    pd.testing.assert_frame_equal(model.frame, wm.cox(case_of("late entry, ties, causes"), "a + route").frame)
    assert len(model.predict_risk(frame, at=5)) == N
    counts = polars.DataFrame({"time": [1, 2], "n_risk": [100, 90], "n_event": [8, 5]})
    assert wm.RiskTable.from_counts(counts).frame["n_censor"].tolist() == [2, 85]
    with pytest.raises(InvalidArgumentError, match="collect a lazy one"):
        cohort_of(frame.lazy())


def test_columns_of_one_name_are_refused() -> None:
    twice = pd.concat([STAFF, STAFF[["a"]]], axis=1)

    with pytest.raises(InvalidArgumentError, match="a name of its own"):
        cohort_of(twice)
    with pytest.raises(InvalidArgumentError, match=r"people: .* a name of its own"):
        wm.cox(cohort_of(STAFF), "a").predict_risk(twice, at=5)


@pytest.mark.parametrize("name", ["time", "transformed"])
def test_covariates_called_as_the_time_beside_residuals_are_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"formula: .* got '{name}'"):
        wm.cox(cohort_of(STAFF.rename(columns={"a": name})), name)


@pytest.mark.parametrize("name", ["estimate", "cause", "n_event", "term", "std_error"])
def test_names_of_result_columns(name: str) -> None:
    as_number, as_group = STAFF.rename(columns={"a": name}), STAFF.rename(columns={"site": name})

    number = wm.cox(cohort_of(as_number), f"{name} + route")
    number.residuals("schoenfeld")

    np.testing.assert_allclose(
        number.frame["estimate"], wm.cox(cohort_of(STAFF), "a + route").frame["estimate"], rtol=1e-9
    )
    for call in (
        lambda c: wm.cox(c, "a", strata=name),
        lambda c: wm.kaplan_meier(c, by=name),
        lambda c: wm.logrank_test(c, by=name),
        lambda c: wm.gray_test(c, by="route", strata=name),
    ):
        with pytest.raises(InvalidArgumentError, match="rename the column in the data"):
            call(cohort_of(as_group))


FORMULAS = {
    "`pay band` + route": 3, "a * route": 5, "bs(a, df=4)": 4, "bs(a, df=4) + route": 6, "poly(a, 3)": 3, "I(a**2)": 1,
    "C(route, contr.sum)": 2, "center(a) + scale(w)": 2, "route:site": 5, "np.maximum(a, 0)": 1, "(a + w)**2": 3,
}  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_that_have_an_answer(formula: str) -> None:
    frame = STAFF.assign(**{"pay band": STAFF["a"]})

    model = wm.cox(cohort_of(frame), formula)

    assert len(model.frame) == FORMULAS[formula]
    assert np.isfinite(model.frame.select_dtypes("number")).to_numpy().all()
    assert np.isfinite(model.predict_risk(frame.head(3), at=5)["estimate"]).all()


@pytest.mark.parametrize(
    "formula",
    ["", "1", "0", "a +* b", "a ~ b", "a | route", "'x'", "nosuch", "foo(a)", "np.foo(a)", "I(1/0)", "np.log(a)",
     "I(a/a)", "a[0]", "bs(a, df=50)", "a + w + I(a + w)", "a + I(a * 1)", ".", "lambda x: x", "hashed(a)",
     "team:site:route"],
)  # fmt: skip
def test_formulas_that_are_refused(formula: str) -> None:
    with pytest.raises(WorkforceMetricsError, match="Fix: "):
        wm.cox(cohort_of(STAFF), formula)


def test_complex_numbers_are_refused() -> None:
    with pytest.raises(InvalidDataError, match="ComplexWarning"):
        wm.cox(cohort_of(STAFF.assign(a=STAFF["a"] + 1j)), "a")


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_sizes_that_have_no_square_are_named_as_such(size: float) -> None:
    with pytest.raises(InvalidDataError, match=r"a: .* another unit"):
        wm.cox(cohort_of(STAFF.assign(a=STAFF["a"] * size)), "a")
    with pytest.raises(InvalidDataError, match=r"w: .* divide all weights"):
        cohort_of(STAFF.assign(w=size), weight="w")


WRONG_KINDS: dict[str, Callable[[object], object]] = {
    "cox": lambda x: wm.cox(x, "a"),  # type: ignore[arg-type]
    "cause_specific": lambda x: wm.cause_specific(x, "a"),  # type: ignore[arg-type]
    "discrete_hazard": lambda x: wm.discrete_hazard(x, "a"),  # type: ignore[arg-type]
    "concordance": lambda x: wm.concordance(x, [1.0]),  # type: ignore[arg-type]
    "validate": lambda x: wm.validate(x, [0.5], at=5),  # type: ignore[arg-type]
    "cross_validate": lambda x: wm.cross_validate(x, lambda c: wm.cox(c, "a"), at=5),  # type: ignore[arg-type]
    "risk_table": wm.risk_table,  # type: ignore[dict-item]
    "period_risk": lambda x: wm.period_risk(x, periods=[2020]),  # type: ignore[arg-type]
    "joining_years": wm.joining_years,  # type: ignore[dict-item]
    "from_counts": wm.RiskTable.from_counts,
    "from_frame": cohort_of,  # type: ignore[dict-item]
    "standardised_risk": lambda x: wm.standardised_risk(x, STAFF),  # type: ignore[arg-type]
    "forecast_leaving": lambda x: wm.forecast_leaving(x, STAFF, served="a"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("call", WRONG_KINDS)
def test_another_kind_of_object_is_refused_with_the_way_to_the_right_one(call: str) -> None:
    table = wm.risk_table(case_of("late entry, ties, causes"))

    with pytest.raises(InvalidArgumentError, match=r"got a? ?RiskTable"):
        WRONG_KINDS[call](table)


@pytest.mark.parametrize("wrong", ["5", None, float("nan"), float("inf"), True, [], "x"])
def test_what_is_no_number_is_refused(wrong: object) -> None:
    cohort = case_of("late entry, ties, causes")
    model = wm.cox(cohort, "a")
    for call in (
        lambda: wm.kaplan_meier(cohort).at(wrong),  # type: ignore[arg-type]
        lambda: model.predict_risk(STAFF, at=wrong),  # type: ignore[arg-type]
        lambda: wm.restricted_mean(cohort, horizon_years=wrong),  # type: ignore[arg-type]
        lambda: wm.logrank_test(cohort, by="route", rho=wrong),  # type: ignore[arg-type]
        lambda: wm.gray_test(cohort, by="route", rho=wrong),  # type: ignore[arg-type]
        lambda: wm.validate(cohort, np.full(N, 0.5), at=wrong),  # type: ignore[arg-type]
    ):
        with pytest.raises(InvalidArgumentError):
            call()


WORDS: dict[str, Callable[[wm.Cohort], object]] = {
    "predicted_risk": lambda c: wm.validate(c, ["x"] * N, at=5),  # type: ignore[list-item]
    "score": lambda c: wm.concordance(c, ["x"] * N),  # type: ignore[list-item]
    "trend": lambda c: wm.logrank_test(c, by="route", trend=["a", "b", "c"]),  # type: ignore[list-item]
    "interval": lambda c: wm.discrete_hazard(c, "a", interval=["a"]),  # type: ignore[list-item]
    "columns": lambda c: wm.kaplan_meier(c, by=5),  # type: ignore[arg-type]
    "team": lambda c: wm.cox(c, "a", cluster=["team"]),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("argument", WORDS)
def test_words_for_numbers_and_numbers_for_names_are_refused(argument: str) -> None:
    with pytest.raises(WorkforceMetricsError, match=rf"{argument}.*: expected"):
        WORDS[argument](case_of("late entry, ties, causes"))


# ------------------------------------------------------------------- causes


def test_nobody_left_leaves_one_cause_without_a_name() -> None:
    cohort = case_of("all censored")

    assert cohort.causes == ("left",)
    assert wm.cumulative_incidence(cohort).at(5)["estimate"].tolist() == [0]


def test_tables_add_up_under_the_causes_of_both() -> None:
    houses = [STAFF[STAFF["site"] == site] for site in ("n", "s")]
    houses[0] = houses[0].assign(reason=houses[0]["reason"].replace("retired", "died"))
    silent = STAFF.assign(left=False)

    added = sum((wm.risk_table(cohort_of(house)) for house in (houses[1], silent)), wm.risk_table(cohort_of(houses[0])))

    assert added.causes == ("died", "job", "retired")
    both = cohort_of(pd.concat([*houses, silent], ignore_index=True))
    pd.testing.assert_frame_equal(added.frame, wm.risk_table(both).frame, check_dtype=False)


def test_tables_with_and_without_named_causes_do_not_add_up() -> None:
    with pytest.raises(DefinitionMismatchError, match="causes"):
        wm.risk_table(case_of("late entry, ties, causes")) + wm.risk_table(cohort_of(STAFF, cause=None))


@pytest.mark.parametrize("reasons", [(1, "1"), (1, ("a",))])
def test_causes_that_cannot_be_told_apart_are_refused(reasons: tuple[object, object]) -> None:
    mixed = [reasons[row % 2] if left else None for row, left in enumerate(LEFT)]

    with pytest.raises(InvalidDataError, match=r"reason: .* of one kind"):
        cohort_of(STAFF.assign(reason=mixed))


def test_one_leaver_by_a_cause_among_a_hundred_thousand() -> None:
    n, when = 100_000, 77
    frame = pd.DataFrame({"duration": np.arange(n) % 500 + 1, "left": False, "reason": None, "a": np.sin(np.arange(n))})
    frame.loc[when, ["left", "reason"]] = [True, "rare"]
    frame.loc[:9, ["left", "reason"]] = [True, "common"]
    frame = frame.astype({"left": bool})
    cohort = wm.Cohort.from_frame(frame, duration="duration", event="left", cause="reason", time_unit="days")

    curve = wm.cumulative_incidence(cohort).at(100).set_index("cause")

    at_risk = (frame["duration"] > when).sum()
    stay = np.prod([1 - 1 / (frame["duration"] >= day).sum() for day in range(1, 11)])
    assert curve.loc["rare", "estimate"] == pytest.approx(stay / at_risk, rel=1e-12)
    with pytest.raises(InvalidDataError, match="cause rare"):
        wm.cause_specific(cohort, "a")


# ------------------------------------------------------------------- times


def last_bit(values: list[float], dtype: str) -> np.ndarray:
    return np.nextafter(np.array(values, dtype), np.array(np.inf, dtype), dtype=dtype)


@pytest.mark.parametrize("dtype", ["f8", "f4"])
def test_times_apart_by_the_last_bit_are_one(dtype: str) -> None:
    times = [0.3, 12.1, 365.3, 14_999.7]
    exact = np.array(times, dtype)
    frame = pd.DataFrame({"time": np.concatenate([exact, last_bit(times, dtype)]), "left": True})

    curve = wm.kaplan_meier(wm.Cohort.from_frame(frame, duration="time", event="left", time_unit="days")).frame

    assert curve["n_event"].tolist() == [2, 2, 2, 2]
    np.testing.assert_allclose(curve["estimate"], [0.75, 0.5, 0.25, 0], atol=1e-15)


def test_an_entry_at_a_duration_but_for_the_last_bit_is_refused() -> None:
    frame = pd.DataFrame({"from": [np.nextafter(0.3, 0), 0.0], "to": [0.3, 1.0], "left": True})

    with pytest.raises(InvalidDataError, match="from: expected an entry before to, got 1 rows"):
        wm.Cohort.from_frame(frame, duration="to", event="left", entry="from", time_unit="years")


def test_tables_whose_times_differ_in_the_last_bit_add_up() -> None:
    one = pd.DataFrame({"time": [0.3, 0.7], "left": True})
    other = pd.DataFrame({"time": [0.1 + 0.2, 0.7], "left": True})
    tables = [
        wm.risk_table(wm.Cohort.from_frame(f, duration="time", event="left", time_unit="years")) for f in (one, other)
    ]

    assert (tables[0] + tables[1]).frame["n_event"].tolist() == [2, 2]
    published = pd.DataFrame(
        {"time": [0.3, 0.7, 0.1 + 0.2, 0.7], "n_risk": [2, 1, 2, 1], "n_event": 1, "house": ["a", "a", "b", "b"]}
    )
    test = wm.logrank_test(wm.RiskTable.from_counts(published, by="house"), by="house")
    assert test.groups["expected"].tolist() == [2, 2]


def test_leavings_at_time_0_are_in_predicted_risks() -> None:
    # Of ten, two leave at 0 and three at 1; x tells nothing: both levels have the same five
    half = pd.DataFrame({"time": [0, 1, 2, 2, 2], "left": [True, True, False, False, False], "reason": "job"})
    frame = pd.concat([half.assign(x=0), half.assign(x=1)], ignore_index=True)
    cohort = wm.Cohort.from_frame(frame, duration="time", event="left", cause="reason", time_unit="years")
    people = pd.DataFrame({"x": [0]})
    model = wm.cox(cohort, "x", ties="breslow")

    risk = model.predict_risk(people, at=[0, 1])["estimate"].tolist()

    assert risk == pytest.approx([1 - exp(-2 / 10), 1 - exp(-2 / 10 - 2 / 8)], abs=1e-12)
    later = model.predict_risk(people, at=1, given=0.5)["estimate"].item()
    assert later == pytest.approx(1 - exp(-2 / 8), abs=1e-12)
    by_cause = wm.cause_specific(cohort, "x", ties="breslow").predict_incidence(people, at=[0, 1])["estimate"].tolist()
    assert by_cause == pytest.approx(risk, abs=0.04)  # a product of 1 - h in place of exp(-h)
    mean = wm.standardised_risk(model, cohort, over="x", at=1).frame["estimate"].tolist()
    assert mean == pytest.approx([risk[1], risk[1]], abs=1e-12)


def test_all_leavings_at_one_time_tell_nothing_of_proportional_hazards() -> None:
    frame = STAFF.assign(duration=9, entry=0, reason="job", left=ROW % 3 > 0)
    model = wm.cox(cohort_of(frame), "a")

    with pytest.warns(RiskSetWarning, match="proportional hazards are missing"):
        test = model.proportional_hazards_test().frame

    assert test["statistic"].isna().all()
    assert test["df"].tolist() == [0, 0]


# ------------------------------------------------------------------- weights, sizes


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_the_unit_of_weights(unit: float) -> None:
    one, other = (cohort_of(STAFF.assign(w=STAFF["w"] * size), weight="w") for size in (1.0, unit))

    cox = [wm.cox(cohort, "a + route", robust=True).frame for cohort in (one, other)]
    tests = [wm.logrank_test(cohort, by="route").frame["statistic"][0] for cohort in (one, other)]

    for name in ("estimate", "std_error"):
        np.testing.assert_allclose(cox[0][name], cox[1][name], rtol=1e-8)
    np.testing.assert_allclose(cox[0]["model_std_error"], cox[1]["model_std_error"] * np.sqrt(unit), rtol=1e-8)
    hazards = [in_intervals(cohort, cluster="team") for cohort in (one, other)]
    np.testing.assert_allclose(hazards[0].frame["estimate"], hazards[1].frame["estimate"], rtol=1e-9)
    np.testing.assert_allclose(hazards[0].frame["std_error"], hazards[1].frame["std_error"], rtol=1e-9)
    assert hazards[1].log_likelihood == pytest.approx(unit * hazards[0].log_likelihood, rel=1e-9)
    np.testing.assert_allclose(hazards[0].counts["n_risk"] * unit, hazards[1].counts["n_risk"], rtol=1e-12)
    curves = [wm.cumulative_incidence(cohort).frame[["estimate", "std_error"]] for cohort in (one, other)]
    np.testing.assert_allclose(curves[0], curves[1], rtol=1e-12, atol=1e-15)
    assert tests[1] > 0  # weights count people: a test of so many more or fewer
    assert tests[1] / unit == pytest.approx(tests[0], rel=0.2)


def test_a_group_of_tiny_weights_beside_huge_ones_keeps_its_digits() -> None:
    frame = STAFF.assign(w=np.where(STAFF["route"] == "home", 1e-12, 1e12) * (1 + ROW / 97))
    small = frame[frame["route"] == "home"]

    beside = wm.cumulative_incidence(cohort_of(frame, weight="w"), by="route").frame
    alone = wm.cumulative_incidence(cohort_of(small, weight="w"), by="route").frame

    own = beside[beside["route"] == "home"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, alone, rtol=1e-12, atol=1e-15)


def test_a_small_stratum_beside_a_large_one_keeps_its_digits() -> None:
    rng = np.random.default_rng(5)
    n, few = 20_000, 30
    x = np.concatenate([rng.normal(size=n), np.linspace(-2, 2, few)])[:, None]
    duration, event = rng.integers(1, 200, n + few), rng.random(n + few) < 0.5
    stratum = np.append(np.zeros(n, dtype=np.int64), np.repeat(np.arange(1, few // 3 + 1), 3))
    every = cox_sample(x, duration, event, stratum=stratum)
    small = cox_sample(x[n:], duration[n:], event[n:], stratum=stratum[n:] - 1)
    coefficient = 6.0  # hazards from exp(-24) to exp(24) of the mean

    beside, alone = (partial_likelihood(s, coefficient * s.scale, "efron").sums.total for s in (every, small))

    apart = np.exp(coefficient * (every.centre - small.centre))
    np.testing.assert_allclose(beside[-len(alone) :] * apart, alone, rtol=1e-12)


def test_people_far_beyond_those_of_the_fit_leave_at_once_or_never() -> None:
    cohort = case_of("late entry, ties, causes")
    people = pd.DataFrame({"a": [1e6, -1e6], "route": "home", "served": 1.0})
    sign = np.sign(wm.cox(cohort, "a + route").frame["estimate"][0])
    expected = [1.0, 0.0] if sign > 0 else [0.0, 1.0]

    model = wm.cox(cohort, "a + route")

    assert model.predict_risk(people, at=5)["estimate"].tolist() == pytest.approx(expected, abs=1e-12)
    assert model.predict_risk(people, at=5)["std_error"].tolist() == pytest.approx([0, 0], abs=1e-12)
    for tables in (
        wm.standardised_risk(model, people, over="route", at=5).frame,
        wm.forecast_leaving(model, people, served="served", years=1).frame,
    ):
        assert np.isfinite(tables[["estimate", "std_error"]]).to_numpy().all()
    with pytest.raises(InvalidDataError, match="a: expected finite numbers"):
        model.predict_risk(people.assign(a=np.inf), at=5)


def test_five_thousand_groups_of_one() -> None:
    n = 5_000
    frame = pd.DataFrame({"duration": np.arange(n) % 40 + 1, "left": np.arange(n) % 3 > 0, "group": np.arange(n)})
    cohort = wm.Cohort.from_frame(frame, duration="duration", event="left", time_unit="months")

    with pytest.warns(RiskSetWarning, match="nobody was followed"):
        risk = wm.leaving_within(cohort, by="group", years=2).frame
    curve = wm.kaplan_meier(cohort, by="group").frame

    known = risk["estimate"].notna()
    followed = (frame["duration"] >= 24) | frame["left"]
    assert (known == followed).all()
    assert set(risk.loc[known, "estimate"]) == {0.0, 1.0}
    np.testing.assert_array_equal(curve["estimate"], 1.0 - frame["left"])


def test_a_thousand_groups_are_compared_in_one_go() -> None:
    n = 4_000
    frame = pd.DataFrame(
        {"duration": np.arange(n) % 40 + 1, "left": np.arange(n) % 3 > 0, "group": np.arange(n) % 1000}
    )
    cohort = wm.Cohort.from_frame(frame, duration="duration", event="left", time_unit="months")

    test = wm.logrank_test(cohort, by="group").frame

    assert test["df"].tolist() == [999]
    assert test["statistic"][0] > 0
