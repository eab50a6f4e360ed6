"""The risk of leaving: horizons, nobody left, nobody followed, emptied risk sets."""

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import DefinitionMismatchError, InvalidArgumentError, RiskSetWarning


def cohort(rows: list[tuple[int, int, bool]], **columns: list[object]) -> wm.Cohort:
    frame = pd.DataFrame(rows, columns=["entry", "months", "left"]).assign(**columns)
    return wm.Cohort.from_frame(frame, duration="months", event="left", entry="entry", time_unit="months")


def test_months_are_cut_at_sixty() -> None:
    data = cohort([(0, 12, True), (0, 60, True), (0, 61, True), (0, 70, False)])

    risk = wm.leaving_within(data, years=5).frame

    assert risk["estimate"].tolist() == [1 - 3 / 4 * 2 / 3]
    assert risk[["n", "n_event", "n_risk"]].to_numpy().tolist() == [[4, 2, 3]]


def test_special_educators_match_the_published_five_year_figure() -> None:
    """Singer and Willett (2003), table 10.1: survival .566 after five years, standard error .0079."""
    risk = wm.leaving_within(wm.RiskTable.from_counts(wm.load_special_educators()), years=5).frame

    stay = (1 - 456 / 3941) * (1 - 384 / 3485) * (1 - 359 / 3101) * (1 - 295 / 2742) * (1 - 218 / 2447)
    assert risk["estimate"].item() == pytest.approx(1 - stay, abs=1e-12)
    assert round(risk["estimate"].item(), 3) == 0.434
    assert round(risk["std_error"].item(), 4) == 0.0079


def test_where_nobody_left_the_interval_has_width() -> None:
    data = cohort([(0, 60, False)] * 20)

    risk = wm.leaving_within(data, years=5).frame

    assert risk["estimate"].item() == 0
    assert risk["conf_low"].item() == 0
    assert risk["conf_high"].item() == pytest.approx(1 - 0.025 ** (1 / 20), abs=1e-12)


def test_a_horizon_nobody_was_followed_to_is_missing() -> None:
    data = cohort([(0, 12, True), (0, 30, False)])

    with pytest.warns(RiskSetWarning, match="nobody was followed"):
        risk = wm.leaving_within(data, years=5).frame

    assert risk[["estimate", "std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    assert risk["n"].item() == 2


def test_an_emptied_risk_set_is_said() -> None:
    data = cohort([(0, 3, True), (6, 60, False), (6, 60, False)])

    with pytest.warns(RiskSetWarning, match="everyone at risk had left"):
        wm.leaving_within(data, years=5)


@pytest.mark.parametrize("years", [0, -1, np.inf, np.nan])
def test_years_are_a_positive_number(years: float) -> None:
    with pytest.raises(InvalidArgumentError, match="years"):
        wm.leaving_within(cohort([(0, 60, False)]), years=years)


def test_a_risk_table_is_grouped_already() -> None:
    table = wm.risk_table(cohort([(0, 60, False)] * 2, route=["a", "b"]), by="route")

    assert wm.leaving_within(table).frame["route"].tolist() == ["a", "b"]
    with pytest.raises(DefinitionMismatchError, match="by"):
        wm.leaving_within(table, by="sex")


def test_lifelines_agrees_with_delayed_entry() -> None:
    from lifelines import KaplanMeierFitter

    rng = np.random.default_rng(11)
    entry = rng.integers(0, 30, 3000)
    rows = pd.DataFrame({"entry": entry, "months": entry + rng.integers(1, 60, 3000), "left": rng.random(3000) < 0.5})
    data = wm.Cohort.from_frame(rows, duration="months", event="left", entry="entry", time_unit="months")

    fitted = KaplanMeierFitter().fit(rows["months"], rows["left"], entry=rows["entry"])

    assert wm.leaving_within(data).frame["estimate"].item() == pytest.approx(1 - fitted.predict(60), abs=1e-12)


def test_weights_of_nothing_tell_nothing() -> None:
    frame = pd.DataFrame({"year": [6, 6, 3], "left": [False, False, True], "w": [1.0, 0.0, 0.0], "g": ["a", "b", "b"]})
    data = wm.Cohort.from_frame(frame, duration="year", event="left", weight="w", time_unit="years")

    with pytest.warns(RiskSetWarning, match="1 group"):
        risk = wm.leaving_within(data, years=5, by="g").frame

    assert risk["estimate"].isna().tolist() == [False, True]
