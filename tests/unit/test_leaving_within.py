"""The risk of leaving: horizons, nobody left, nobody followed, emptied risk sets."""

import numpy as np
import pandas as pd
import pytest
from agreement import agree

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


@pytest.mark.validates(
    "leaving_within", against="Singer and Willett (2003), table 10.1", data="3,941 special educators"
)
def test_special_educators_match_the_published_five_year_figure() -> None:
    """Singer and Willett (2003), table 10.1: survival .566 after five years, standard error .0079."""
    risk = wm.leaving_within(wm.RiskTable.from_counts(wm.load_special_educators()), years=5).frame

    stay = (1 - 456 / 3941) * (1 - 384 / 3485) * (1 - 359 / 3101) * (1 - 295 / 2742) * (1 - 218 / 2447)
    assert risk["estimate"].item() == pytest.approx(1 - stay, abs=1e-12)
    agree(risk["estimate"].round(3).item(), 0.434, what="estimate to three decimals")
    agree(risk["std_error"].round(4).item(), 0.0079, what="std_error to four")


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


@pytest.mark.validates(
    "leaving_within", against="lifelines KaplanMeierFitter", data="3,000 simulated spells with late entry"
)
def test_lifelines_agrees_with_delayed_entry() -> None:
    from lifelines import KaplanMeierFitter

    rng = np.random.default_rng(11)
    entry = rng.integers(0, 30, 3000)
    rows = pd.DataFrame({"entry": entry, "months": entry + rng.integers(1, 60, 3000), "left": rng.random(3000) < 0.5})
    data = wm.Cohort.from_frame(rows, duration="months", event="left", entry="entry", time_unit="months")

    fitted = KaplanMeierFitter().fit(rows["months"], rows["left"], entry=rows["entry"])

    agree(wm.leaving_within(data).frame["estimate"].item(), 1 - fitted.predict(60), atol=1e-12, what="estimate")


def test_weights_of_nothing_tell_nothing() -> None:
    frame = pd.DataFrame({"year": [6, 6, 3], "left": [False, False, True], "w": [1.0, 0.0, 0.0], "g": ["a", "b", "b"]})
    data = wm.Cohort.from_frame(frame, duration="year", event="left", weight="w", time_unit="years")

    with pytest.warns(RiskSetWarning, match="1 group"):
        risk = wm.leaving_within(data, years=5, by="g").frame

    assert risk["estimate"].isna().tolist() == [False, True]


def by_reason(frame: pd.DataFrame, **asked: str) -> wm.Cohort:
    return wm.Cohort.from_frame(frame, duration="months", event="left", cause="why", time_unit="months", **asked)  # type: ignore[arg-type]


REASONS = pd.DataFrame(
    {
        "months": [6, 12, 18, 24, 70, 70, 30, 60, 61, 70],
        "left": [True, True, True, True, False, False, True, True, True, False],
        "why": ["retired", "moved", "moved", "moved", None, None, "moved", "moved", "retired", None],
        "route": ["a"] * 6 + ["b"] * 4,
    }
)


def test_causes_apart_are_shares_where_nobody_is_censored() -> None:
    risk = wm.leaving_within(by_reason(REASONS), by="route", causes="apart").frame

    assert risk["cause"].tolist() == ["moved", "retired", "any cause"] * 2
    assert risk["cause"].cat.categories.tolist() == ["moved", "retired", "any cause"]
    assert risk["estimate"].tolist() == pytest.approx([3 / 6, 1 / 6, 4 / 6, 2 / 4, 0, 2 / 4], abs=1e-15)
    assert risk["n_event"].tolist() == [3, 1, 4, 2, 0, 2]
    assert risk["n"].tolist() == [6] * 3 + [4] * 3
    assert risk["n_risk"].tolist() == [2] * 3 + [3] * 3  # who leaves in month 60 is at risk in it
    assert list(risk) == [
        "route", "time", "cause", "estimate", "std_error", "conf_low", "conf_high",
        "n", "n_event", "n_censor", "n_risk",
    ]  # fmt: skip


def test_a_cause_by_which_nobody_left_has_an_interval() -> None:
    risk = wm.leaving_within(by_reason(REASONS), by="route", causes="apart").frame

    none_left = risk.iloc[4]
    assert none_left["conf_low"] == 0
    assert none_left["conf_high"] == pytest.approx(1 - 0.025 ** (1 / 3), abs=1e-15)


def test_any_cause_is_causes_together_without_weights_and_late_entry() -> None:
    apart = wm.leaving_within(by_reason(REASONS), by="route", causes="apart").frame
    together = wm.leaving_within(by_reason(REASONS), by="route").frame

    any_cause = apart[apart["cause"] == "any cause"].drop(columns="cause").reset_index(drop=True)
    pd.testing.assert_frame_equal(any_cause, together, check_exact=False, rtol=1e-14)


def test_one_cause_is_any() -> None:
    risk = wm.leaving_within(cohort([(0, 12, True), (0, 60, False)]), causes="apart").frame

    assert risk["cause"].tolist() == ["any cause"]
    assert risk["estimate"].tolist() == [0.5]


def test_a_risk_table_of_causes_gives_them_apart() -> None:
    cohort_of = by_reason(REASONS)

    of_table = wm.leaving_within(wm.risk_table(cohort_of, by="route"), causes="apart").frame

    pd.testing.assert_frame_equal(of_table, wm.leaving_within(cohort_of, by="route", causes="apart").frame)


def test_causes_apart_of_a_group_not_followed_are_missing() -> None:
    with pytest.warns(RiskSetWarning, match="nobody was followed"):
        risk = wm.leaving_within(
            by_reason(REASONS.assign(months=REASONS["months"].clip(upper=50))), causes="apart", by="route"
        ).frame
    assert risk[["estimate", "std_error", "conf_low", "conf_high"]].isna().all(axis=None)


def test_causes_is_one_of_two_words() -> None:
    with pytest.raises(InvalidArgumentError, match="causes: expected 'together' or 'apart'"):
        wm.leaving_within(by_reason(REASONS), causes="both")  # type: ignore[arg-type]


def test_weights_and_late_entry_by_cause_are_the_incidences_of_the_same_cohort() -> None:
    frame = REASONS.assign(w=np.linspace(0.5, 2, 10), entry=[0, 3, 0, 3, 0, 40, 0, 20, 0, 0])
    data = by_reason(frame, weight="w", entry="entry")

    risk = wm.leaving_within(data, causes="apart").frame.query("cause != 'any cause'")
    incidence = wm.cumulative_incidence(data).at(60)

    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(risk[name], incidence[name], rtol=1e-14)
    # a risk table holds no person: Greenwood's variance
    of_table = wm.leaving_within(wm.risk_table(data), causes="apart").frame.query("cause != 'any cause'")
    greenwood = wm.cumulative_incidence(data, variance="greenwood").at(60)
    np.testing.assert_allclose(of_table["std_error"], greenwood["std_error"], rtol=1e-14)
    assert (of_table["std_error"] != risk["std_error"]).all()


def test_calendar_anniversaries_by_cause() -> None:
    rows = pd.DataFrame(
        {
            "PIN": list("abcd"),
            "on": ["2015-06-01", "2015-06-01", "2017-06-01", "2017-06-01"],
            "off": ["2017-06-01", "2017-06-02", "2019-06-01", None],
            "why": ["Retirement", "Retirement", "Relocation", None],
        }
    )
    register = wm.read_register(
        rows, columns={"person_id": "PIN", "joined": "on", "left": "off", "reason": "why"}, observed_from=None,
        observed_to="2025-12-31", date_formats=["%Y-%m-%d"], definition="left the register",
    )  # fmt: skip
    data = wm.build_cohort(register, causes={"Retirement": "retired", "Relocation": "moved"})

    risk = wm.leaving_within(data, years=2, causes="apart").frame

    assert dict(zip(risk["cause"], risk["estimate"], strict=True)) == pytest.approx(
        {"moved": 1 / 4, "retired": 1 / 4, "unknown": 0, "any cause": 1 / 2}, abs=1e-15
    )


@pytest.mark.parametrize("min_n", [5, 7])
def test_all_causes_of_a_small_group_are_hidden_and_its_partner(min_n: int) -> None:
    table = wm.leaving_within(by_reason(REASONS), by="route", causes="apart")

    hidden = wm.suppress(table, min_n=min_n).frame

    assert hidden["suppressed"].all()  # of two groups the other is the total less the small one
    assert hidden["cause"].tolist() == ["moved", "retired", "any cause"] * 2
    assert hidden.drop(columns=["route", "time", "cause", "suppressed"]).isna().all(axis=None)


def test_no_cause_of_a_hidden_group_follows_from_the_others() -> None:
    big = pd.concat([REASONS.assign(route=name) for name in "cdef" for _ in range(3)])
    table = wm.leaving_within(by_reason(pd.concat([REASONS, big], ignore_index=True)), by="route", causes="apart")

    shown = wm.suppress(table, min_n=5).frame

    by_group = shown.groupby("route")["suppressed"].agg(["min", "max"])
    assert (by_group["min"] == by_group["max"]).all()  # a group is hidden in all its causes or in none
    hidden = by_group.index[by_group["max"]]
    assert "b" in hidden
    assert len(hidden) >= 2
    sizes = table.frame.drop_duplicates("route").set_index("route")["n"]
    assert sizes[hidden].sum() >= 5


def test_causes_are_drawn_in_panels_of_their_own() -> None:
    import matplotlib.pyplot as plt

    ax = wm.leaving_within(by_reason(REASONS), by="route", causes="apart").plot()
    alone = wm.leaving_within(by_reason(REASONS), causes="apart", given=0.25).plot()

    assert [panel.get_title(loc="left") for panel in ax.child_axes] == ["any cause", "moved", "retired"]
    assert [text.get_text() for text in alone.get_yticklabels()] == ["any cause", "moved", "retired"]
    assert "still there after 0.25 years" in alone.get_title(loc="left")
    plt.close("all")
