"""The decomposition of a change in leavers: exact, symmetric, with intervals."""

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import DefinitionMismatchError, InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.survival.decomposition import change_by_risk

BEFORE = pd.DataFrame({"band": ["0-1", "1-5"], "exposure": [100.0, 300.0], "n_event": [10.0, 6.0]})
AFTER = pd.DataFrame({"band": ["1-5", "0-1"], "exposure": [400.0, 250.0], "n_event": [12.0, 20.0]})


def effects(result: object) -> pd.Series:
    return result.frame.set_index("term")["estimate"]  # type: ignore[attr-defined, no-any-return]


def test_by_hand() -> None:
    """N 400 -> 650, mix (1/4, 3/4) -> (5/13, 8/13), risk (.1, .02) -> (.08, .03)."""
    n, s, r = (400, 650), ((1 / 4, 3 / 4), (5 / 13, 8 / 13)), ((0.1, 0.02), (0.08, 0.03))

    def q(i: int, j: int) -> float:
        return sum(a * b for a, b in zip(s[i], r[j], strict=True))

    people = (n[1] - n[0]) * ((q(0, 0) + q(1, 1)) / 3 + (q(0, 1) + q(1, 0)) / 6)
    mix = sum(
        (s[1][a] - s[0][a]) * ((n[0] * r[0][a] + n[1] * r[1][a]) / 3 + (n[0] * r[1][a] + n[1] * r[0][a]) / 6)
        for a in (0, 1)
    )
    risk = sum(
        (r[1][a] - r[0][a]) * ((n[0] * s[0][a] + n[1] * s[1][a]) / 3 + (n[0] * s[1][a] + n[1] * s[0][a]) / 6)
        for a in (0, 1)
    )

    found = effects(wm.decompose_leavers(BEFORE, AFTER))

    assert found.tolist() == pytest.approx([16, people, mix, risk, 32], abs=1e-12)
    assert people + mix + risk == pytest.approx(16, abs=1e-12)


def test_standard_errors_are_those_of_simulated_leavers() -> None:
    """Poisson leavers around given risks, 5,000 times: the spread of the terms within 4 % (its own error is 1 %)."""
    rng = np.random.default_rng(12)
    exposure = np.array([[4000.0, 12000.0], [5000.0, 16000.0]])
    expected = np.array([[400.0, 240.0], [500.0, 360.0]])
    per_risk = change_by_risk(exposure[:, None], by_groups=False)[:, :, 0]
    draws = [(per_risk * rng.poisson(expected) / exposure).sum(axis=(1, 2)) for _ in range(5000)]
    before, after = (
        pd.DataFrame({"band": ["0-1", "1-5"], "exposure": exposure[i], "n_event": expected[i]}) for i in (0, 1)
    )

    stated = wm.decompose_leavers(before, after).frame["std_error"].to_numpy()

    np.testing.assert_allclose(stated, np.std(draws, axis=0), rtol=0.04)


def test_one_band_has_no_mix_and_the_published_headline_is_split() -> None:
    """2,401 to 3,001 leavers on about 190,700 and 218,800 person-years: the risk rose 9 %, not 25 %."""
    before = pd.DataFrame({"exposure": [190_700], "n_event": [2401]})
    after = pd.DataFrame({"exposure": [218_800], "n_event": [3001]})

    result = wm.decompose_leavers(before, after)

    assert effects(result)["mix"] == 0
    assert effects(result)[["people at risk", "risk"]].sum() == pytest.approx(600, abs=1e-9)
    assert round(result.risk_ratio, 2) == 1.09


def test_a_risk_table_is_cut_into_person_years() -> None:
    staff = pd.DataFrame({"entry": [0, 6, 0], "months": [18, 30, 60], "left": [True, True, False]})
    cohort = wm.Cohort.from_frame(staff, duration="months", event="left", entry="entry", time_unit="months")

    bands = wm.decompose_leavers(wm.risk_table(cohort), wm.risk_table(cohort)).bands

    assert bands["exposure_before"].tolist() == pytest.approx([1 + 0.5 + 1, 0.5 + 1 + 1, 0.5 + 1, 1, 1])
    assert bands["n_event_before"].tolist() == [0, 1, 1, 0, 0]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(DefinitionMismatchError, match="bands"):
        wm.decompose_leavers(BEFORE, AFTER.assign(band=["1-5", "0-2"]))
    with pytest.raises(MissingColumnError, match="exposure"):
        wm.decompose_leavers(BEFORE, AFTER.drop(columns="exposure"))
    with pytest.raises(MissingColumnError, match="band"):
        wm.decompose_leavers(BEFORE.drop(columns="band"), AFTER)
    with pytest.raises(InvalidDataError, match="exposure above 0"):
        wm.decompose_leavers(BEFORE, AFTER.assign(exposure=[0.0, 1.0]))
    with pytest.raises(InvalidDataError, match="people at risk"):
        wm.decompose_leavers(BEFORE.assign(n_event=[101.0, 6.0]), AFTER, variance="binomial")
    life = pd.DataFrame({"time": [1, 2], "n_risk": [10, 8], "n_event": [1, 1]})
    with pytest.raises(DefinitionMismatchError, match="definition"):
        wm.decompose_leavers(
            wm.RiskTable.from_counts(life, definition="a"), wm.RiskTable.from_counts(life, definition="b"), years=2
        )


def test_who_leaves_on_the_first_day_is_among_the_leavers() -> None:
    spells = pd.DataFrame({"month": [0, 6, 24, 24], "left": [True, True, False, False]})
    table = wm.risk_table(wm.Cohort.from_frame(spells, duration="month", event="left", time_unit="months"))

    result = wm.decompose_leavers(table, table + table, years=2)

    assert effects(result)[["before", "after"]].tolist() == [2, 4]
    assert result.bands["exposure_before"].tolist() == [2.5, 2.0]


def test_weighted_risk_tables_are_refused() -> None:
    staff = pd.DataFrame({"t": [1, 2], "left": [True, False], "w": [0.5, 2.0]})
    table = wm.risk_table(wm.Cohort.from_frame(staff, duration="t", event="left", weight="w", time_unit="years"))

    with pytest.raises(InvalidArgumentError, match="counts people"):
        wm.decompose_leavers(table, table, years=1)
