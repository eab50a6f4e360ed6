"""`build_cohort`: dates to days, delayed entry, the horizon at calendar anniversaries, causes."""

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.extracts import LoadReport, Register

NO_REPORT = LoadReport(
    "test", 10, pd.DataFrame(columns=["action", "rule", "column", "n"]), pd.DataFrame({"row": [], "rule": []})
)


def register(rows: list[tuple[str, str | None]], *, start: str | None = None, **columns: list[object]) -> Register:
    table = pd.DataFrame(
        {
            "person_id": [str(i) for i in range(len(rows))],
            "joined": np.array([joined for joined, _ in rows], dtype="datetime64[s]"),
            "left": np.array([left or "NaT" for _, left in rows], dtype="datetime64[s]"),
            **columns,
        }
    )
    opened = pd.NaT if start is None else pd.Timestamp(start)
    return Register(table, "left the register", opened, pd.Timestamp("2025-03-31"), NO_REPORT)


@pytest.mark.parametrize(
    ("joined", "left", "event"),
    [
        ("2015-06-01", "2020-06-01", True),  # on the anniversary: within
        ("2015-06-01", "2020-06-02", False),  # the day after: not
        ("2016-02-29", "2021-02-28", True),
        ("2016-02-29", "2021-03-01", False),
        ("2019-06-01", "2024-06-01", True),  # 1,827 days, two leap days
        ("2017-06-01", "2022-06-01", True),  # 1,826 days, one leap day
    ],
)
def test_within_five_years_is_on_or_before_the_anniversary(joined: str, left: str, *, event: bool) -> None:
    cohort = wm.build_cohort(register([(joined, left)]), horizon_years=5)

    assert cohort.event.tolist() == [event]
    assert cohort.duration.tolist() == [1827]


def test_contracts_of_five_whole_years_are_one_time() -> None:
    """Half the contracts hold 1,826 days and half 1,827; half of each kind end on the anniversary."""
    rows = [("2017-06-01", "2022-06-01"), ("2019-06-01", "2024-06-01"), ("2017-06-01", None), ("2019-06-01", None)] * 50

    risk = wm.leaving_within(wm.build_cohort(register(rows))).frame

    assert risk["estimate"].tolist() == [0.5]
    assert risk[["n_event", "n_risk"]].to_numpy().tolist() == [[100, 200]]


def test_days_entry_and_censoring() -> None:
    cohort = wm.build_cohort(
        register(
            [("2014-04-01", "2015-04-11"), ("2024-03-31", None), ("2015-03-31", "2015-04-01"), ("2009-01-01", None)],
            start="2015-03-31",
        )
    )

    assert cohort.frame[["entry", "duration", "event"]].to_numpy().tolist() == [
        [364, 375, True],
        [0, 365, False],
        [0, 1, True],
    ]
    assert cohort.provenance["n_past_horizon_before_window"] == 1
    assert cohort.provenance["definition"] == "left the register"


def test_causes_are_mapped_and_unknown_reasons_kept() -> None:
    rows: list[tuple[str, str | None]] = [("2020-01-01", "2021-01-01")] * 4 + [("2020-01-01", None)]
    reasons = ["Retirement  AGE", "Employee Transfer", "Moon landing", None, None]

    cohort = wm.build_cohort(
        register(rows, reason=reasons), causes={"Retirement Age": "retirement", "Employee Transfer": None}
    )

    assert cohort.causes == ("retirement", "unknown")
    assert cohort.cause.tolist() == [1, 0, 2, 2, 0]
    assert cohort.provenance["n_left_without_listed_reason"] == 2


def test_weight_is_carried_and_checked() -> None:
    rows: list[tuple[str, str | None]] = [("2020-01-01", "2021-01-01"), ("2020-01-01", None)]

    assert wm.build_cohort(register(rows, fte=[0.5, 1.0]), weight="fte").weight.tolist() == [0.5, 1.0]  # type: ignore[union-attr]
    with pytest.raises(InvalidDataError, match="1 missing or negative"):
        wm.build_cohort(register(rows, fte=[-0.5, 1.0]), weight="fte")
    with pytest.raises(MissingColumnError, match="hours"):
        wm.build_cohort(register(rows), weight="hours")


@pytest.mark.parametrize("horizon", [0, 2.5, -1, True])
def test_horizon_is_whole_years(horizon: float) -> None:
    with pytest.raises(InvalidArgumentError, match="whole years"):
        wm.build_cohort(register([("2020-01-01", None)]), horizon_years=horizon)  # type: ignore[arg-type]


def test_nobody_at_risk_is_an_error() -> None:
    with pytest.raises(InvalidDataError, match="none of 1"):
        wm.build_cohort(register([("2001-01-01", None)], start="2015-03-31"))


def test_an_earlier_horizon_gives_what_a_cohort_built_for_it_gives() -> None:
    rng = np.random.default_rng(3)
    joined = np.datetime64("2010-01-01") + rng.integers(0, 4000, 500)
    left = joined + rng.integers(300, 1500, 500)
    rows = [(str(a), str(b) if b < np.datetime64("2025-03-31") else None) for a, b in zip(joined, left, strict=True)]
    whole = register(rows, start="2014-02-28")

    for years in (1, 2, 3, 4):
        cut = wm.leaving_within(wm.build_cohort(whole, horizon_years=5), years=years).frame
        built = wm.leaving_within(wm.build_cohort(whole, horizon_years=years)).frame
        pd.testing.assert_frame_equal(cut, built)


@pytest.mark.parametrize(("joined", "start"), [("2017-04-01", "2022-04-01"), ("2015-04-01", "2020-04-01")])
def test_whose_anniversary_is_the_first_day_of_the_window_was_never_at_risk(joined: str, start: str) -> None:
    """1,826 days and 1,827: a leaving is seen only after the first day, and then it is past the horizon."""
    rows = [(joined, None), ("2021-04-01", None)]

    cohort = wm.build_cohort(register(rows, start=start))

    assert cohort.frame["person_id"].tolist() == ["1"]
    assert cohort.provenance["n_past_horizon_before_window"] == 1


def test_nor_was_one_at_risk_by_an_earlier_anniversary_on_that_day() -> None:
    cohort = wm.build_cohort(register([("2019-04-01", None), ("2019-05-01", None)], start="2020-03-31"))

    assert wm.leaving_within(cohort, years=1).frame[["n", "n_risk"]].to_numpy().tolist() == [[2, 2]]

    cohort = wm.build_cohort(register([("2020-04-01", None), ("2020-05-01", None)], start="2021-04-01"))

    assert wm.leaving_within(cohort, years=1).frame[["n", "n_risk"]].to_numpy().tolist() == [[1, 1]]


def test_nobody_at_risk_by_an_earlier_anniversary_is_said() -> None:
    cohort = wm.build_cohort(register([("2018-04-01", None)], start="2020-04-01"))

    with pytest.raises(InvalidDataError, match="none of 1"):
        wm.leaving_within(cohort, years=2)
