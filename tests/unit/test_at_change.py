"""Covariates that change while people are there, on the clock."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError


@pytest.fixture(scope="module")
def register() -> wm.extracts.Register:
    rng = np.random.default_rng(5)
    months = pd.date_range("2017-01-31", periods=48, freq="ME")
    rows = []
    for who in range(120):
        start, grade = int(rng.integers(0, 30)), int(rng.integers(5, 7))
        for month in range(start, 48):
            if rng.random() < (0.05 if grade == 5 else 0.01):
                break
            grade = min(grade + int(rng.random() < 0.05), 8)
            rows.append((f"p{who}", months[month], grade, months[start] - pd.Timedelta(days=5)))
    frame = pd.DataFrame(rows, columns=["pid", "month", "grade", "since"])
    return wm.read_snapshots(
        frame, columns={"person_id": "pid", "period": "month", "joined": "since"}, posts="first", covariates=["grade"],
        changes=True,
    )  # fmt: skip


@pytest.mark.parametrize("horizon", [1, 2, 5])
def test_time_at_risk_and_leavings_are_those_of_the_whole_spells(register: wm.extracts.Register, horizon: int) -> None:
    whole = wm.build_cohort(register, horizon_years=horizon)
    split = wm.build_cohort(register, horizon_years=horizon, covariates="at_change")
    assert len(split.duration) > len(whole.duration)
    assert (split.duration - split.entry).sum() == (whole.duration - whole.entry).sum()
    assert (split.cause > 0).sum() == (whole.cause > 0).sum()
    assert (split.entry < split.duration).all()
    # so curves of all are the same where anybody leaves
    curves = [wm.kaplan_meier(cohort).frame.query("n_event > 0") for cohort in (split, whole)]
    columns = ["time", "estimate", "std_error", "n_event", "n_risk"]
    pd.testing.assert_frame_equal(*(curve[columns].reset_index(drop=True) for curve in curves))


def test_a_model_sees_the_grade_of_each_time(register: wm.extracts.Register) -> None:
    split = wm.build_cohort(register, horizon_years=3, covariates="at_change")
    rows = split.frame.assign(start=split.entry, stop=split.duration)
    by_hand = wm.Cohort.from_frame(
        rows[["start", "stop", "grade", "person_id"]].assign(left=split.cause > 0),
        duration="stop", entry="start", event="left", time_unit="days",
    )  # fmt: skip
    fit, same = (wm.cox(cohort, "grade", cluster="person_id").frame["estimate"] for cohort in (split, by_hand))
    assert fit.tolist() == pytest.approx(same.tolist(), rel=1e-10)
    at_joining = wm.cox(wm.build_cohort(register, horizon_years=3), "grade").frame["estimate"]
    assert abs(fit[0] - at_joining[0]) > 0.01


def test_a_register_without_changes_is_refused(register: wm.extracts.Register) -> None:
    with pytest.raises(InvalidArgumentError, match=r"read_snapshots\(\.\.\., changes=True\)"):
        wm.build_cohort(replace(register, changes=None), covariates="at_change")
    fewer = replace(register, table=register.table.iloc[1:].reset_index(drop=True))
    with pytest.raises(InvalidDataError, match="the rows whose changes were noted"):
        wm.build_cohort(fewer, covariates="at_change")
    with pytest.raises(InvalidArgumentError, match="covariates: expected 'at_joining' or 'at_change'"):
        wm.build_cohort(register, covariates="now")
