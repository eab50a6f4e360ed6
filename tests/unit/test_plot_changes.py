"""The picture of changes by group: what is drawn, on one scale, and that texts do not collide."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Text

import workforce_metrics as wm
from workforce_metrics.errors import InvalidDataError, MissingColumnError
from workforce_metrics.plotting.changes import draw_changes

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def change_frame() -> pd.DataFrame:
    terms = ["before", "people at risk", "groups", "risk", "after"]
    values = {"Elm": [100.0, 40.0, -10.0, 5.0, 135.0], "Ash $5": [60.0, 20.0, 10.0, -70.0, 20.0]}
    rows = [
        {"ward": ward, "term": term, "estimate": value, "conf_low": value - 6, "conf_high": value + 6}
        for ward, own in values.items()
        for term, value in zip(terms, own, strict=True)
    ]
    return pd.DataFrame(rows)


def bars(panel: Axes) -> list[float]:
    return [bar.get_width() for bar in panel.patches]


def test_a_panel_a_change_and_what_they_come_to_on_one_scale() -> None:
    ax = draw_changes(change_frame(), by=("ward",))

    assert [panel.get_title(loc="left") for panel in ax.child_axes] == ["people at risk", "groups", "risk", "in all"]
    assert [bars(panel) for panel in ax.child_axes] == [[20, 40], [10, -10], [-70, 5], [-40, 35]]
    assert [label.get_text() for label in ax.child_axes[0].get_yticklabels()] == ["Ash $5", "Elm"]
    limits = {panel.get_xlim() for panel in ax.child_axes}
    assert len(limits) == 1
    assert limits.pop()[0] < -76  # the whisker and its label beyond it


def test_whiskers_colours_and_labels() -> None:
    ax = draw_changes(change_frame(), by=("ward",))
    risk, in_all = ax.child_axes[2:]

    (whiskers,) = [c for c in risk.collections if c.get_gid() == "interval"]
    assert [segment[:, 0].tolist() for segment in whiskers.get_segments()] == [[-76, -64], [-1, 11]]
    assert not [c for c in in_all.collections if c.get_gid() == "interval"]
    assert [text.get_text() for text in risk.texts] == ["−70.0", "+5.0"]
    less, more = (to_hex(bar.get_facecolor()) for bar in risk.patches)
    assert less != more
    assert [text.xy[0] for text in risk.texts] == [-76, 11]


def test_frames_without_intervals_are_drawn() -> None:
    ax = draw_changes(change_frame().drop(columns=["conf_low", "conf_high"]), by=("ward",))

    assert [text.xy[0] for text in ax.child_axes[2].texts] == [-70, 5]


@pytest.mark.parametrize("width", [5.0, 9.0])
def test_texts_do_not_collide_on_given_axes(width: float) -> None:
    figure, ax = plt.subplots(figsize=(width, 3.2))

    assert draw_changes(change_frame(), by=("ward",), ax=ax, title="Change", caption="Simulated.") is ax

    figure.draw_without_rendering()
    titles = [panel._left_title for panel in ax.child_axes]
    ticks = [label for panel in ax.child_axes for label in panel.get_xticklabels()]
    for texts in (titles, ticks, [text for panel in ax.child_axes for text in panel.texts]):
        found = [Text.get_window_extent(text) for text in texts]
        assert not any(a.overlaps(b) for i, a in enumerate(found) for b in found[:i])
    assert figure.get_tightbbox().x0 >= 0


def test_what_cannot_be_drawn_is_refused() -> None:
    frame = change_frame()
    with pytest.raises(MissingColumnError, match="ward"):
        draw_changes(frame.drop(columns="ward"), by=("ward",))
    with pytest.raises(InvalidDataError, match="the same changes"):
        draw_changes(frame.iloc[:-2], by=("ward",))
    with pytest.raises(InvalidDataError, match="an estimate in every row"):
        draw_changes(frame.assign(estimate=[np.nan, *frame["estimate"][1:]]), by=("ward",))


def test_a_decomposition_draws_itself_by_group_by_cause_and_in_all() -> None:
    before, after = (
        pd.DataFrame(
            {
                "team": ["a", "a", "b", "b"],
                "cause": ["resigned", "retired"] * 2,
                "exposure": [100, 100, 300, 300],
                "n_event": n_event,
            }
        )
        for n_event in ([10, 5, 6, 9], [12, 5, 9, 6])
    )
    whole = wm.decompose_leavers(before, after, by="team", causes="apart")

    names = [label.get_text() for label in whole.plot().child_axes[0].get_yticklabels()]
    assert names == ["a, resigned", "a, retired", "a, any cause", "b, resigned", "b, retired", "b, any cause"]
    names = [label.get_text() for label in whole.total.plot().child_axes[0].get_yticklabels()]
    assert names == ["resigned", "retired", "any cause"]
    total = wm.decompose_leavers(before, after, by="team").total.plot()
    assert [label.get_text() for label in total.get_xticklabels()] == [
        "before", "people\nat risk", "groups", "mix", "risk", "after"
    ]  # fmt: skip
