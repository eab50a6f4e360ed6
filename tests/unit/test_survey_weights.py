"""Weights for occupation, size and both, by hand, and nothing about them silent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError


def _population() -> pd.DataFrame:
    return pd.DataFrame({
        "organisation": ["North", "North", "North", "South", "South"],
        "occupation": ["nurse", "doctor", "admin", "nurse", "doctor"],
        "population": [600, 300, 100, 50, 50],
        "region": ["one", "one", "one", "one", "one"],
    })  # fmt: skip


def _respondents() -> pd.DataFrame:
    """North: 12 nurses, 4 doctors, nobody from admin; South: 1 nurse, 7 doctors."""
    organisation = ["North"] * 16 + ["South"] * 8
    occupation = ["nurse"] * 12 + ["doctor"] * 4 + ["nurse"] + ["doctor"] * 7
    return pd.DataFrame({"organisation": organisation, "occupation": occupation, "tired": np.arange(24.0)})


# the share of staff over the share of respondents, by hand; the groups of nobody keep their share of staff
NORTH = {"nurse": (600 / 1000) / (12 / 16), "doctor": (300 / 1000) / (4 / 16)}
SOUTH = {"nurse": (50 / 100) / (1 / 8), "doctor": (50 / 100) / (7 / 8)}
SIZE = {"North": (1000 / 1100) / (16 / 24), "South": (100 / 1100) / (8 / 24)}


def _expected(north: dict[str, float], south: dict[str, float]) -> list[float]:
    return [north["nurse"]] * 12 + [north["doctor"]] * 4 + [south["nurse"]] + [south["doctor"]] * 7


@pytest.mark.validates("survey_weights", against="arithmetic by hand", data="two organisations, 24 respondents")
def test_occupation_weights_bring_each_organisation_to_its_own_staff() -> None:
    weights = wm.survey_weights(_respondents(), population=_population(), occupation="occupation")

    agree(weights.values, _expected(NORTH, SOUTH), rtol=1e-14, what="weight (occupation)")
    assert weights.values.name == "weight"


def test_the_cap_cuts_and_is_told() -> None:
    weights = wm.survey_weights(_respondents(), population=_population(), occupation="occupation", cap=3)

    assert weights.values[16] == 3.0  # 4 without a cap
    cells = weights.frame.set_index(["organisation", "occupation"])
    assert cells.loc[("South", "nurse"), ["weight_uncapped", "weight", "status"]].tolist() == [4.0, 3.0, "capped"]
    organisations = weights.organisations.set_index("organisation")
    assert organisations["share_capped"].to_dict() == {"North": 0.0, "South": 1 / 8}
    assert weights.provenance["n_capped"] == 1


@pytest.mark.validates("survey_weights", against="arithmetic by hand", data="two organisations, 24 respondents")
def test_size_weights_count_an_organisation_by_its_staff() -> None:
    staff = _population().groupby("organisation", as_index=False)["population"].sum()

    weights = wm.survey_weights(_respondents(), population=staff, kind="organisation_size")

    agree(weights.values, [SIZE["North"]] * 16 + [SIZE["South"]] * 8, rtol=1e-14, what="weight (size)")
    assert weights.values.sum() == pytest.approx(24, rel=1e-15)


@pytest.mark.validates("survey_weights", against="arithmetic by hand", data="two organisations, 24 respondents")
def test_both_is_the_product() -> None:
    weights = wm.survey_weights(_respondents(), population=_population(), occupation="occupation", kind="both", cap=3)

    south = {"nurse": 3.0, "doctor": SOUTH["doctor"]}
    size = np.array([SIZE["North"]] * 16 + [SIZE["South"]] * 8)
    agree(weights.values, np.array(_expected(NORTH, south)) * size, rtol=1e-14, what="weight (both)")


def test_rescaled_weights_add_up_to_the_respondents() -> None:
    weights = wm.survey_weights(
        _respondents(), population=_population(), occupation="occupation", cap=3, rescale=True
    ).values

    assert [weights[:16].sum(), weights[16:].sum()] == pytest.approx([16, 8], rel=1e-14)
    assert weights[16] / weights[17] == pytest.approx(3 / SOUTH["doctor"], rel=1e-14)


def test_a_profile_is_pooled_over_a_group_of_organisations() -> None:
    weights = wm.survey_weights(
        _respondents(), population=_population(), occupation="occupation", profile_by="region", cap=None
    )

    north = {"nurse": (650 / 1100) / (12 / 16), "doctor": (350 / 1100) / (4 / 16)}
    south = {"nurse": (650 / 1100) / (1 / 8), "doctor": (350 / 1100) / (7 / 8)}
    assert weights.values.tolist() == pytest.approx(_expected(north, south), rel=1e-15)


def test_groups_of_nobody_are_listed_with_their_share_of_the_staff() -> None:
    weights = wm.survey_weights(_respondents(), population=_population(), occupation="occupation")

    unheard = weights.frame.query("status == 'no respondents'")
    assert unheard[["organisation", "occupation", "n", "population"]].to_numpy().tolist() == [
        ["North", "admin", 0, 100.0]
    ]
    assert weights.organisations["population_unheard"].tolist() == [100 / 1000, 0.0]
    assert "groups_without_respondents=1" in repr(weights)


def test_effective_numbers_are_kishs() -> None:
    weights = wm.survey_weights(_respondents(), population=_population(), occupation="occupation")

    w = np.array(_expected(NORTH, SOUTH))[16:]
    row = weights.organisations.set_index("organisation").loc["South"]
    assert row["n_effective"] == pytest.approx(w.sum() ** 2 / (w**2).sum(), rel=1e-14)
    assert row["deff"] == pytest.approx(8 / row["n_effective"], rel=1e-14)


def test_respondents_without_a_population_are_refused_or_told() -> None:
    strange = pd.DataFrame({
        "organisation": ["East", "South", None],
        "occupation": ["nurse", None, "nurse"],
    })  # fmt: skip
    people = pd.concat([_respondents(), strange], ignore_index=True)

    with pytest.raises(InvalidDataError, match="none for 3 of 27 respondents"):
        wm.survey_weights(people, population=_population(), occupation="occupation")
    one, zero = (
        wm.survey_weights(people, population=_population(), occupation="occupation", without_population=rule)
        for rule in ("one", "zero")
    )

    assert one.values[:24].tolist() == pytest.approx(_expected(NORTH, SOUTH), rel=1e-15)
    assert one.values[24:].tolist() == [1.0] * 3
    assert zero.values[24:].tolist() == [0.0] * 3
    assert zero.provenance["n_without_population"] == 3
    assert one.frame.query("status == 'no population'")[["organisation", "n"]].to_numpy().tolist() == [["East", 1]]


def test_weighted_estimates_are_those_of_the_staff_of_the_groups_that_answered() -> None:
    weighted = wm.survey_weights(_respondents(), population=_population(), occupation="occupation").added_to(
        _respondents()
    )

    table = wm.estimate(weighted, "tired", by="organisation", design=wm.SurveyDesign(weight="weight")).frame

    means = weighted.groupby(["organisation", "occupation"])["tired"].mean()
    assert table["estimate"].tolist() == pytest.approx([
        (600 * means["North", "nurse"] + 300 * means["North", "doctor"]) / 900,
        (50 * means["South", "nurse"] + 50 * means["South", "doctor"]) / 100,
    ], rel=1e-14)  # fmt: skip


def test_a_survey_gets_the_column_of_weights() -> None:
    extract = wm.simulation.simulate_staff_survey(200, seed=3, n_organisations=3).extract.drop(columns="weight")
    survey = wm.read_staff_survey(extract, edition=2024)
    staff = survey.responses.groupby(["org_id", "staff_group"], as_index=False, observed=True).size()

    weights = wm.survey_weights(
        survey, population=staff.assign(size=10 * staff["size"]), organisation="org_id", occupation="staff_group",
        count="size",
    )  # fmt: skip
    weighted = weights.added_to(survey)

    np.testing.assert_allclose(weighted.table["weight"], 1.0, rtol=1e-14)  # who answered is as the staff
    assert "weight" not in survey.table.columns
    with pytest.raises(InvalidArgumentError, match="without a column 'weight'"):
        weights.added_to(weighted)
    with pytest.raises(InvalidArgumentError, match="200 weights"):
        weights.added_to(survey.responses.head(3))


@pytest.mark.parametrize("frame", [pl.DataFrame, lambda data: pl.DataFrame(data).lazy()])
def test_any_frame_gives_the_same_weights(frame: object) -> None:
    weights = wm.survey_weights(frame(_respondents()), population=frame(_population()), occupation="occupation")

    agree(weights.values, _expected(NORTH, SOUTH), rtol=1e-14, what="weight (occupation)")


def test_row_order_does_not_matter() -> None:
    order = np.random.default_rng(1).permutation(24)
    asked = {"population": _population().iloc[::-1], "occupation": "occupation", "kind": "both"}

    shuffled = wm.survey_weights(_respondents().iloc[order], **asked).values

    np.testing.assert_allclose(shuffled, wm.survey_weights(_respondents(), **asked).values[order], rtol=1e-14)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"kind": "size"}, InvalidArgumentError, "'organisation_size' or 'both'"),
        ({"occupation": None}, InvalidArgumentError, "the column of occupational groups"),
        ({"cap": 0.5}, InvalidArgumentError, "a number of 1 or more"),
        ({"without_population": "drop"}, InvalidArgumentError, "'refuse' or 'one'"),
        ({"count": "headcount"}, MissingColumnError, "headcount"),
        ({"kind": "organisation_size"}, InvalidDataError, "several for one"),
        ({"population": _population().assign(population=-1)}, InvalidDataError, "others in 5 of 5 rows"),
        ({"population": _population().assign(population="many")}, InvalidDataError, "convert it to numbers"),
        ({"population": _population().assign(occupation="nurse")}, InvalidDataError, "two rows for one"),
        ({"population": _population().assign(occupation=None)}, InvalidDataError, "missing names"),
        ({"profile_by": "occupation"}, InvalidDataError, "one group for each organisation"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        wm.survey_weights(_respondents(), **{"population": _population(), "occupation": "occupation", **arguments})


def test_weights_of_people_are_not_a_table_to_publish() -> None:
    with pytest.raises(InvalidArgumentError):
        wm.suppress(wm.survey_weights(_respondents(), population=_population(), occupation="occupation"))
