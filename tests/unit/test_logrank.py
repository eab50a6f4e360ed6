"""Log-rank tests: trend, pairs, causes, groups that cannot be compared, what is refused."""

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import DefinitionMismatchError, InvalidArgumentError, MissingColumnError, RiskSetWarning
from workforce_metrics.survival.logrank import logrank_test


def staff(n: int = 600, seed: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    group = rng.integers(3, size=n)
    years = np.ceil(12 * rng.exponential(5 / (1 + 0.4 * group)))
    return pd.DataFrame(
        {
            "group": np.array(["low", "middle", "top"])[group],
            "site": rng.choice(["x", "y"], n),
            "months": np.minimum(years, 60).astype(int),
            "left": (years <= 60) & (rng.random(n) < 0.8),
            "why": rng.choice(["moved", "retired"], n),
        }
    )


def cohort(frame: pd.DataFrame, **asked: str) -> wm.Cohort:
    return wm.Cohort.from_frame(frame, duration="months", event="left", time_unit="months", **asked)


def test_trend_by_name_and_by_position() -> None:
    data = cohort(staff())

    named = logrank_test(data, by="group", trend={"top": 3, "low": 1, "middle": 2}).frame
    placed = logrank_test(data, by="group", trend=[1, 2, 3]).frame
    moved = logrank_test(data, by="group", trend=[-10, 0, 10]).frame

    assert named["term"].tolist() == ["any difference", "trend"]
    assert named["df"].tolist() == [2, 1]
    assert 0 < named["statistic"].iloc[1] < named["statistic"].iloc[0]
    pd.testing.assert_frame_equal(named, placed)
    pd.testing.assert_frame_equal(named, moved, rtol=1e-12)


def test_trend_over_two_groups_is_their_log_rank_test() -> None:
    found = logrank_test(cohort(staff()), by="site", trend=[0, 1], strata="group").frame["statistic"]

    assert found.iloc[1] == pytest.approx(found.iloc[0], rel=1e-12)


def test_pairs_are_named_counted_and_adjusted() -> None:
    frame = staff()

    found = logrank_test(cohort(frame), by="group", pairwise="holm").frame

    assert found["term"].tolist()[1:] == ["low vs middle", "low vs top", "middle vs top"]
    alone = frame[frame["group"] != "top"]
    pair = logrank_test(cohort(alone), by="group").frame.iloc[0]
    assert found.loc[1, ["statistic", "n", "n_event"]].tolist() == pytest.approx(
        [pair["statistic"], len(alone), alone["left"].sum()]
    )
    smallest = found["p_value"].iloc[1:].min()
    unadjusted = logrank_test(cohort(frame), by="group", pairwise="none").frame["p_value"].iloc[1:]
    assert smallest == pytest.approx(3 * unadjusted.min())


def test_one_cause_is_the_others_censored() -> None:
    frame = staff()

    by_cause = logrank_test(cohort(frame, cause="why"), by="group", cause="moved").frame

    censored = frame.assign(left=frame["left"] & (frame["why"] == "moved")).drop(columns="why")
    pd.testing.assert_frame_equal(by_cause, logrank_test(cohort(censored), by="group").frame)


def test_missing_groups_are_a_group() -> None:
    frame = staff()
    frame.loc[:200, "group"] = None

    found = logrank_test(cohort(frame), by="group", pairwise="none")

    assert found.frame["df"].iloc[0] == 3
    assert "top vs not stated" in found.frame["term"].tolist()


def test_groups_apart_have_no_test() -> None:
    rows = pd.DataFrame({"entry": [0, 0, 9, 9], "months": [3, 5, 12, 14], "left": True, "group": list("aabb")})

    with pytest.warns(RiskSetWarning, match="never at risk together"):
        found = logrank_test(cohort(rows, entry="entry"), by="group", trend=[0, 1], pairwise="holm").frame

    assert found["statistic"].isna().all()
    assert found["p_value"].isna().all()
    assert (found["df"] == 0).all()


def test_a_group_never_at_risk_with_others_costs_no_degree_of_freedom() -> None:
    rows = pd.DataFrame(
        {
            "entry": [0, 0, 0, 0, 20, 20],
            "months": [3, 5, 4, 9, 22, 25],
            "left": [True, True, True, False, True, False],
            "group": list("aabbcc"),
        }
    )

    found = logrank_test(cohort(rows, entry="entry"), by="group").frame
    of_two = logrank_test(cohort(rows[:4], entry="entry"), by="group").frame

    assert found["df"].item() == 1
    assert found["statistic"].item() == pytest.approx(of_two["statistic"].item(), abs=1e-14)


def test_strata_that_share_no_group_add_their_degrees_of_freedom() -> None:
    frame = staff(400)
    frame["pair"] = np.where(frame.index < 200, "first", "second")
    frame["group"] = frame["pair"] + frame["site"]

    found = logrank_test(cohort(frame), by="group", strata="pair").frame

    parts = [logrank_test(cohort(part), by="group").frame["statistic"].item() for _, part in frame.groupby("pair")]
    assert found["df"].item() == 2
    assert found["statistic"].item() == pytest.approx(sum(parts), rel=1e-12)


def test_nobody_left_is_said() -> None:
    with pytest.warns(RiskSetWarning, match="missing"):
        logrank_test(cohort(staff().assign(left=False)), by="group")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"rho": -1}, "rho"),
        ({"gamma": np.nan}, "gamma"),
        ({"pairwise": "tukey"}, "pairwise"),
        ({"trend": [1, 2]}, "trend"),
        ({"trend": [1, 1, 1]}, "trend"),
        ({"trend": {"low": 1}}, "trend"),
        ({"cause": "moved"}, "cause"),
        ({"strata": "group"}, "by"),
    ],
)
def test_refused(asked: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        logrank_test(cohort(staff()), by="group", **asked)  # type: ignore[arg-type]


def test_refused_groups() -> None:
    with pytest.raises(InvalidArgumentError, match="two groups"):
        logrank_test(cohort(staff().assign(one="all")), by="one")
    with pytest.raises(MissingColumnError, match="route"):
        logrank_test(cohort(staff()), by="route")
    with pytest.raises(DefinitionMismatchError, match="site"):
        logrank_test(wm.risk_table(cohort(staff()), by=["group", "site"]), by="group")
    with pytest.raises(InvalidArgumentError, match="suppress"):
        wm.suppress(logrank_test(cohort(staff()), by="group"))


def test_it_draws_observed_over_expected() -> None:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    mpl.use("Agg")
    ax = logrank_test(cohort(staff()), by="group").plot()
    labels = [text.get_text() for text in ax.get_yticklabels()]
    plt.close("all")

    assert labels == ["top", "middle", "low"]
