"""Standardised risks and forecasts from cause-specific Cox models: against predictions, refits and known truth."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from workforce_metrics.errors import InvalidArgumentError, RiskSetWarning
from workforce_metrics.survival import as_if
from workforce_metrics.survival.cause_specific import cause_specific, error_effects
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.cox.fit import cox
from workforce_metrics.survival.forecast import forecast_leaving
from workforce_metrics.survival.risk_predictor import coded, predictor_of
from workforce_metrics.survival.risk_sums import Spans
from workforce_metrics.survival.standardisation import standardised_risk

Floats = npt.NDArray[np.float64]
SHOWN = ["estimate", "std_error", "conf_low", "conf_high"]
KINDS: dict[str, dict[str, Any]] = {
    "by the model": {},
    "Breslow's ties": {"ties": "breslow"},
    "strata": {"strata": "route"},
    "robust by row": {"robust": True, "strata": "route"},
    "robust by team": {"cluster": "team"},
}


def staff(n: int = 300, seed: int = 1) -> pd.DataFrame:
    """Return people of three organisations with late entry, two causes, weights and tied times."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "organisation": rng.choice(["a", "b", "c"], n),
            "age": rng.choice([20.0, 30.0, 50.0], n),
            "route": rng.choice(["home", "abroad"], n),
            "team": rng.integers(0, 30, n),
            "why": rng.choice(["pay", "retired"], n),
            "weight": rng.choice([1.0, 2.0], n),
            "served": rng.integers(0, 30, n) / 10,
        }
    )
    leaves = rng.exponential(6 * np.exp(-0.02 * (frame["age"] - 30) - 0.4 * (frame["organisation"] == "b")))
    ends, entry = rng.uniform(6, 9, n), rng.uniform(0, 2, n) * (rng.random(n) < 0.5)
    frame = frame.assign(t=np.minimum(leaves, ends).round(1) + 0.1, left=leaves <= ends, entry=entry.round(1))
    return frame[frame["t"] > frame["entry"]].reset_index(drop=True)


def cohort_of(frame: pd.DataFrame, **roles: str) -> Cohort:
    return Cohort.from_frame(frame, duration="t", event="left", entry="entry", time_unit="years", **roles)


def fitted(frame: pd.DataFrame, formula: str = "organisation + age", **asked: Any) -> Any:
    return cause_specific(cohort_of(frame, cause="why", weight="weight"), formula, **asked)


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return staff()


@pytest.fixture(scope="module", params=list(KINDS))
def model(people: pd.DataFrame, request: pytest.FixtureRequest) -> Any:
    return fitted(people, **KINDS[request.param])


def test_the_risk_is_the_weighted_average_of_everybodys_incidence(people: pd.DataFrame, model: Any) -> None:
    found = standardised_risk(model, people, at=[2, 5], weight="weight").frame

    for (level, at), own in found.groupby(["organisation", "time"]):
        direct = model.predict_incidence(people.assign(organisation=level), at=at)["estimate"].to_numpy()
        by_cause = np.average(direct.reshape(-1, 2), axis=0, weights=people["weight"])
        assert own["cause"].tolist() == ["pay", "retired", "any cause"]
        np.testing.assert_allclose(own["estimate"], [*by_cause, by_cause.sum()], rtol=1e-12)


def test_over_one_person_it_is_their_incidence_with_its_error(people: pd.DataFrame, model: Any) -> None:
    for row in (7, 40):
        one = people.iloc[[row]]
        of_level = one["organisation"].item()
        found = standardised_risk(model, one, at=[1, 5]).frame.query("cause != 'any cause'")
        direct = model.predict_incidence(one, at=[1, 5])
        assert found["organisation"].unique().tolist() == [of_level]
        np.testing.assert_allclose(found[SHOWN[:2]], direct[SHOWN[:2]], rtol=1e-10)


def test_over_one_person_any_cause_is_their_risk_with_its_error_and_interval(people: pd.DataFrame, model: Any) -> None:
    for row in (7, 40):
        one = people.iloc[[row]]
        found = standardised_risk(model, one, at=[1, 5]).frame.query("cause == 'any cause'")
        np.testing.assert_allclose(found[SHOWN], model.predict_risk(one, at=[1, 5])[SHOWN], rtol=1e-10)


def test_a_forecast_of_one_person_is_their_incidence_from_the_time_served(people: pd.DataFrame, model: Any) -> None:
    one = people.iloc[[3]].assign(served=1.2)
    found = forecast_leaving(model, one, served="served", years=3).frame.query("term == 'by its end'")
    direct = model.predict_incidence(one, at=[2.2, 3.2, 4.2], given=1.2)

    by_cause = found[found["cause"] != "any cause"]
    np.testing.assert_allclose(by_cause[SHOWN[:2]], direct[SHOWN[:2]], rtol=1e-10)


def test_sums_and_their_effects_add_up_over_people(people: pd.DataFrame, model: Any) -> None:
    """Whoever is taken together, in whichever stratum and with whatever time served: so errors of sums are right."""
    predictor = predictor_of(model)
    patterns = coded(predictor, people.head(20))
    rng = np.random.default_rng(5)
    given = rng.uniform(0, 4, 60)
    spans = Spans(rng.integers(0, 20, 60), rng.exponential(1, 60), given, given + rng.uniform(0, 2, 60))
    whole = predictor.sums(patterns, spans)
    alone = [
        predictor.sums(
            patterns, Spans(*(values[[i]] for values in (spans.pattern, spans.weight, spans.given, spans.to)))
        )
        for i in range(60)
    ]

    np.testing.assert_allclose(whole.chance, np.hstack([one.chance for one in alone]), rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(whole.effect, sum(one.effect for one in alone), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(whole.effect[-1], whole.effect[:-1].sum(axis=0), atol=1e-13)


def test_one_cause_is_the_cox_model(people: pd.DataFrame) -> None:
    cohort = cohort_of(people, weight="weight")
    by_cox, alone = (fit(cohort, "organisation + age", strata="route") for fit in (cox, cause_specific))

    for expected, found in (
        [standardised_risk(m, people, reference="a").frame for m in (by_cox, alone)],
        [forecast_leaving(m, people, served="served", years=3, by="route").frame for m in (by_cox, alone)],
    ):
        pd.testing.assert_frame_equal(found, expected, rtol=1e-9)


def test_robust_errors_are_the_jackknife_of_everything() -> None:
    """Each row's weight is moved and all is fitted anew: risks, differences, logarithms of ratios."""
    frame = staff(32, seed=6).assign(weight=1.0, team=lambda rows: np.arange(len(rows)) % 12)
    cohort, mix = cohort_of(frame, cause="why", weight="weight"), frame.head(25)

    def estimates(own: Cohort) -> Floats:
        table = standardised_risk(cause_specific(own, "organisation + age"), mix, at=4, reference="b").frame
        logs = table["term"] == "risk ratio"
        return np.where(logs, np.log(table["estimate"].where(logs, 1)), table["estimate"])

    moved = []
    for row in range(len(cohort)):
        weights = [np.where(np.arange(len(cohort)) == row, 1 + change, 1.0) for change in (1e-4, -1e-4)]
        up, down = (estimates(replace(cohort, weight=weight)) for weight in weights)
        moved.append((up - down) / 2e-4)
    for cluster, codes in ((None, np.arange(len(moved))), ("team", frame["team"])):
        influence = pd.DataFrame(moved).groupby(codes).sum()
        robust = cause_specific(cohort, "organisation + age", robust=True, cluster=cluster)
        found = standardised_risk(robust, mix, at=4, reference="b").frame
        error = found["std_error"] / np.where(found["term"] == "risk ratio", found["estimate"], 1)
        np.testing.assert_allclose(error, np.sqrt((influence**2).sum()), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("kind", ["robust by row", "robust by team"])
def test_the_three_ways_to_hold_robust_errors_agree(
    people: pd.DataFrame, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tables, ways = fitted(people, **KINDS[kind]), [], []
    for numbers, slopes in ((1 << 25, 1000), (1000, 1000), (0, 0)):
        monkeypatch.setattr(error_effects, "MOST_NUMBERS", numbers)
        monkeypatch.setattr(error_effects, "MOST_SLOPES", slopes)
        predictor: Any = predictor_of(model)
        ways.append((type(predictor.errors).__name__, getattr(predictor.errors, "root", np.zeros(1)).shape))
        tables.append(standardised_risk(model, people, reference="a").frame)

    assert [name for name, _ in ways] == ["RootErrors", "RootErrors", "RowErrors"]
    assert ways[0][1] != ways[1][1]
    for table in tables[1:]:
        np.testing.assert_allclose(table[SHOWN], tables[0][SHOWN], rtol=1e-8, atol=1e-12)


def test_levels_recoded_in_their_own_columns_are_levels_coded_anew(
    people: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = people.assign(organisation=pd.Categorical(people["organisation"], ["z", "c", "a", "b"]))
    formulas = ("C(organisation) + np.log(age)", "organisation * age", "organisation + organisation:route", "age")
    for formula in formulas:
        strata = "organisation" if formula == "age" else None
        model = fitted(rows, formula, strata=strata)
        found = standardised_risk(model, rows, reference="c").frame
        with monkeypatch.context() as patch:
            patch.setattr(as_if, "_own_columns", lambda *_: None)
            anew = standardised_risk(model, rows, reference="c").frame
        pd.testing.assert_frame_equal(found, anew, rtol=1e-12)
        assert found["organisation"].unique().tolist() == ["c", "a", "b"]


def test_an_offset_can_be_the_covariate_compared(people: pd.DataFrame) -> None:
    model = cox(cohort_of(people.assign(lag=people["team"] % 2)), "age", offset="lag")
    found = standardised_risk(model, people.assign(lag=people["team"] % 2), over="lag", at=5).frame
    direct = [model.predict_risk(people.assign(lag=lag), at=5)["estimate"].mean() for lag in (0, 1)]
    np.testing.assert_allclose(found["estimate"], direct, rtol=1e-12)


def test_row_order_does_not_matter(people: pd.DataFrame, model: Any) -> None:
    mixed = people.sample(frac=1, random_state=1)
    asked: dict[str, Any] = {"served": "served", "years": 2, "by": "route"}

    pd.testing.assert_frame_equal(
        standardised_risk(model, people).frame, standardised_risk(model, mixed).frame, rtol=1e-12
    )
    pd.testing.assert_frame_equal(
        forecast_leaving(model, people, **asked).frame, forecast_leaving(model, mixed, **asked).frame, rtol=1e-12
    )


def test_beyond_the_follow_up_and_before_anybody_left(people: pd.DataFrame) -> None:
    model = fitted(people, "age", strata="organisation")
    with pytest.warns(RiskSetWarning, match="9 standardised"):
        beyond = standardised_risk(model, people, at=12).frame
    assert beyond[SHOWN].isna().all(axis=None)
    with pytest.warns(RiskSetWarning, match="standardised risk.*are 0"):
        early = standardised_risk(model, people, at=0.01, reference="a").frame
    assert (early.loc[early["term"] == "risk", "estimate"] == 0).all()
    with pytest.warns(RiskSetWarning, match="does not reach"):
        ahead = forecast_leaving(model, people, served="served", years=9).frame
    assert ahead.loc[ahead["time"] == 9, "estimate"].isna().all()


def test_what_is_refused(people: pd.DataFrame, model: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="over: expected a covariate of the model"):
        standardised_risk(model, people, over="team")
    with pytest.raises(InvalidArgumentError, match="times above 0"):
        standardised_risk(model, people, at=0)


def test_the_pictures_can_be_drawn(people: pd.DataFrame, model: Any) -> None:
    ax = standardised_risk(model, people, reference="a").plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    assert forecast_leaving(model, people, served="served", years=2).plot().get_yticklabels()


def simulated(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return people who resign at .1 exp(.4 unit + .5 skill) and retire at .06 exp(-.3 skill), half seen late."""
    unit, skill = rng.integers(0, 2, n), rng.integers(0, 2, n)
    resign, retire = rates(unit, skill)
    leaves = rng.exponential(1 / (resign + retire))
    entry = np.where(rng.random(n) < 0.5, rng.uniform(0, 2, n), 0.0)
    ends = entry + rng.uniform(4, 7, n)
    frame = pd.DataFrame({"unit": unit, "skill": skill, "entry": entry, "t": np.minimum(leaves, ends)})
    frame["left"], frame["why"] = (
        leaves <= ends,
        np.where(rng.random(n) < resign / (resign + retire), "resign", "retire"),
    )
    return frame[frame["t"] > frame["entry"]].reset_index(drop=True)


def rates(unit: Any, skill: Any) -> tuple[Any, Any]:
    return 0.1 * np.exp(0.4 * unit + 0.5 * skill), 0.06 * np.exp(-0.3 * skill)


def test_known_risks_and_numbers_are_within_their_intervals() -> None:
    """Late entry and two causes of known hazards: intervals of 95 % for risks, of 90 % for the number who resign."""
    rng, held, within, n = np.random.default_rng(8), [], [], 40
    mix = pd.DataFrame({"unit": [0, 1] * 5, "skill": [0] * 6 + [1] * 4})
    in_post = pd.DataFrame({"unit": [0, 1] * 30, "skill": [0, 0, 1] * 20, "served": [0.0, 0.5, 1.5] * 20})
    unit, skill = np.repeat([0, 1], 10), np.tile(mix["skill"], 2)
    resign, retire = rates(unit, skill)
    left = (1 - np.exp(-4 * (resign + retire))) / (resign + retire)
    truth = pd.DataFrame({"unit": unit, "resign": resign * left, "retire": retire * left}).groupby("unit").mean()
    truth["any cause"] = truth.sum(axis=1)
    resign, retire = rates(in_post["unit"], in_post["skill"])
    chance = resign / (resign + retire) * (1 - np.exp(-2 * (resign + retire)))
    for _ in range(n):
        frame = simulated(300, rng)
        model = cause_specific(cohort_of(frame, cause="why"), "unit + skill")
        found = standardised_risk(model, mix, over="unit", at=4).frame
        expected = truth.to_numpy().ravel()
        held.append((found["conf_low"] <= expected) & (expected <= found["conf_high"]))
        ahead = forecast_leaving(model, in_post, served="served", years=2, conf_level=0.9).frame
        ahead = ahead.query("time == 2 and cause == 'resign' and term == 'by its end'").iloc[0]
        within.append(ahead["conf_low"] <= (rng.random(60) < chance).sum() <= ahead["conf_high"])

    assert 0.90 <= np.mean(held) <= 0.99  # 40 cohorts, six risks that go together: a standard error of about 2 %
    assert 0.80 <= np.mean(within) <= 1.0  # .9 and a little more, as counts are whole; a standard error of 5 %
