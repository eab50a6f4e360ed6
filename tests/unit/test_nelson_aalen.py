"""Cumulative hazards: by hand, by cause, looked up, safe at the edges."""

from math import exp, sqrt

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.survival.nelson_aalen import cumulative_hazard, nelson_aalen

# entry 0 0 1 2 0 0 / last 1 2 3 4 5 5 / why a b - a a b: at risk 4 4 4 3 2
STAFF = pd.DataFrame(
    {
        "entry": [0, 0, 1, 2, 0, 0],
        "years": [1, 2, 3, 4, 5, 5],
        "left": [True, True, False, True, True, True],
        "why": ["a", "b", None, "a", "a", "b"],
    }
)
Z = 1.959963984540054


def cohort(frame: pd.DataFrame = STAFF, **asked: str) -> wm.Cohort:
    return wm.Cohort.from_frame(frame, duration="years", event="left", entry="entry", time_unit="years", **asked)


def test_by_hand() -> None:
    hazard = nelson_aalen(cohort()).frame

    expected = np.cumsum([1 / 4, 1 / 4, 0, 1 / 3, 2 / 2])
    spread = np.sqrt(np.cumsum([1 / 4**2, 1 / 4**2, 0, 1 / 3**2, 2 / 2**2]))
    assert hazard["estimate"].tolist() == pytest.approx(expected, abs=1e-15)
    assert hazard["std_error"].tolist() == pytest.approx(spread, abs=1e-15)
    assert hazard.loc[0, ["conf_low", "conf_high"]].tolist() == pytest.approx([exp(-Z) / 4, exp(Z) / 4])


def test_causes_by_hand_and_adding_up() -> None:
    hazard = nelson_aalen(cohort(cause="why")).frame

    of_b = hazard[hazard["cause"] == "b"]
    assert of_b["estimate"].tolist() == pytest.approx(np.cumsum([0, 1 / 4, 0, 0, 1 / 2]))
    assert of_b["std_error"].iloc[-1] == pytest.approx(sqrt(1 / 4**2 + 1 / 2**2))
    assert of_b["n_event"].tolist() == [0, 1, 0, 0, 1]
    together = nelson_aalen(wm.risk_table(cohort(cause="why")).all_causes()).frame["estimate"]
    by_time = hazard.groupby("time")["estimate"].sum()
    np.testing.assert_allclose(by_time, together, atol=1e-14)


def test_limits_are_missing_on_the_log_scale_while_nobody_has_left() -> None:
    log, plain = (
        nelson_aalen(cohort(cause="why"), conf_type=scale).frame.query("cause == 'b'") for scale in ("log", "plain")
    )  # type: ignore[arg-type]

    assert log["conf_low"].isna().tolist() == [True, False, False, False, False]
    assert plain["conf_low"].iloc[0] == plain["conf_high"].iloc[0] == 0


def test_looked_up_between_and_after_its_times() -> None:
    fitted = nelson_aalen(cohort(STAFF.assign(group=list("xxyxxy")), cause="why"), by="group")

    found = fitted.at([0, 2.5, 9])

    of_x = found[(found["group"] == "x") & (found["cause"] == "a")]
    assert of_x["estimate"].tolist()[:2] == pytest.approx([0, 1 / 3])
    assert np.isnan(of_x["estimate"].iloc[2])
    assert of_x["n_risk"].tolist() == [0, 2, 0]
    assert of_x["n_event"].tolist() == [0, 1, 3]
    assert found.columns.tolist() == fitted.frame.columns.tolist()


def test_lifelines_agrees_with_delayed_entry() -> None:
    from lifelines import NelsonAalenFitter

    rng = np.random.default_rng(5)
    entry = rng.integers(0, 30, 2000)
    rows = pd.DataFrame({"entry": entry, "years": entry + rng.integers(1, 60, 2000), "left": rng.random(2000) < 0.5})

    fitted = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(rows["years"], rows["left"], entry=rows["entry"])

    ours = nelson_aalen(cohort(rows)).at([20.0, 60.0])["estimate"]
    assert ours.tolist() == pytest.approx(fitted.predict([20, 60]).tolist(), abs=1e-12)


def test_all_censored_and_one_person() -> None:
    nobody_left = nelson_aalen(cohort(STAFF.assign(left=False)), conf_type="plain").frame
    alone = nelson_aalen(cohort(STAFF.iloc[:1])).frame

    assert (nobody_left[["estimate", "std_error", "conf_low", "conf_high"]] == 0).all(axis=None)
    assert alone[["estimate", "std_error"]].to_numpy().tolist() == [[1, 1]]


def test_the_kernel_knows_no_frame() -> None:
    found = cumulative_hazard(np.array([0, 0, 1]), np.array([4.0, 2.0, 0.0]), np.array([[1.0], [1.0], [0.0]]))

    assert found.hazard.ravel().tolist() == [0.25, 0.75, 0]


def test_scale_is_one_of_two_and_suppression_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="conf_type"):
        nelson_aalen(cohort(), conf_type="log-log")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="suppress"):
        wm.suppress(nelson_aalen(cohort()))


def test_it_draws_a_curve_a_cause() -> None:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    mpl.use("Agg")
    ax = nelson_aalen(cohort(cause="why")).plot()
    curves = [line for line in ax.lines if line.get_gid() == "curve"]
    plt.close("all")

    assert len(curves) == 2
