"""Period risks and joining years: known rates come back, anniversaries are exact, observed is what was observed."""

import warnings
from collections.abc import Iterator
from math import exp

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, RiskSetWarning
from workforce_metrics.extracts import LoadReport, Register
from workforce_metrics.survival.joining_years import joining_years
from workforce_metrics.survival.period_risk import period_risk

mpl.use("Agg")
RATES = np.array([0.10, 0.15, 0.05, 0.08, 0.12])  # a year, in each year since joining; doubled from 2020 on
TRUTH = {False: 1 - exp(-RATES.sum()), True: 1 - exp(-2 * RATES.sum())}


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def register_of(
    joined: pd.DatetimeIndex, left: pd.Series, window: tuple[str | None, str], **columns: object
) -> Register:
    """A register as the loader would make it: who left before the window is not in the extract."""
    rows = pd.DataFrame({"PIN": np.arange(len(joined)).astype(str), "on": joined, "off": left, **columns})
    opens, closes = window
    seen = (rows["on"] <= closes) & (rows["off"].isna() | (rows["off"] > (opens or "1900-01-01")))
    table = (
        rows[seen].assign(off=rows["off"].where(rows["off"] <= closes)).rename(columns={"on": "joined", "off": "left"})
    )
    counts = pd.DataFrame(columns=["action", "rule", "column", "n"])
    report = LoadReport("simulated", len(table), counts, pd.DataFrame({"row": [], "rule": []}))
    table = table[table["left"].isna() | (table["left"] > table["joined"])].reset_index(drop=True)
    return Register(table, "left", pd.Timestamp(opens or pd.NaT), pd.Timestamp(closes), report)


def simulated(n: int, *, opens: str | None, seed: int = 3) -> Register:
    """People join evenly from 2012 to 2023; hazards as `RATES`, times two from 2020 on; observed to the end of 2023."""
    rng = np.random.default_rng(seed)
    start = np.datetime64("2012-01-01")
    joined_day = rng.integers(0, 12 * 365, n)
    turn = (np.datetime64("2020-01-01") - start).astype(int)
    years = np.arange(0, 12, 1 / 48)  # steps of the hazard since joining
    yearly = np.append(RATES, [0.1] * 7)[np.floor(years + 1e-9).astype(int)]
    doubled = 1 + (joined_day[:, None] + 365.25 * years >= turn)
    hazard = np.cumsum(yearly * doubled / 48, axis=1)
    drawn = rng.exponential(size=n)
    step = (hazard < drawn[:, None]).sum(axis=1)
    within = np.take_along_axis(np.pad(hazard, ((0, 0), (1, 1)), constant_values=0), step[:, None], 1)[:, 0]
    slope = yearly[np.minimum(step, len(years) - 1)] * doubled[np.arange(n), np.minimum(step, len(years) - 1)]
    time = step / 48 + (drawn - within) / slope
    joined = pd.DatetimeIndex(start + joined_day)
    left = pd.Series(start + joined_day + np.ceil(time * 365.25).astype(int)).where(step < len(years))
    return register_of(joined, left, (opens, "2023-12-31"), route=rng.choice(["home", "overseas"], n))


@pytest.fixture(scope="module")
def register() -> Register:
    return simulated(30_000, opens="2015-12-31")


def test_known_rates_come_back(register: Register) -> None:
    found = period_risk(register, periods=[2017, 2018, ("2022-04-01", "2023-03-31")]).frame

    assert found["period"].tolist() == ["2017", "2018", "2022/23"]
    off = (found["estimate"] - [TRUTH[False], TRUTH[False], TRUTH[True]]) / found["std_error"]
    assert (off.abs() < 3).all()
    assert (found["std_error"] < 0.02).all()


def test_the_whole_window_is_the_cohorts_risk(register: Register) -> None:
    cohort = wm.build_cohort(simulated(3000, opens=None))

    found = period_risk(simulated(3000, opens=None), periods=[("2012-01-01", "2023-12-31")]).frame

    names = ["estimate", "std_error", "conf_low", "conf_high", "n", "n_event", "n_censor", "n_risk"]
    pd.testing.assert_frame_equal(found[names], wm.leaving_within(cohort).frame[names])


def test_periods_add_up_to_the_people_days_of_their_union(register: Register) -> None:
    parts = period_risk(register, periods=[("2018-01-01", "2018-06-30"), ("2018-07-01", "2018-12-31")]).frame
    whole = period_risk(register, periods=[2018]).frame

    assert parts["n_event"].sum() == whole["n_event"].item()


def test_contracts_that_end_on_the_anniversary_are_exact() -> None:
    """Every day two people join; one leaves on the fifth anniversary. Leap days and window edges change nothing."""
    joined = pd.DatetimeIndex(np.repeat(pd.date_range("2010-01-01", "2016-12-31"), 2))
    fifth = pd.Series(joined + pd.DateOffset(years=5)).where(np.arange(len(joined)) % 2 == 0)
    register = register_of(joined, fifth, ("2014-12-31", "2019-12-31"))

    found = period_risk(
        register, periods=[2016, 2018, ("2015-03-01", "2016-02-29"), ("2017-03-01", "2018-02-28")]
    ).frame

    assert found["estimate"].tolist() == [0.5] * 4
    assert set(period_risk(register, periods=[2016], horizon_years=4).frame["estimate"]) == {0.0}


def test_observed_figures_are_those_of_cohorts(register: Register) -> None:
    found = joining_years(register, horizon_years=3).frame

    for years in (1, 2, 3):
        cohort = wm.build_cohort(register, horizon_years=years)
        cohort.covariates["joining_year"] = cohort.covariates["joined"].dt.year.astype(str)
        with warnings.catch_warnings():  # of the latest joiners nobody was followed so far
            warnings.simplefilter("ignore", RiskSetWarning)
            expected = wm.leaving_within(cohort, by="joining_year").frame.set_index("joining_year")
        own = found[(found["time"] == years) & (found["term"] == "observed")].set_index("joining_year")
        assert own.index.tolist() == [str(year) for year in range(2016, 2024 - years)]
        for name in ("estimate", "std_error", "conf_low", "conf_high", "n", "n_event"):
            np.testing.assert_allclose(own[name], expected.loc[own.index, name], rtol=1e-10, err_msg=name)


def test_projections_complete_what_was_observed_at_recent_rates(register: Register) -> None:
    found = joining_years(register).frame.set_index(["joining_year", "time"])

    assert found.loc["2018", "term"].tolist() == ["observed"] * 5
    assert found.loc["2020", "term"].tolist() == ["observed"] * 3 + ["projected"] * 2
    assert found.loc["2023", "term"].tolist() == ["projected"] * 5
    for year, doubled_years in (("2020", 5), ("2022", 5), ("2023", 5)):
        truth = 1 - np.exp(-2 * RATES[:doubled_years].sum())
        assert abs(found.loc[(year, 5.0), "estimate"] - truth) < 3 * found.loc[(year, 5.0), "std_error"]
    newest = found.loc[("2023", 5.0)]
    period = period_risk(register, periods=[2023]).frame.iloc[0]
    assert newest["estimate"] == pytest.approx(period["estimate"], abs=2e-3)
    assert newest["std_error"] == pytest.approx(period["std_error"], rel=0.02)
    assert (found.groupby("joining_year")["estimate"].diff().dropna() >= 0).all()


def test_standard_errors_of_projections_are_those_of_simulated_registers() -> None:
    """80 registers of 1,000: the spread within 25 % of the mean standard error (its own error is 8 %)."""
    made = [
        joining_years(simulated(1000, opens=None, seed=seed)).frame.query("joining_year == '2021'")
        for seed in range(80)
    ]

    estimate, std_error = (np.array([frame[name] for frame in made]) for name in ("estimate", "std_error"))

    np.testing.assert_allclose(std_error.mean(axis=0) / estimate.std(axis=0), 1, atol=0.25)


def test_groups_and_years_from_april(register: Register) -> None:
    found = joining_years(register, by="route", first_month=4)

    assert found.by == ("joining_year", "route")
    assert found.frame["joining_year"].iloc[0] == "2016/17"
    assert found.frame["joining_year"].iloc[-1] == "2023/24"
    assert found.provenance["projected_from"] == "2023-01-01 to 2023-12-31"
    by_route = period_risk(register, periods=[2018, 2022], by="route").frame
    assert by_route[["period", "route"]].to_numpy().tolist()[:2] == [["2018", "home"], ["2018", "overseas"]]


def test_row_order_changes_nothing(register: Register) -> None:
    from dataclasses import replace

    shuffled = replace(register, table=register.table.sample(frac=1, random_state=1).reset_index(drop=True))

    pd.testing.assert_frame_equal(joining_years(register, by="route").frame, joining_years(shuffled, by="route").frame)


def test_projections_that_nobody_supports_are_missing() -> None:
    joined = pd.DatetimeIndex(["2021-02-01", "2021-03-01", "2022-03-01"])
    register = register_of(joined, pd.Series([pd.NaT, pd.Timestamp("2021-09-01"), pd.NaT]), (None, "2022-12-31"))

    with pytest.warns(RiskSetWarning, match="nobody was at risk"):
        found = joining_years(register, horizon_years=3).frame.set_index(["joining_year", "time"])

    assert found["estimate"].isna().tolist() == [False, True, True, False, True, True]
    assert found.loc[("2021", 1.0), "estimate"] == 0.5
    assert found.loc[("2022", 1.0), ["estimate", "conf_low"]].tolist() == [0, 0]


@pytest.mark.parametrize(
    "periods",
    [
        [],
        "2020",
        [2014],
        [("2018-01-01", "2030-01-01")],
        [2018, 2018],
        [("2018-02-01", "2018-01-01")],
        [(1, 2)],
        ["2018"],
    ],
)
def test_periods_refused(register: Register, periods: list[object]) -> None:
    with pytest.raises(InvalidArgumentError, match="periods"):
        period_risk(register, periods=periods)  # type: ignore[arg-type]


def test_refused(register: Register) -> None:
    with pytest.raises(InvalidArgumentError, match="horizon_years"):
        period_risk(register, periods=[2018], horizon_years=0)
    with pytest.raises(MissingColumnError, match="site"):
        period_risk(register, periods=[2018], by="site")
    with pytest.raises(InvalidArgumentError, match="by"):
        period_risk(register, periods=[2018], by="period")
    with pytest.raises(InvalidArgumentError, match="first_month"):
        joining_years(register, first_month=13)
    with pytest.raises(InvalidArgumentError, match="conf_level"):
        joining_years(register, conf_level=95)
    joined = pd.DatetimeIndex(["2020-01-01"])
    with pytest.raises(InvalidDataError, match="joining year"):
        joining_years(register_of(joined, pd.Series([pd.NaT]), ("2020-06-01", "2022-12-31")))


def test_small_joining_years_can_be_hidden(register: Register) -> None:
    small = joining_years(simulated(150, opens=None), horizon_years=2)

    hidden = wm.suppress(small, min_n=12).frame

    assert hidden.loc[hidden["suppressed"], ["estimate", "n", "conf_high"]].isna().all(axis=None)
    assert hidden["suppressed"].any()


def test_pictures(register: Register) -> None:
    cohorts = joining_years(register, by="route")
    periods = period_risk(register, periods=[2017, 2018, 2019, 2020, 2021, 2022, 2023], by="route")

    alone, both = cohorts.plot(), periods.plot(against=cohorts)

    marks = [line.get_gid() for line in both.lines]
    assert [marks.count(term) for term in ("observed", "projected", "period")] == [2, 2, 2]
    assert [text.get_text() for text in alone.get_legend().get_texts()] == [
        "home", "overseas", "joining year, observed", "joining year, projected",
    ]  # fmt: skip
    with pytest.raises(InvalidArgumentError, match="against"):
        periods.plot(against=joining_years(register))


def test_a_periods_risk_by_cause_adds_up_to_any(register: Register) -> None:
    table = register.table.assign(
        reason=np.where(register.table["left"].isna(), None, np.where(register.table.index % 3, "Moved", "Retired"))
    )
    with_reasons = Register(table, register.definition, register.observed_from, register.observed_to, register.report)
    causes = {"moved": "moved", "retired": "retired"}

    apart = period_risk(with_reasons, periods=[2017, 2021], by="route", causes=causes)
    together = period_risk(register, periods=[2017, 2021], by="route").frame

    found = apart.frame
    assert found["cause"].cat.categories.tolist() == ["moved", "retired", "unknown", "any cause"]
    any_cause = found[found["cause"] == "any cause"].reset_index(drop=True)
    same = ["period", "route", "time", "estimate", "n", "n_event", "n_censor", "n_risk"]
    pd.testing.assert_frame_equal(any_cause[same], together[same], check_exact=False, rtol=1e-12)
    parts = found[found["cause"] != "any cause"].groupby(["period", "route"])["estimate"].sum()
    np.testing.assert_allclose(parts, any_cause["estimate"], rtol=1e-12)
    moved = found[found["cause"] == "moved"]["estimate"].to_numpy() / any_cause["estimate"].to_numpy()
    np.testing.assert_allclose(moved, 2 / 3, atol=0.05)  # two of three reasons
    legend = [text.get_text() for text in apart.plot().get_legend().get_texts()]
    assert legend[:4] == ["home, moved", "home, retired", "home, unknown", "home, any cause"]
    against = apart.plot(against=joining_years(register, by="route")).get_legend().get_texts()
    assert [text.get_text() for text in against][:2] == ["home", "overseas"]
