"""Standardised risks: against direct averaging, stratified standardisation, perturbed parameters; what is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, RiskSetWarning
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.cox.fit import cox
from workforce_metrics.survival.discrete_hazard import discrete_hazard
from workforce_metrics.survival.standardisation import StandardisedRisk, standardised_risk


def staff(n: int = 600, seed: int = 1) -> pd.DataFrame:
    """Return people of three organisations with late entry, two causes and weights; followed for 6 to 9 years."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "organisation": rng.choice(["a", "b", "c"], n),
            "age": rng.choice([20.0, 30.0, 50.0], n),
            "route": rng.choice(["home", "abroad"], n),
            "why": rng.choice(["pay", "retired"], n),
            "weight": rng.choice([1.0, 2.0], n),
        }
    )
    leaves = rng.exponential(6 * np.exp(-0.02 * (frame["age"] - 30) - 0.4 * (frame["organisation"] == "b")))
    ends, entry = rng.uniform(6, 9, n), rng.uniform(0, 2, n) * (rng.random(n) < 0.5)
    frame = frame.assign(t=np.minimum(leaves, ends), left=leaves <= ends, entry=entry)
    return frame[frame["t"] > frame["entry"]].reset_index(drop=True)


def cohort_of(frame: pd.DataFrame, **roles: str) -> Cohort:
    return Cohort.from_frame(frame, duration="t", event="left", entry="entry", time_unit="years", **roles)


def risks(found: StandardisedRisk) -> pd.DataFrame:
    return found.frame[found.frame["term"] == "risk"].reset_index(drop=True)


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return staff()


@pytest.fixture(scope="module")
def hazard(people: pd.DataFrame) -> Any:
    return discrete_hazard(cohort_of(people, cause="why"), "organisation * route + age", interval=[1, 2, 3, 5, 7])


@pytest.fixture(scope="module")
def by_cox(people: pd.DataFrame) -> Any:
    return cox(cohort_of(people), "organisation + age", strata="route")


@pytest.mark.parametrize("at", [5, 2.5])
def test_the_risk_of_a_discrete_hazard_is_the_average_of_everybodys(
    people: pd.DataFrame, hazard: Any, at: float
) -> None:
    found = risks(standardised_risk(hazard, people, at=at))

    for level, own in found.groupby("organisation"):
        as_if = people.assign(organisation=str(level))
        direct = hazard.predict_incidence(as_if, at=at).groupby("cause", observed=True)["estimate"].mean()
        direct["any cause"] = hazard.predict_risk(as_if, at=at)["estimate"].mean()
        np.testing.assert_allclose(own.set_index("cause")["estimate"][list(direct.index)], direct, rtol=1e-12)


def test_the_risk_of_a_cox_model_is_the_weighted_average_of_everybodys(people: pd.DataFrame, by_cox: Any) -> None:
    found = risks(standardised_risk(by_cox, people, at=[2, 5], weight="weight"))

    for (level, at), own in found.groupby(["organisation", "time"]):
        direct = by_cox.predict_risk(people.assign(organisation=str(level)), at=at)["estimate"]
        assert own["estimate"].item() == pytest.approx(np.average(direct, weights=people["weight"]), rel=1e-12)


def test_over_one_person_it_is_their_prediction_with_its_interval(
    people: pd.DataFrame, hazard: Any, by_cox: Any
) -> None:
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    one = people.iloc[[7]]

    for model in (hazard, by_cox):
        last = risks(standardised_risk(model, one, at=5)).iloc[-1]
        np.testing.assert_allclose(
            last[columns].astype(float), model.predict_risk(one, at=5)[columns].iloc[0], rtol=1e-9
        )
    by_cause = risks(standardised_risk(hazard, one, at=5)).iloc[:2]
    np.testing.assert_allclose(by_cause[columns], hazard.predict_incidence(one, at=5)[columns], rtol=1e-9)


def test_standard_errors_of_a_clustered_cox_model_are_what_each_cluster_moves(people: pd.DataFrame) -> None:
    few = people.head(120).assign(team=np.arange(120) // 10)
    model = cox(cohort_of(few, weight="weight"), "organisation + age", strata="route", cluster="team")
    asked: dict[str, Any] = {"at": 4, "reference": "a"}

    def moved(team: int, step: float) -> Any:
        weight = few["weight"] * (1 + step * (few["team"] == team))
        own = cox(cohort_of(few.assign(weight=weight), weight="weight"), "organisation + age", strata="route")
        return standardised_risk(own, few[few.columns], weight="weight", **asked).frame["estimate"].to_numpy()

    effects = np.array([(moved(team, 1e-4) - moved(team, -1e-4)) / 2e-4 for team in range(12)])
    found = standardised_risk(model, few, weight="weight", **asked).frame
    np.testing.assert_allclose(found["std_error"], np.sqrt((effects**2).sum(axis=0)), rtol=1e-6, atol=1e-9)
    one = few.iloc[[7]]
    alone = risks(standardised_risk(model, one, at=4)).iloc[0]
    assert alone["std_error"] == pytest.approx(model.predict_risk(one, at=4)["std_error"].iloc[0], rel=1e-10)


def test_standard_errors_of_a_discrete_hazard_by_perturbed_parameters(people: pd.DataFrame, hazard: Any) -> None:
    few = people.head(40)

    def estimates(parameters: np.ndarray) -> np.ndarray:
        moved = replace(hazard, model=replace(hazard.model, parameters=parameters.reshape(2, -1)))
        return standardised_risk(moved, few, reference="a").frame["estimate"].to_numpy()

    at, h = hazard.model.parameters.ravel(), 1e-5
    gradient = np.array([(estimates(at + h * e) - estimates(at - h * e)) / (2 * h) for e in np.eye(len(at))])
    expected = np.sqrt(np.einsum("ij,ik,kj->j", gradient, hazard.model.covariance, gradient))

    found = standardised_risk(hazard, few, reference="a").frame
    np.testing.assert_allclose(found["std_error"], expected, rtol=1e-6, atol=1e-9)


def test_standard_errors_of_a_cox_model_by_bootstrap() -> None:
    people = staff(250, seed=4)
    rng, mix = np.random.default_rng(2), people

    def estimates(rows: pd.DataFrame) -> np.ndarray:
        model = cox(cohort_of(rows), "organisation + age")
        return standardised_risk(model, mix, at=4, reference="a").frame["estimate"].to_numpy()

    draws = np.array([estimates(people.sample(len(people), replace=True, random_state=rng)) for _ in range(100)])
    found = standardised_risk(cox(cohort_of(people), "organisation + age"), mix, at=4, reference="a").frame
    there = found["std_error"].to_numpy() > 0
    np.testing.assert_allclose(draws.std(axis=0)[there], found["std_error"][there], rtol=0.25)  # 100 draws: 7 %


def test_a_saturated_model_is_stratified_direct_standardisation(people: pd.DataFrame) -> None:
    rows = people.assign(t=np.ceil(people["t"]), entry=0.0)
    model = discrete_hazard(cohort_of(rows), "organisation * route", interval=[1], link="logit")
    found = risks(standardised_risk(model, rows, at=1))

    share = rows["route"].value_counts(normalize=True)
    left = rows.assign(left=rows["left"] & (rows["t"] == 1)).groupby(["organisation", "route"])["left"]
    p, n = (values.unstack()[share.index] for values in (left.mean(), left.size()))  # noqa: PD010 - a Series has no pivot_table
    np.testing.assert_allclose(found["estimate"], p @ share, rtol=1e-8)
    np.testing.assert_allclose(found["std_error"], np.sqrt((p * (1 - p) / n) @ share**2), rtol=1e-8)


def test_differences_and_ratios_follow_from_the_risks(people: pd.DataFrame, by_cox: Any) -> None:
    wide = standardised_risk(by_cox, people, reference="b").frame.pivot_table(
        index="organisation", columns="term", values="estimate"
    )

    np.testing.assert_allclose(wide["risk difference"], wide["risk"] - wide["risk"]["b"], atol=1e-15)
    np.testing.assert_allclose(wide["risk ratio"], wide["risk"] / wide["risk"]["b"])


def test_a_stratum_can_be_compared_and_row_order_does_not_matter(people: pd.DataFrame, by_cox: Any) -> None:
    found = standardised_risk(by_cox, people, over="route", reference="home").frame
    again = standardised_risk(by_cox, people.sample(frac=1, random_state=1), over="route", reference="home").frame

    pd.testing.assert_frame_equal(found, again, rtol=1e-12)
    gap = found[found["term"] == "risk difference"]
    assert gap["std_error"].iloc[0] > 0  # strata have baselines of their own
    assert gap["std_error"].iloc[1] == 0


def test_a_cohorts_own_weights_are_taken(people: pd.DataFrame, by_cox: Any) -> None:
    own = standardised_risk(by_cox, cohort_of(people, weight="weight")).frame
    pd.testing.assert_frame_equal(own, standardised_risk(by_cox, people, weight="weight").frame)


def test_columns_scaled_by_a_million_change_nothing(people: pd.DataFrame) -> None:
    large = people.assign(age=people["age"] * 1e6)
    found, scaled = (
        standardised_risk(discrete_hazard(cohort_of(rows), "organisation + age"), rows).frame
        for rows in (people, large)
    )
    pd.testing.assert_frame_equal(found, scaled, rtol=1e-6)


def test_beyond_the_follow_up_of_a_stratum_risks_are_missing(people: pd.DataFrame, by_cox: Any) -> None:
    with pytest.warns(RiskSetWarning, match="3 standardised"):
        found = standardised_risk(by_cox, people, at=12)
    assert found.frame[["estimate", "std_error", "conf_low"]].isna().all(axis=None)


def test_where_nobody_left_by_then_there_is_no_interval_and_no_ratio(people: pd.DataFrame) -> None:
    stays = people.assign(left=people["left"] & (people["organisation"] != "b"))
    model = cox(cohort_of(stays), "age", strata="organisation")
    with pytest.warns(RiskSetWarning, match="1 standardised.*are 0"):
        found = standardised_risk(model, people, reference="b").frame.set_index(["organisation", "term"])

    assert found.loc[("b", "risk"), "estimate"] == 0
    assert np.isnan(found["conf_high"][[("b", "risk"), ("a", "risk ratio")]]).all()
    assert found["conf_high"]["a", "risk"] < 1


def test_what_is_refused(people: pd.DataFrame, hazard: Any) -> None:
    for error, changed, message in (
        (InvalidArgumentError, {"over": "weight"}, "over: expected a covariate of the model"),
        (InvalidArgumentError, {"reference": "z"}, "reference: expected a level of organisation"),
        (InvalidArgumentError, {"at": 60}, "up to the end of the last interval, 7 years"),
        (InvalidArgumentError, {"at": 0}, "times above 0"),
        (MissingColumnError, {"weight": "heft"}, "heft"),
    ):
        with pytest.raises(error, match=message):
            standardised_risk(hazard, people, **changed)
    with pytest.raises(InvalidDataError, match="age: expected a value in every row, got 1 missing"):
        standardised_risk(hazard, people.assign(age=people["age"].where(people.index > 0)))
    with pytest.raises(InvalidArgumentError, match="CoxModel, a CauseSpecificModel or a DiscreteHazard"):
        standardised_risk("cox", people)  # type: ignore[arg-type]


def test_the_picture_shows_the_levels(people: pd.DataFrame, hazard: Any) -> None:
    ax = standardised_risk(hazard, people, reference="a").plot()
    assert [label.get_text() for label in ax.get_yticklabels()]
