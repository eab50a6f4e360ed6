"""Leaver rate and stability index: counts by hand, conventions at day boundaries, intervals, refusals."""

from collections.abc import Callable
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from workforce_metrics.errors import InvalidArgumentError, MissingColumnError
from workforce_metrics.extracts import LoadReport, Register
from workforce_metrics.indicators.turnover import leaver_rate, stability_index
from workforce_metrics.indicators.turnover_counts import poisson_interval, wilson_interval
from workforce_metrics.provenance import package_version
from workforce_metrics.results import RESULT_COLUMNS

YEAR = {"start": "2023-03-31", "end": "2024-03-31"}
SPELLS = [  # joined, left, staff group
    ("2020-01-01", None, "nurse"),
    ("2020-01-01", "2023-03-31", "nurse"),  # left on the first day: not in post at start
    ("2020-01-01", "2023-04-01", "nurse"),  # left on the day after
    ("2023-03-31", "2024-03-31", "nurse"),  # joined on the first day, left on the last
    ("2020-01-01", "2024-04-01", "doctor"),  # left the day after the period
    ("2023-04-01", "2023-09-30", "doctor"),  # joined and left within
    ("2023-06-01", None, "doctor"),
    ("2024-03-31", None, "doctor"),  # joined on the last day
    ("2023-07-01", None, "nurse"),
    ("2024-04-01", None, None),  # joined after it
]


def register_of(spells: list[tuple[str, str | None, str | None]], observed_from: str | None = "2019-03-31") -> Register:
    joined, left, group = zip(*spells, strict=True)
    table = pd.DataFrame({"joined": pd.to_datetime(list(joined)), "left": pd.to_datetime(list(left)), "group": group})
    counts = pd.DataFrame(columns=["action", "rule", "column", "n"])
    report = LoadReport("test", len(table), counts, pd.DataFrame({"row": [], "rule": []}))
    opens = pd.NaT if observed_from is None else pd.Timestamp(observed_from)
    return Register(table, "left the trust", opens, pd.Timestamp("2024-12-31"), report)


REGISTER = register_of(SPELLS)


@pytest.mark.parametrize(
    ("options", "n", "n_event"),
    [
        ({}, (4 + 5) / 2, 3),
        ({"denominator": "start"}, 4, 3),
        ({"leavers": "in_post_at_start"}, (4 + 5) / 2, 2),
        ({"denominator": "start", "leavers": "in_post_at_start"}, 4, 2),
    ],
)
def test_leaver_rate_by_hand(options: dict[str, str], n: float, n_event: int) -> None:
    # in post at start: spells 1, 3, 4, 5; at end: spells 1, 5, 7, 8, 9; left in the period: spells 3, 4, 6
    row = leaver_rate(REGISTER, **YEAR, **options).frame.iloc[0]

    assert (row["n"], row["n_event"], row["estimate"]) == (n, n_event, n_event / n)


def test_average_denominator_may_hold_a_half() -> None:
    register = register_of([("2020-01-01", "2023-06-30", None), ("2020-01-01", None, None)])

    row = leaver_rate(register, **YEAR).frame.iloc[0]

    assert (row["n"], row["estimate"]) == ((2 + 1) / 2, 1 / 1.5)


def test_stability_index_by_hand() -> None:
    row = stability_index(REGISTER, **YEAR).frame.iloc[0]

    assert (row["n"], row["n_event"], row["estimate"]) == (4, 2, 2 / 4)


def test_one_who_left_and_came_back_did_not_stay() -> None:
    register = register_of([("2020-01-01", "2023-06-30", None), ("2023-09-01", None, None)])

    assert stability_index(register, **YEAR).frame["estimate"].item() == 0
    assert leaver_rate(register, **YEAR).frame[["n", "n_event"]].iloc[0].tolist() == [1, 1]


def test_groups_come_sorted_with_the_missing_group_last_and_empty_groups_missing() -> None:
    table = leaver_rate(REGISTER, **YEAR, denominator="start", by="group").frame

    assert table["group"].tolist()[:2] == ["doctor", "nurse"]
    assert table["group"].isna().tolist() == [False, False, True]
    assert table["n"].tolist() == [1, 3, 0]
    assert table["n_event"].tolist() == [1, 2, 0]
    assert table[["estimate", "std_error", "conf_low", "conf_high"]].isna().all(axis=1).tolist() == [False, False, True]


def test_groups_of_a_categorical_keep_its_order_and_several_columns_cross() -> None:
    spells = REGISTER.table.assign(
        group=pd.Categorical(REGISTER.table["group"], ["nurse", "doctor", "none such"], ordered=True), site=1
    )
    register = Register(spells, REGISTER.definition, REGISTER.observed_from, REGISTER.observed_to, REGISTER.report)

    result = stability_index(register, **YEAR, by=["site", "group"])

    assert result.by == ("site", "group")
    assert result.frame["group"].astype("str").tolist()[:2] == ["nurse", "doctor"]
    assert result.frame["n"].tolist() == [3, 1, 0]


def test_columns_and_provenance_carry_the_definition() -> None:
    result = leaver_rate(REGISTER, **YEAR, by="group")

    assert set(result.frame.columns) <= {*RESULT_COLUMNS, "group"}
    assert dict(result.provenance) == {
        "version": package_version(), "definition": "left the trust", "start": "2023-03-31", "end": "2024-03-31",
        "unit": "spells", "n_spells": 10, "denominator": "average", "leavers": "all", "conf_level": 0.95,
    }  # fmt: skip
    assert repr(result).startswith("<Turnover: 3 rows by group; definition=left the trust")


def test_plot_shows_every_group_and_the_definition() -> None:
    axes = stability_index(REGISTER, **YEAR, by="group").plot(ax=Figure().subplots())

    assert {label.get_text() for label in axes.get_yticklabels()} >= {"nurse", "doctor"}
    assert any("left the trust" in text.get_text() for text in [*axes.texts, *axes.figure.texts])


def test_wilson_limits_solve_the_score_equation() -> None:
    z = 1.959963984540054
    p, _, low, high = wilson_interval(np.array([3, 0, 5]), np.array([10, 5, 5]), conf_level=0.95)

    for limit in (low[0], high[0]):
        assert abs(p[0] - limit) / np.sqrt(limit * (1 - limit) / 10) == pytest.approx(z, rel=1e-12)
    assert (low[1], high[2]) == (0.0, 1.0)
    assert high[1] == pytest.approx(z**2 / (5 + z**2), rel=1e-12)
    assert low[2] == pytest.approx(5 / (5 + z**2), rel=1e-12)


def test_poisson_limits_leave_a_tail_of_half_alpha_each() -> None:
    _, std_error, low, high = poisson_interval(np.array([0, 2]), np.array([4.0, 8.0]), conf_level=0.9)

    def cdf(k: int, mean: float) -> float:
        return sum(mean**i / float(np.prod(np.arange(1, i + 1))) for i in range(k + 1)) * np.exp(-mean)

    assert (low[0], high[0] * 4) == (0.0, pytest.approx(-np.log(0.05), rel=1e-12))
    assert 1 - cdf(1, low[1] * 8) == pytest.approx(0.05, rel=1e-10)
    assert cdf(2, high[1] * 8) == pytest.approx(0.05, rel=1e-10)
    assert std_error.tolist() == [0.0, np.sqrt(2) / 8]


def test_interval_method_goes_with_what_is_counted() -> None:
    def limits(**options: str) -> list[float]:
        return leaver_rate(REGISTER, **YEAR, **options).frame[["std_error", "conf_low", "conf_high"]].iloc[0].tolist()

    def expected(kernel: Callable[..., np.ndarray], n_event: int, n: float) -> list[float]:
        return kernel(np.array([n_event]), np.array([n]), conf_level=0.95)[1:].ravel().tolist()

    assert limits(denominator="start", leavers="in_post_at_start") == expected(wilson_interval, 2, 4)
    assert limits(denominator="start") == expected(poisson_interval, 3, 4)
    assert limits(leavers="in_post_at_start") == expected(poisson_interval, 2, 4.5)


@pytest.mark.parametrize("day", ["2023-03-31", date(2023, 3, 31), datetime(2023, 3, 31), pd.Timestamp("2023-03-31")])
def test_days_are_iso_texts_or_dates(day: object) -> None:
    assert stability_index(REGISTER, start=day, end="2024-03-31").provenance["start"] == "2023-03-31"


@pytest.mark.parametrize(
    "day",
    [
        "31/03/2023",
        "2023",
        "",
        2023,
        None,
        pd.NaT,
        True,
        datetime(2023, 3, 31, 12),
        pd.Timestamp("2023-03-31", tz="UTC"),
    ],
)
def test_other_days_are_refused(day: object) -> None:
    with pytest.raises(InvalidArgumentError, match="ISO date"):
        leaver_rate(REGISTER, start=day, end="2024-03-31")


@pytest.mark.parametrize(
    ("start", "end", "argument"),
    [
        ("2019-03-30", "2024-03-31", "start"),
        ("2023-03-31", "2025-01-01", "end"),
        ("2024-03-31", "2024-03-31", "end"),
        ("2024-03-31", "2023-03-31", "end"),
    ],
)
def test_period_outside_the_observation_window_is_refused(start: str, end: str, argument: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        stability_index(REGISTER, start=start, end=end)

    assert caught.value.argument == argument


def test_period_may_fill_the_window_and_reach_back_where_it_has_no_start() -> None:
    filled = leaver_rate(REGISTER, start="2019-03-31", end="2024-12-31", denominator="start").frame
    unbounded = leaver_rate(register_of(SPELLS, None), start="2010-01-01", end="2024-03-31", leavers="all").frame

    assert (filled["n"].item(), filled["n_event"].item()) == (0, 5)
    assert (unbounded["n"].item(), unbounded["n_event"].item()) == ((0 + 5) / 2, 4)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"denominator": "end"}, InvalidArgumentError),
        ({"leavers": "some"}, InvalidArgumentError),
        ({"conf_level": 95}, InvalidArgumentError),
        ({"by": "region"}, MissingColumnError),
    ],
)
def test_other_arguments_are_refused(options: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        leaver_rate(REGISTER, **YEAR, **options)
