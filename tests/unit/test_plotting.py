"""The pictures: what is drawn, that texts do not collide, and that nothing is left behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.at_risk import numbers_at_risk, tick_times
from workforce_metrics.plotting.curves import draw_curves
from workforce_metrics.plotting.dots import draw_estimates
from workforce_metrics.plotting.groups import group_text
from workforce_metrics.plotting.waterfall import draw_waterfall

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def marked(ax: Axes, gid: str) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


def boxes(ax: Axes, texts: list[Text]) -> list[Bbox]:
    ax.figure.canvas.figure.draw_without_rendering()
    return [text.get_window_extent() for text in texts]


def any_overlap(found: list[Bbox]) -> bool:
    return any(a.overlaps(b) for i, a in enumerate(found) for b in found[:i])


# ---------------------------------------------------------------- curves

# Years of entry and of the end of observation by route; at risk at t: entry < t <= end.
SPELLS = {
    "home": [(0, 1), (0, 2), (0, 2), (0, 5)],
    "overseas": [(0, 1), (2, 4), (2, 5), (3, 5), (3, 4)],
}
AT_RISK = {"home": [4, 4, 3, 1, 1, 1], "overseas": [1, 1, 0, 2, 4, 2]}  # counted by hand at ticks 0 to 5


def at_risk_frame(weight: float = 1.0) -> pd.DataFrame:
    rows = [
        (route, float(time), weight * sum(entry < time <= end for entry, end in spells))
        for route, spells in SPELLS.items()
        for time in sorted({t for spell in spells for t in spell} - {0})
    ]
    return pd.DataFrame(rows, columns=["route", "time", "n_risk"])


def curve_frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "route": ["home"] * 3 + ["overseas"] * 3,
            "time": [1.0, 2.0, 5.0, 1.0, 4.0, 5.0],
            "estimate": [0.75, 0.5, 0.5, 0.9, 0.6, 0.45],
            "conf_low": [0.5, 0.3, 0.3, 0.6, 0.3, 0.2],
            "conf_high": [0.9, 0.7, 0.7, 1.0, 0.8, 0.7],
        }
    )


def many_groups(n: int, last: npt.NDArray[np.float64]) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = [f"occupational group {i}" for i in range(n)]
    frame = pd.DataFrame({"route": np.repeat(names, 2), "time": [1.0, 5.0] * n})
    frame["estimate"] = np.stack([np.full(n, 0.95), last], axis=1).ravel()
    return frame, frame[["route", "time"]].assign(n_risk=10.0)


def test_numbers_under_the_ticks_are_the_hand_counts_under_delayed_entry() -> None:
    ax = draw_curves(curve_frame(), by=("route",), risk=at_risk_frame(), start=1.0)

    assert marked(ax, "risk label") == ["home", "overseas"]
    assert marked(ax, "risk number") == [str(count) for count in AT_RISK["home"] + AT_RISK["overseas"]]
    places = [text.xy[0] for text in ax.texts if text.get_gid() == "risk number"]
    assert places == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0] * 2
    assert list(ax.get_xticks()) == places[:6]


def test_weighted_numbers_have_no_decimals_and_say_so() -> None:
    ax = draw_curves(
        curve_frame(), by=("route",), risk=at_risk_frame(1000.4), start=1.0, risk_label="At risk (weighted)"
    )

    assert marked(ax, "risk number")[:2] == ["4,002", "4,002"]  # 4 x 1000.4
    assert "At risk (weighted)" in [text.get_text() for text in ax.texts]


def test_rows_in_another_order_draw_the_same() -> None:
    straight = draw_curves(curve_frame(), by=("route",), risk=at_risk_frame(), start=1.0)
    turned = draw_curves(curve_frame().iloc[::-1], by=("route",), risk=at_risk_frame().iloc[::-1], start=1.0)

    for a, b in zip(straight.lines, turned.lines, strict=True):
        np.testing.assert_array_equal(a.get_xydata(), b.get_xydata())
    assert marked(straight, "risk number") == marked(turned, "risk number")


def test_a_curve_holds_its_value_until_the_next_time() -> None:
    frame, risk = curve_frame().query("route == 'home'"), at_risk_frame().query("route == 'home'")

    ax = draw_curves(frame, by=(), risk=risk[["time", "n_risk"]], start=1.0)

    (line,) = ax.lines
    corners = [(0, 1.0), (1, 1.0), (1, 0.75), (2, 0.75), (2, 0.5), (5, 0.5), (5, 0.5)]
    assert [tuple(corner) for corner in line.get_xydata()] == corners
    assert marked(ax, "curve name") == []


def test_without_a_start_the_curve_begins_at_its_first_row() -> None:
    ax = draw_curves(curve_frame(), by=("route",), risk=at_risk_frame())

    assert [line.get_xdata()[0] for line in ax.lines] == [1.0, 1.0]


def test_a_missing_limit_blanks_its_own_step_only() -> None:
    frame = curve_frame().query("route == 'home'").copy()
    frame.loc[1, ["conf_low", "conf_high"]] = np.nan

    ax = draw_curves(frame, by=(), risk=at_risk_frame().query("route == 'home'"), start=1.0)

    (area,) = [c for c in ax.collections if c.get_gid() == "interval"]
    spans = sorted((path.vertices[:, 0].min(), path.vertices[:, 0].max()) for path in area.get_paths())
    assert spans[0] == (0.0, 2.0)  # blank from 2 to 5
    assert all(low >= 5.0 for low, _ in spans[1:])


def test_a_cause_shares_the_risk_set() -> None:
    frame = pd.concat([curve_frame().assign(cause=cause) for cause in ("retired", "resigned")])

    ax = draw_curves(frame, by=("cause", "route"), risk=at_risk_frame(), start=0.0)

    assert len([line for line in ax.lines if line.get_gid() == "curve"]) == 4
    assert marked(ax, "risk label") == ["home", "overseas"]


@pytest.mark.parametrize("last", [np.full(6, 0.5), np.array([0.0, 0.01, 0.02, 0.5, 0.98, 0.99])])
def test_names_at_the_ends_do_not_overlap(last: npt.NDArray[np.float64]) -> None:
    frame, risk = many_groups(6, last)

    ax = draw_curves(frame, by=("route",), risk=risk, start=1.0)

    names = [text for text in ax.texts if text.get_gid() == "curve name"]
    assert len(names) == 6
    assert not any_overlap([Text.get_window_extent(name) for name in names])


def test_more_than_six_curves_have_a_legend() -> None:
    frame, risk = many_groups(8, np.linspace(0.2, 0.9, 8))

    ax = draw_curves(frame, by=("route",), risk=risk, start=1.0)

    assert marked(ax, "curve name") == []
    assert len(ax.get_legend().get_texts()) == 8
    styles = {(line.get_color(), str(line._dash_pattern)) for line in ax.lines}
    assert len(styles) == 8


@pytest.mark.parametrize("engine", [None, "constrained"])
def test_the_table_stands_clear_of_the_axis_on_given_axes_and_inside_the_figure(engine: str | None) -> None:
    figure, places = plt.subplots(1, 2, figsize=(10, 4), layout=engine)

    given_back = draw_curves(curve_frame(), by=("route",), risk=at_risk_frame(), ax=places[0], caption="Simulated.")

    assert given_back is places[0]
    figure.draw_without_rendering()
    label = places[0].xaxis.label.get_window_extent()
    rows = [Text.get_window_extent(text) for text in places[0].texts if text.get_gid() != "curve name"]
    assert max(box.y1 for box in rows) < label.y0
    assert min(box.y0 for box in rows) >= 0
    assert min(box.x0 for box in rows) >= 0
    assert not any_overlap(rows)


def test_a_withheld_group_is_named_and_not_drawn() -> None:
    frame, risk = curve_frame(), at_risk_frame().astype({"n_risk": "Float64"})
    frame.loc[frame["route"] == "home", ["estimate", "conf_low", "conf_high"]] = np.nan
    risk.loc[risk["route"] == "home", "n_risk"] = pd.NA

    ax = draw_curves(frame, by=("route",), risk=risk, start=1.0)

    assert marked(ax, "curve name") == ["home (withheld)", "overseas"]
    assert marked(ax, "risk number") == [str(count) for count in AT_RISK["overseas"]]
    assert "withheld" in [text.get_text() for text in ax.texts]


def test_a_percentage_axis_starts_at_zero_and_ends_at_a_tick() -> None:
    frame = curve_frame()
    frame[["estimate", "conf_low", "conf_high"]] *= 0.1

    ax = draw_curves(frame, by=("route",), risk=at_risk_frame(), start=0.0)

    ax.figure.draw_without_rendering()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0%", "2%", "4%", "6%", "8%", "10%"]
    assert ax.get_ylim()[0] == 0.0


@pytest.mark.parametrize(
    ("frame", "risk", "error"),
    [
        (curve_frame().drop(columns="time"), at_risk_frame(), MissingColumnError),
        (curve_frame(), at_risk_frame().drop(columns="n_risk"), MissingColumnError),
        (curve_frame().iloc[:0], at_risk_frame(), InvalidDataError),
        (pd.concat([curve_frame(), curve_frame()]), at_risk_frame(), InvalidDataError),
        (curve_frame(), at_risk_frame().query("route == 'home'"), InvalidDataError),
        (curve_frame(), pd.concat([at_risk_frame(), at_risk_frame(2.0)]), InvalidDataError),
    ],
    ids=["no time", "no n_risk", "no rows", "two rows a time", "no risk set", "two risk sets"],
)
def test_curves_that_cannot_be_right_are_refused(
    frame: pd.DataFrame, risk: pd.DataFrame, error: type[Exception]
) -> None:
    with pytest.raises(error):
        draw_curves(frame, by=("route",), risk=risk, start=1.0)
    assert plt.get_fignums() == []


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), min_size=1, max_size=30),
    st.lists(st.integers(1, 50), min_size=1, max_size=8),
)
@settings(deadline=None, max_examples=60)
def test_number_at_risk_is_the_count_of_people(spells: list[tuple[int, int]], ticks: list[int]) -> None:
    entry = np.array([start for start, _ in spells], dtype=float)
    end = entry + np.array([length for _, length in spells])
    times = np.unique(np.concatenate([entry, end]))
    n_risk = np.array([np.count_nonzero((entry < t) & (t <= end)) for t in times], dtype=float)
    halves = np.array(ticks) / 2

    found = numbers_at_risk(times[::-1], n_risk[::-1], np.concatenate([[0.0], halves]))

    assert found[1:].tolist() == [np.count_nonzero((entry < t) & (t <= end)) for t in halves]
    # just after zero: those who start there; before anyone else can come in
    first = min((t for t in times if t > 0), default=0.0)
    assert found[0] == np.count_nonzero((entry < first) & (first <= end))


@given(st.floats(0.01, 1e5), st.sampled_from(["years", "months", "days"]), st.integers(3, 10))
def test_ticks_are_even_few_and_fill_the_axis(max_time: float, unit: str, most: int) -> None:
    ticks = tick_times(max_time, time_unit=unit, max_ticks=most)

    assert ticks[0] == 0
    assert 2 <= len(ticks) <= most
    assert ticks[-1] <= max_time * (1 + 1e-7) < ticks[-1] + ticks[1] * (1 + 1e-7)
    np.testing.assert_allclose(np.diff(ticks), ticks[1], rtol=1e-12)


def test_ticks_need_a_positive_end() -> None:
    with pytest.raises(InvalidArgumentError, match="max_time"):
        tick_times(0.0)


# ---------------------------------------------------------------- dots


def dot_frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "site": ["A", "B", "C", "D"],
            "indicator": "burnout",
            "estimate": [4.9, 5.3, np.nan, 5.1],
            "conf_low": [4.8, 5.2, np.nan, np.nan],
            "conf_high": [5.0, 5.4, np.nan, np.nan],
            "n": pd.array([1200, 90, None, 1], dtype="Int64"),
            "suppressed": [False, False, True, False],
        }
    )


def row_texts(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def test_rows_stand_by_estimate_and_the_withheld_at_the_foot() -> None:
    ax = draw_estimates(dot_frame(), by=("site",))

    assert row_texts(ax) == ["B", "D", "A", "C"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first row is on top
    filled, hollow = (line for line in ax.lines if line.get_gid() == "dot")
    assert sorted(filled.get_xdata()) == [4.9, 5.3]
    assert list(hollow.get_xdata()) == [5.1]  # no interval
    assert hollow.get_markerfacecolor() == "white"
    (bars,) = [c for c in ax.collections if c.get_gid() == "interval"]
    assert sorted(tuple(segment[:, 0]) for segment in bars.get_segments()) == [(4.8, 5.0), (5.2, 5.4)]


def test_a_withheld_row_shows_the_word_and_no_number() -> None:
    ax = draw_estimates(dot_frame(), by=("site",))

    assert marked(ax, "no value") == ["withheld"]
    assert sorted(marked(ax, "n")) == ["1", "1,200", "90"]


def test_nobody_answered_is_not_withheld() -> None:
    frame = dot_frame().drop(columns="suppressed")

    ax = draw_estimates(frame, by=("site",))

    assert marked(ax, "no value") == ["no estimate"]


def test_rows_may_keep_the_groups_own_order() -> None:
    frame = dot_frame().astype({"site": pd.CategoricalDtype(["D", "C", "B", "A"], ordered=True)})

    ax = draw_estimates(frame, by=("site",), order="group")

    assert row_texts(ax) == ["D", "C", "B", "A"]
    with pytest.raises(InvalidArgumentError, match="order"):
        draw_estimates(frame, by=("site",), order="name")


def test_an_axis_that_does_not_start_at_zero_says_so() -> None:
    near, far = dot_frame(), dot_frame()
    far.loc[0, ["estimate", "conf_low"]] = 0.5

    assert marked(draw_estimates(near, by=("site",)), "axis note") == ["axis starts at 4.8, not at 0"]
    assert marked(draw_estimates(far, by=("site",)), "axis note") == []


@pytest.mark.parametrize(
    ("name", "percent", "is_share"),
    [
        ("share:burnt_out", False, True),
        ("left", True, True),
        ("left", ["left"], True),
        ("left", ["other"], False),
        ("left", False, False),
    ],
)
def test_shares_have_a_percentage_axis(name: str, percent: bool | list[str], is_share: bool) -> None:  # noqa: FBT001 - a parameter of the table above
    frame = pd.DataFrame({"indicator": [name], "estimate": [0.3], "conf_low": [0.1], "conf_high": [0.5]})

    ax = draw_estimates(frame, by=(), percent=percent)

    ax.figure.draw_without_rendering()
    assert all(label.get_text().endswith("%") == is_share for label in ax.get_xticklabels())


def test_each_indicator_has_a_panel_with_the_same_rows() -> None:
    frame = pd.concat([dot_frame(), dot_frame().assign(indicator="team_working", estimate=[6.0, 6.1, 6.2, 6.3])])
    frame = frame.assign(suppressed=False)

    host = draw_estimates(frame, by=("site",), reference={"burnout": 5.0})

    first, second = host.child_axes
    assert row_texts(first) == ["B", "D", "A", "C"]
    assert [panel.get_title(loc="left") for panel in host.child_axes] == ["burnout", "team working"]
    assert second.get_ylim() == first.get_ylim()
    assert len([line for line in first.lines if line.get_gid() == "all"]) == 1
    assert "all 5" in [text.get_text() for text in first.texts]
    assert len([line for line in second.lines if line.get_gid() == "all"]) == 0


def test_without_groups_the_indicators_are_the_rows_and_units_the_panels() -> None:
    frame = pd.DataFrame({"indicator": ["share:burnt_out", "burnout", "morale"], "estimate": [0.3, 5.0, 6.0]})
    frame = frame.assign(conf_low=frame["estimate"] * 0.9, conf_high=frame["estimate"] * 1.1, n=100)

    host = draw_estimates(frame, by=(), labels={"morale": "Morale"})

    shares, scores = host.child_axes
    assert row_texts(shares) == ["burnt out (share)", "Morale", "burnout"]
    assert [len(marked(panel, "n")) for panel in (shares, scores)] == [1, 2]


def test_a_group_that_the_first_indicator_lacks_stands_at_the_foot() -> None:
    frame = pd.DataFrame({"site": ["A", "B", "A"], "indicator": ["x", "y", "y"], "estimate": [1.0, 9.0, 2.0]})

    host = draw_estimates(frame.assign(conf_low=np.nan, conf_high=np.nan), by=("site",))

    assert row_texts(host.child_axes[0]) == ["A", "B"]


def test_two_rows_for_one_dot_are_refused() -> None:
    with pytest.raises(InvalidDataError, match="one row a group and indicator"):
        draw_estimates(pd.concat([dot_frame(), dot_frame()]), by=("site",))


def test_sixty_long_names_can_be_read() -> None:
    names = [f"{i} Saint Elsewhere and the Greater Metropolitan University Hospitals Trust" for i in range(60)]
    frame = pd.DataFrame({"site": names, "estimate": np.linspace(4, 6, 60), "conf_low": 3.9, "conf_high": 6.1})

    ax = draw_estimates(frame, by=("site",))

    found = boxes(ax, list(ax.get_yticklabels()))
    assert not any_overlap(found)
    assert min(box.x0 for box in found) >= 0
    assert ax.get_yticklabels()[0].get_size() == style.TICK_SIZE


@pytest.mark.parametrize("engine", [None, "constrained"])
def test_dots_on_given_axes_stay_in_the_figure(engine: str | None) -> None:
    figure, places = plt.subplots(2, 1, figsize=(6, 7), layout=engine)
    frame = dot_frame().replace({"site": {"A": "Northern Ambulance Service NHS Trust"}})

    given_back = draw_estimates(frame, by=("site",), ax=places[1], title="Burnout", caption="Simulated.")

    assert given_back is places[1]
    figure.draw_without_rendering()
    box = places[1].get_tightbbox()
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= figure.bbox.x1


def test_names_are_never_read_as_mathematics() -> None:
    frame = dot_frame().replace({"site": {"A": "band $5_6$"}})

    ax = draw_estimates(frame, by=("site",), title="$x_1$", caption="$y_1$")

    shown = [label for label in ax.get_yticklabels() if "$" in label.get_text()]
    assert [label.get_parse_math() for label in shown] == [False]
    assert not ax._left_title.get_parse_math()
    assert not any(text.get_parse_math() for text in ax.texts if "$" in text.get_text())


# ---------------------------------------------------------------- waterfall


def change_frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "term": ["before", "people at risk", "mix", "risk", "after"],
            "estimate": [2400.0, 350.0, -50.0, 300.0, 3000.0],
            "conf_low": [np.nan, 320.0, -70.0, 200.0, np.nan],
            "conf_high": [np.nan, 380.0, -30.0, 400.0, np.nan],
        }
    )


def test_bars_float_from_one_level_to_the_other() -> None:
    ax = draw_waterfall(change_frame())

    spans = [sorted((bar.get_y(), bar.get_y() + bar.get_height())) for bar in ax.patches]
    assert spans == [[0, 2400], [2400, 2750], [2700, 2750], [2700, 3000], [0, 3000]]
    (links,) = [c for c in ax.collections if c.get_gid() == "connector"]
    assert [segment[0, 1] for segment in links.get_segments()] == [2400, 2750, 2700, 3000]
    assert ax.get_ylim()[0] == 0


def test_labels_carry_sign_and_interval() -> None:
    ax = draw_waterfall(change_frame())

    assert [text.get_text() for text in ax.texts] == [
        "2,400", "+350\n(320 to 380)", "−50\n(−70 to −30)", "+300\n(200 to 400)", "3,000"
    ]  # fmt: skip


def test_whiskers_stand_at_the_end_of_their_change() -> None:
    ax = draw_waterfall(change_frame())

    (whiskers,) = [c for c in ax.collections if c.get_gid() == "interval"]
    ends = [(segment[0, 0], segment[0, 1], segment[1, 1]) for segment in whiskers.get_segments()]
    assert ends == [(1, 2400 + 320, 2400 + 380), (2, 2750 - 70, 2750 - 30), (3, 2700 + 200, 2700 + 400)]


def test_colour_goes_by_sign() -> None:
    frame = pd.DataFrame({"term": list("abcde"), "estimate": [10.0, 3.0, -2.0, 0.0, 11.0]})

    ax = draw_waterfall(frame)

    level, more, less, none, after = (to_hex(bar.get_facecolor()) for bar in ax.patches)
    assert level == none == after
    assert len({level, more, less}) == 3
    assert [text.get_text() for text in ax.texts] == ["10.0", "+3.0", "−2.0", "0.0", "11.0"]


@pytest.mark.parametrize("width", [3.5, 7.0])
def test_labels_fit_their_columns_on_given_axes(width: float) -> None:
    figure, ax = plt.subplots(figsize=(width, 4))

    assert draw_waterfall(change_frame(), ax=ax, caption="Simulated.", title="Change") is ax

    figure.draw_without_rendering()
    assert not any_overlap([Text.get_window_extent(text) for text in ax.texts])
    assert not any_overlap([label.get_window_extent() for label in ax.get_xticklabels()])
    assert ax.get_tightbbox().y0 >= 0


@pytest.mark.parametrize(
    "estimate", [[2400.0, 350.0, -50.0, 300.0, 3001.0], [2400.0, 350.0, -50.0, np.nan, 3000.0]], ids=["rest", "missing"]
)
def test_parts_that_do_not_make_the_whole_are_refused(estimate: list[float]) -> None:
    with pytest.raises(InvalidDataError):
        draw_waterfall(change_frame().assign(estimate=estimate))
    assert plt.get_fignums() == []


# ---------------------------------------------------------------- the look

unit_floats = st.floats(0, 100, allow_nan=False)


@given(st.lists(unit_floats, min_size=1, max_size=6), st.floats(0.1, 15))
def test_spread_labels_keep_gap_order_and_place(wanted: list[float], gap: float) -> None:
    positions = np.array(wanted)

    placed = layout.spread(positions, gap, 0.0, 100.0)

    order = np.argsort(positions, kind="stable")
    assert (np.diff(placed[order]) >= gap - 1e-9).all()  # sums of at most six gaps: rounding only
    assert placed.min() >= -1e-9
    assert placed.max() <= 100.0 + 1e-9
    if (np.diff(positions[order]) >= gap).all():
        np.testing.assert_allclose(placed, positions, atol=1e-9)


@given(st.floats(-50, 1000), st.floats(1e-3, 1000))
def test_an_axis_holds_its_values_and_starts_at_zero_where_they_fill_it(low: float, span: float) -> None:
    ticks = style.axis_range(low, low + span)

    slack = 1e-9 * max(1.0, abs(low) + span)
    assert ticks[0] <= low + slack
    assert low + span <= ticks[-1] + slack
    assert 2 <= len(ticks) <= 6
    if low >= 0 and span >= 0.4 * (low + span):
        assert ticks[0] == 0


@pytest.mark.parametrize(("value", "ends"), [(5.0, (0.0, 5.0)), (0.0, (0.0, 1.0)), (-2.0, (-2.0, 0.0))])
def test_the_axis_of_one_value_reaches_from_zero(value: float, ends: tuple[float, float]) -> None:
    ticks = style.axis_range(value, value)

    assert (ticks[0], ticks[-1]) == ends


@pytest.mark.parametrize("base", style.COLOURS)
def test_ink_can_be_read_on_white(base: str) -> None:
    red, green, blue = (int(style.ink(base)[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert 1.05 / (luminance + 0.05) >= 4.5  # the contrast that WCAG asks of text


@pytest.mark.parametrize(
    ("value", "text"),
    [(2024, "2024"), (2024.0, "2024"), (0.5, "0.5"), (None, "not stated"), (pd.NA, "not stated"), (True, "True"),
     (pd.Timestamp("2024-04-01"), "2024-04-01")],
)  # fmt: skip
def test_group_values_as_text(value: object, text: str) -> None:
    assert group_text(value) == text


def test_drawing_leaves_no_state_and_no_input_changed() -> None:
    before = dict(mpl.rcParams)
    frames = [curve_frame(), at_risk_frame(), dot_frame(), change_frame()]
    copies = [frame.copy() for frame in frames]

    draw_curves(frames[0], by=("route",), risk=frames[1], start=1.0)
    draw_estimates(frames[2], by=("site",))
    draw_waterfall(frames[3])

    assert dict(mpl.rcParams) == before
    for frame, copy in zip(frames, copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_drawing_on_given_axes_opens_no_figure() -> None:
    _, places = plt.subplots(1, 3, figsize=(15, 4))

    draw_curves(curve_frame(), by=("route",), risk=at_risk_frame(), ax=places[0])
    draw_estimates(dot_frame(), by=("site",), ax=places[1])
    draw_waterfall(change_frame(), ax=places[2])

    assert len(plt.get_fignums()) == 1


def test_importing_the_room_loads_no_matplotlib() -> None:
    check = "import sys, workforce_metrics.plotting; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0  # noqa: S603 - this interpreter, fixed text
