"""Restricted means: by hand, causes adding up, comparisons, honest standard errors with late entry, edges."""

from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, RiskSetWarning
from workforce_metrics.survival.restricted_mean import restricted_mean

Z = 1.959963984540054
# four people: a leaves at 1, b at 2, one censored at 3, one still there at 5
STAFF = pd.DataFrame({"years": [1, 2, 3, 5], "left": [True, True, False, False], "why": ["a", "b", None, None]})


def cohort(frame: pd.DataFrame = STAFF, **asked: str) -> wm.Cohort:
    return wm.Cohort.from_frame(frame, duration="years", event="left", time_unit="years", **asked)


def simulated(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Hazards 0.12 (a) and 0.06 (b) a year; a third enters late, at up to two years; follow-up ends at five."""
    years, entry = rng.exponential(1 / 0.18, n), np.where(rng.random(n) < 1 / 3, 2 * rng.random(n), 0.0)
    why = np.where(rng.random(n) < 2 / 3, "a", "b")
    rows = pd.DataFrame({"years": np.minimum(years, 5.0), "left": years < 5, "why": why, "entry": entry})
    return rows[rows["entry"] < rows["years"]]


def test_by_hand() -> None:
    mean = restricted_mean(cohort(), horizon_years=4).frame.iloc[0]

    # curve: 1 to 1, 3/4 to 2, 1/2 to 4; areas still to come: 3/4 + 1 after 1, 1 after 2
    variance = (3 / 4 + 1) ** 2 * 1 / (4 * 3) + 1**2 * 1 / (3 * 2)
    assert mean["estimate"] == 1 + 3 / 4 + 2 * 1 / 2
    assert mean["std_error"] == pytest.approx(sqrt(variance), abs=1e-15)
    assert mean["conf_low"] == pytest.approx(2.75 - Z * sqrt(variance))
    assert mean["conf_high"] == 4


def test_years_lost_by_hand_and_adding_up() -> None:
    means = restricted_mean(cohort(cause="why"), horizon_years=4).frame

    assert means["outcome"].tolist() == ["years still there", "years lost", "years lost"]
    assert means["cause"].isna().tolist() == [True, False, False]
    assert means["estimate"].tolist() == pytest.approx([2.75, 3 * 1 / 4, 2 * 3 / 4 * 1 / 3])
    assert means["n_event"].tolist() == [2, 1, 1]
    # years lost to a: only the first step counts, 3 years for a quarter: binomial
    assert means["std_error"].iloc[1] == pytest.approx(3 * sqrt(1 / 4 * 3 / 4 / 4))


def test_difference_and_ratio_by_hand() -> None:
    both = pd.concat([STAFF.assign(route="x"), STAFF.assign(route="y", years=[2, 3, 4, 5])])

    found = restricted_mean(cohort(both), by="route", horizon_years=4, reference="x").frame

    assert found[["route", "term"]].to_numpy().tolist() == [
        ["x", "mean"],
        ["y", "mean"],
        ["y", "difference"],
        ["y", "ratio"],
    ]
    (x, y), (se_x, se_y) = found["estimate"][:2], found["std_error"][:2]
    difference, ratio = found.iloc[2], found.iloc[3]
    assert difference["estimate"] == pytest.approx(y - x)
    assert difference["std_error"] == pytest.approx(sqrt(se_x**2 + se_y**2))
    spread = sqrt((se_x / x) ** 2 + (se_y / y) ** 2)
    assert ratio["estimate"] == pytest.approx(y / x)
    assert ratio["conf_high"] == pytest.approx(exp(log(y / x) + Z * spread))


def test_standard_errors_are_those_of_simulated_cohorts_with_late_entry() -> None:
    """150 cohorts of 500: the spread of each mean within 18 % of the mean standard error (its own error is 6 %)."""
    rng = np.random.default_rng(8)
    made = []
    for _ in range(150):
        data = cohort(simulated(rng, 500), cause="why", entry="entry")
        made.append(restricted_mean(data, horizon_years=4).frame[["estimate", "std_error"]].to_numpy())
    estimate, std_error = np.moveaxis(np.array(made), 2, 0)

    stay = (1 - exp(-0.18 * 4)) / 0.18
    truth = np.array([stay, (4 - stay) * 2 / 3, (4 - stay) / 3])
    np.testing.assert_allclose(estimate.mean(axis=0), truth, atol=4 * estimate.std(axis=0).max() / sqrt(150))
    np.testing.assert_allclose(std_error.mean(axis=0) / estimate.std(axis=0), 1, atol=0.18)


def test_months_and_tables_give_the_same_years() -> None:
    in_months = wm.Cohort.from_frame(
        STAFF.assign(years=STAFF["years"] * 12), duration="years", event="left", time_unit="months"
    )

    found = restricted_mean(in_months, horizon_years=4).frame

    pd.testing.assert_frame_equal(found, restricted_mean(wm.risk_table(cohort()), horizon_years=4).frame)


def test_where_nobody_left_the_interval_has_width_and_the_ratio_none() -> None:
    both = pd.concat([STAFF.assign(route="x"), STAFF.assign(route="y", left=False, years=5)])

    with pytest.warns(RiskSetWarning, match="nobody left"):
        found = restricted_mean(cohort(both), by="route", horizon_years=4, reference="y").frame

    of_y = found[found["route"] == "y"].iloc[0]
    assert of_y[["estimate", "conf_high"]].tolist() == [4, 4]
    assert of_y["conf_low"] == pytest.approx(4 * 0.025 ** (1 / 4))
    assert found.loc[found["term"] != "mean", ["std_error", "conf_low", "conf_high"]].isna().all(axis=None)


def test_a_horizon_nobody_was_followed_to_is_missing() -> None:
    with pytest.warns(RiskSetWarning, match="nobody was followed"):
        found = restricted_mean(cohort(), horizon_years=6).frame

    assert found[["estimate", "std_error", "conf_low", "conf_high"]].isna().all(axis=None)


def test_everybody_left_is_known_beyond_the_last() -> None:
    found = restricted_mean(cohort(STAFF.assign(left=True)), horizon_years=10).frame

    assert found["estimate"].item() == pytest.approx((1 + 2 + 3 + 5) / 4)
    assert found["std_error"].item() == pytest.approx(np.std([1, 2, 3, 5]) / sqrt(4))


def test_suppression_takes_comparisons_along() -> None:
    groups = pd.concat(
        [STAFF.assign(route="small"), *([STAFF.assign(route="big")] * 5), *([STAFF.assign(route="third")] * 4)]
    )
    result = restricted_mean(cohort(groups), by="route", horizon_years=4, reference="big")

    hidden, shown = wm.suppress(result, min_n=5).frame, wm.suppress(result, min_n=2).frame

    assert set(hidden["term"]) == {"mean"}
    assert hidden.loc[hidden["route"] == "small", "estimate"].isna().all()
    assert set(shown["term"]) == {"mean", "difference", "ratio"}


@pytest.mark.parametrize(
    "asked", [{"horizon_years": 0}, {"horizon_years": np.nan}, {"reference": "z"}, {"conf_level": 95}]
)
def test_refused(asked: dict[str, object]) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(asked))):
        restricted_mean(cohort(STAFF.assign(route="x")), by="route", **asked)  # type: ignore[arg-type]


def test_a_horizon_beyond_the_cohorts_is_refused() -> None:
    register = wm.read_register(
        pd.DataFrame({"PIN": ["1"], "on": ["2016-01-01"], "off": ["2017-01-01"]}),
        columns={"person_id": "PIN", "joined": "on", "left": "off"},
        observed_from=None, observed_to="2024-01-01", date_formats=["%Y-%m-%d"], definition="left",
    )  # fmt: skip

    with pytest.raises(InvalidArgumentError, match="at most the horizon"):
        restricted_mean(wm.build_cohort(register, horizon_years=3), horizon_years=5)


def test_it_draws_years_still_there_and_lost() -> None:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    mpl.use("Agg")
    by_cause = restricted_mean(
        cohort(STAFF.assign(route=list("xyxy")), cause="why"), by="route", horizon_years=1
    ).plot()
    panels = [ax.get_title(loc="left") for ax in by_cause.child_axes]
    plt.close("all")

    assert panels == ["years still there", "years lost: a", "years lost: b"]
