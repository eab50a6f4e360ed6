"""Pictures of trends and heat maps: gaps at breaks, withheld values visibly withheld, texts that do not collide."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.plotting.heat_map import draw_heat_map
from workforce_metrics.plotting.style import wrap
from workforce_metrics.plotting.trend import draw_trend

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def _trend(**changes: object) -> pd.DataFrame:
    frame = pd.DataFrame({
        "ward": ["Ash"] * 4 + ["Elm"] * 4,
        "edition": [2022, 2023, 2024, 2025] * 2,
        "indicator": "burnout",
        "estimate": [5.0, 5.2, 5.1, 5.4, 6.0, 5.9, 6.1, 6.2],
        "break_before": "",
        "suppressed": False,
    })  # fmt: skip
    frame = frame.assign(conf_low=frame["estimate"] - 0.1, conf_high=frame["estimate"] + 0.1)
    return frame.assign(**changes)


def _strokes(ax: Axes) -> list[list[int]]:
    return [np.rint(line.get_xdata()).astype(int).tolist() for line in ax.lines if line.get_gid() == "line"]


def _texts(ax: Axes, gid: str) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


def test_a_line_a_group_named_at_its_end_in_its_colour() -> None:
    ax = draw_trend(_trend(), by=("ward",))

    assert _strokes(ax) == [[0, 1, 2, 3], [0, 1, 2, 3]]
    assert _texts(ax, "name") == ["Ash", "Elm"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2022", "2023", "2024", "2025"]
    lines = [line for line in ax.lines if line.get_gid() == "line"]
    assert len({to_hex(line.get_color()) for line in lines}) == 2


def test_no_line_crosses_a_break_and_the_break_is_explained() -> None:
    ax = draw_trend(_trend(break_before=["", "", "fair_play: reworded", ""] * 2), by=("ward",))

    assert _strokes(ax) == [[0, 1], [2, 3]] * 2
    (mark,) = [line for line in ax.lines if line.get_gid() == "break"]
    assert set(mark.get_xdata()) == {1.5}
    assert _texts(ax, "notes") == ["2024: fair play, reworded"]


def test_no_line_crosses_what_is_withheld_or_missing() -> None:
    hidden = [False, True, False, False] + [False] * 4
    frame = _trend(suppressed=hidden)
    frame.loc[hidden, ["estimate", "conf_low", "conf_high", "break_before"]] = np.nan
    frame = frame.drop(index=6)  # Elm has no 2024

    ax = draw_trend(frame, by=("ward",))

    assert _strokes(ax) == [[0], [2, 3], [0, 1], [3]]
    (patch,) = [p for p in ax.patches if p.get_gid() == "withheld"]
    assert patch.get_hatch()
    assert 0.5 < patch.get_x() < 1.5
    assert _texts(ax, "notes") == ["hatched: withheld (Ash)"]


def test_an_edition_that_holds_no_row_is_a_gap_where_another_indicator_has_it() -> None:
    other = _trend(indicator="morale")
    frame = pd.concat([_trend(), other[other["edition"] != 2023]])

    burnout, morale = draw_trend(frame, by=("ward",)).child_axes

    assert _strokes(burnout) == [[0, 1, 2, 3]] * 2
    assert _strokes(morale) == [[0], [2, 3]] * 2


def test_shares_have_percentages_and_a_panel_each() -> None:
    frame = pd.concat([_trend(), _trend(indicator="share:tired", estimate=0.3, conf_low=0.25, conf_high=0.35)])
    panels = draw_trend(frame, by=("ward",)).child_axes

    assert [panel.get_title(loc="left") for panel in panels] == ["burnout", "tired (share)"]
    assert all(label.get_text().endswith("%") for label in panels[1].get_yticklabels())
    assert not any(label.get_text().endswith("%") for label in panels[0].get_yticklabels())


@pytest.mark.parametrize("engine", [None, "constrained"])
def test_names_of_lines_do_not_overlap_and_stay_in_the_figure(engine: str | None) -> None:
    wards = [f"Ward {number:02d}" for number in range(7)]
    rows = [
        {"ward": w, "edition": e, "indicator": "x", "estimate": 5 + i / 1000}
        for i, w in enumerate(wards)
        for e in (1, 2)
    ]
    figure, ax = plt.subplots(figsize=(5, 3.5), layout=engine)
    draw_trend(pd.DataFrame(rows).assign(conf_low=4.9, conf_high=5.1), by=("ward",), ax=ax)
    figure.canvas.draw()

    boxes = sorted((t.get_window_extent() for t in ax.texts if t.get_gid() == "name"), key=lambda box: box.y0)
    assert len(boxes) == 7
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))
    assert max(box.x1 for box in boxes) <= figure.bbox.x1 + 1


def test_a_trend_draws_itself_as_lines_dots_or_a_heat_map() -> None:
    years = [
        wm.read_staff_survey(
            wm.simulate_staff_survey(300, seed=1, edition=year, n_organisations=3).extract, edition=year
        )
        for year in (2024, 2025)
    ]
    table = wm.trend(years, "share:fair_career_progression", by="org_name")

    assert _strokes(table.plot()) == [[0], [1]] * 3
    assert len(table.plot(kind="heatmap").get_yticklabels()) == 6
    assert len(table.plot(kind="dots").get_yticklabels()) == 6
    assert _strokes(wm.suppress(table, min_n=10**6).plot()) == []


def test_trend_frames_that_cannot_be_right_are_refused() -> None:
    with pytest.raises(InvalidDataError, match="one row a group, edition and indicator"):
        draw_trend(_trend())
    with pytest.raises(MissingColumnError):
        draw_trend(_trend().drop(columns="edition"), by=("ward",))


def _table() -> pd.DataFrame:
    return pd.DataFrame({
        "ward": ["Ash", "Elm", "Fir"] * 2,
        "indicator": ["burnout"] * 3 + ["share:tired"] * 3,
        "estimate": [5.0, 6.0, 5.5, 0.2, np.nan, np.nan],
        "suppressed": [False] * 4 + [True, False],
    })  # fmt: skip


def test_a_cell_each_with_its_number_the_withheld_hatched_without() -> None:
    ax = draw_heat_map(_table(), by=("ward",))

    assert [label.get_text() for label in ax.get_yticklabels()] == ["Ash", "Elm", "Fir"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["burnout", "tired (share)"]
    assert _texts(ax, "value") == ["5.0", "20%", "6.0", "5.5"]
    (hatched,) = [p for p in ax.patches if p.get_gid() == "withheld"]
    assert (hatched.get_x(), hatched.get_y()) == (1.0, 1.0)  # second column, second row
    assert hatched.get_hatch()
    assert _texts(ax, "no value") == ["–"]
    assert "withheld" in " ".join(text.get_text() for text in ax.texts)


def test_colour_is_the_distance_from_the_mean_of_the_column() -> None:
    ax = draw_heat_map(_table(), by=("ward",))
    colours = {p.get_xy(): p.get_facecolor()[:3] for p in ax.patches if p.get_gid() == "cell"}

    low, high, middle = colours[0.0, 0.0], colours[0.0, 1.0], colours[0.0, 2.0]
    assert low[0] > low[2]  # orange
    assert high[2] > high[0]  # blue
    assert np.ptp(middle) < 0.01  # grey


def test_a_withheld_value_has_no_part_in_the_colours() -> None:
    shown = draw_heat_map(_table().iloc[[0, 1]], by=("ward",))
    hidden = _table().iloc[[0, 1, 2]].assign(suppressed=[False, False, True], estimate=[5.0, 6.0, np.nan])
    with_hidden = draw_heat_map(hidden, by=("ward",))

    colours = [
        {p.get_xy(): p.get_facecolor() for p in ax.patches if p.get_gid() == "cell"} for ax in (shown, with_hidden)
    ]
    assert colours[0] == colours[1]


def test_numbers_can_be_read_on_every_cell() -> None:
    ax = draw_heat_map(_table(), by=("ward",))
    for patch in (p for p in ax.patches if p.get_gid() == "cell"):
        luminance = float(np.dot(np.array(patch.get_facecolor()[:3]) ** 2.2, (0.2126, 0.7152, 0.0722)))
        assert (luminance + 0.05) / (0.0194 + 0.05) > 4.5  # #262626


def test_a_table_of_estimates_draws_itself_as_a_heat_map() -> None:
    staff = pd.DataFrame(
        {"team": ["a"] * 20 + ["b"] * 5 + ["c"] * 20, "hours": np.arange(45.0), "left": [True, False, True] * 15}
    )
    table = wm.suppress(wm.estimate(staff, ["hours", "left"], by="team"))
    ax = table.plot(kind="heatmap")

    assert sum(p.get_gid() == "withheld" for p in ax.patches) == table.frame["suppressed"].sum()
    assert len(_texts(ax, "value")) == (~table.frame["suppressed"]).sum()
    with pytest.raises(InvalidArgumentError, match="kind"):
        table.plot(kind="bars")
    with pytest.raises(InvalidDataError, match="one row a group and indicator"):
        draw_heat_map(_table(), by=())


def test_words_are_not_broken_to_make_lines_even() -> None:
    assert wrap("negative experiences", 13) == "negative\nexperiences"
    assert wrap("staff engagement", 13) == "staff\nengagement"
