"""Pictures whose words were once in each other's way, and rows that stand in the order asked for."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

import workforce_metrics as wm
from workforce_metrics.plotting.dots import draw_estimates
from workforce_metrics.plotting.forest import draw_forest
from workforce_metrics.plotting.heat_map import draw_heat_map
from workforce_metrics.plotting.possible_values import draw_possible_values

mpl.use("Agg")

LONG = [f"route onto the register, no. {i}: international, return to practice" for i in range(5)]


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def overlapping(ax: Axes, texts: list[Text]) -> bool:
    ax.figure.canvas.figure.draw_without_rendering()
    found = [text.get_window_extent() for text in texts if text.get_text()]
    return any(a.overlaps(b) for i, a in enumerate(found) for b in found[:i])


@pytest.mark.parametrize(("low", "high"), [(-0.043, -0.002), (0.002, 0.043), (-0.02, 0.03)])
def test_words_over_the_line_of_no_difference_stand_clear_of_n(low: float, high: float) -> None:
    frame = pd.DataFrame({"year": ["2022", "2023"], "estimate": [low, high], "n": [609_245, 675_794]})
    frame = frame.assign(conf_low=frame["estimate"] - 0.001, conf_high=frame["estimate"] + 0.001)

    ax = draw_estimates(frame, by=("year",), percent=True, reference={"": 0.0}, reference_name="no difference")

    words = [text for text in ax.texts if text.get_text() in {"no difference", "n"}]
    assert len(words) == 2
    assert not overlapping(ax, words)


def test_names_of_two_lines_stand_clear_of_each_other() -> None:
    ratios = pd.DataFrame({"term": LONG, "estimate": 1.2, "conf_low": 1.1, "conf_high": 1.3})
    ranges = pd.DataFrame({"team": LONG, "indicator": "share of those burnt out often or always", "term": "n_event"})
    ranges = ranges.assign(possible_low=0.0, possible_high=9.0, too_close=False)

    for ax in (draw_forest(ratios), draw_possible_values(ranges, by=("team",))):
        assert all("\n" in label.get_text() for label in ax.get_yticklabels())
        assert not overlapping(ax, ax.get_yticklabels())


def test_words_under_a_heat_map_of_one_column_stay_in_the_figure() -> None:
    names = ["Simulated Trust 02, Ambulance", "Simulated Trust 02, Midwifery"]
    frame = pd.DataFrame({"trust": names, "indicator": "burnout", "estimate": [4.0, None], "suppressed": [False, True]})

    ax = draw_heat_map(frame, by=("trust",), caption="Simulated staff survey of 2024, with a caption of some length")

    ax.figure.canvas.figure.draw_without_rendering()
    captions = [text for text in ax.texts if text.get_gid() == "caption"]
    assert len(captions) == 2
    assert all(text.get_window_extent().x1 <= ax.figure.bbox.x1 for text in captions)


def test_a_cause_that_nobody_left_by_is_not_drawn() -> None:
    counts = pd.DataFrame({"time": [1, 1], "n_risk": [90, 80], "resigned": [9, 5], "unknown": 0, "site": ["a", "b"]})
    table = wm.RiskTable.from_counts(counts, by="site", causes=["resigned", "unknown"])

    curves = wm.cumulative_incidence(table).plot()
    risks = wm.leaving_within(table, years=1, causes="apart").plot()

    names = [text.get_text() for text in curves.texts if text.get_gid() not in {"caption", None}]
    assert not [name for name in names if "unknown" in name]
    assert len([line for line in curves.lines if len(line.get_xdata()) > 1]) == 2
    assert [panel.get_title(loc="left") for panel in risks.child_axes] == ["any cause", "resigned"]
    assert risks.get_title(loc="left") == "Leaving within 1 year of joining"


def test_one_year_is_a_year() -> None:
    table = wm.RiskTable.from_counts(wm.load_special_educators())

    curve = wm.kaplan_meier(table, given=1).plot().get_title(loc="left")
    risk = wm.leaving_within(table, years=2, given=1).plot().get_title(loc="left")

    assert curve.replace("\n", " ").endswith("of those still there after 1 year")
    assert risk.replace("\n", " ") == "Leaving within 2 years of joining, of those still there after 1 year"


def test_a_cause_that_is_withheld_everywhere_is_drawn_as_withheld() -> None:
    counts = pd.DataFrame({"time": [1, 1], "n_risk": [90, 80], "resigned": [9, 9], "ill": [1, 2], "site": ["a", "b"]})
    table = wm.RiskTable.from_counts(counts, by="site", causes=["resigned", "ill"])

    risks = wm.suppress(wm.leaving_within(table, years=1, causes="apart"), min_event=5)

    assert risks.frame.query("cause == 'ill'")["suppressed"].all()
    assert "ill" in [panel.get_title(loc="left") for panel in risks.plot().child_axes]


def test_dots_stand_by_estimate_or_in_the_groups_own_order() -> None:
    staff = pd.DataFrame({"year": [2021, 2022, 2023] * 40, "tired": [5.0, 9.0, 7.0] * 40, "who": range(120)})
    staff["tired"] += staff["who"] % 7 / 10
    table, change = wm.estimate(staff, "tired", by="year"), wm.compare(staff, "tired", by="year", reference=2021)

    rows = {
        order: [label.get_text() for label in table.plot(order=order).get_yticklabels()]
        for order in (None, "smallest", "group")
    }

    assert rows == {
        None: ["2022", "2023", "2021"],
        "smallest": ["2021", "2023", "2022"],
        "group": ["2021", "2022", "2023"],
    }
    assert [label.get_text() for label in change.plot(order="smallest").get_yticklabels()] == ["2023", "2022"]
    assert [label.get_text() for label in change.plot(order="group").get_yticklabels()] == ["2022", "2023"]


def test_editions_as_dots_can_stand_in_their_order() -> None:
    answers = {2022: [1] * 30 + [5] * 30, 2023: [1] * 40 + [5] * 20, 2024: [1] * 35 + [5] * 25}
    editions = [wm.read_staff_survey(pd.DataFrame({"q12b": rows}), edition=year) for year, rows in answers.items()]

    table = wm.trend(editions, "share:burnout_burnt_out")

    labels = [label.get_text() for label in table.plot(kind="dots", order="group").get_yticklabels()]
    assert labels == ["2022", "2023", "2024"]
