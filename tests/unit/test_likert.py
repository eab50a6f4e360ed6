"""Shares of options: what is counted, on which side it stands, what is hidden, and how it is drawn."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from agreement import agree
from matplotlib.axes import Axes

import workforce_metrics as wm
from workforce_metrics.codebooks.codebook import Codebook, Item
from workforce_metrics.codebooks.scale import Option, Scale
from workforce_metrics.errors import CodebookError, InvalidArgumentError, InvalidDataError
from workforce_metrics.extracts import LoadReport, StaffSurvey
from workforce_metrics.plotting.likert import draw_likert

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


AGREE = Scale(
    "agree",
    (Option(1, "No", 0.0), Option(2, "Partly", 5.0), Option(3, "Yes", 10.0), Option(9, "Cannot say"), Option(8, "N/A")),
)
BASE = frozenset({1, 2, 3, 9})


def _survey(**columns: list[int | None]) -> StaffSurvey:
    """Two items of three options, "Cannot say" in their base and "N/A" outside it; "hard" is a negative item."""
    items = {
        "fair": Item("fair", ("Q1",), AGREE, counted=frozenset({3}), base=BASE),
        "hard": Item("hard", ("Q2",), AGREE, "negative", counted=frozenset({3}), base=BASE),
        "site": Item("site", ("Q3",), Scale("site", (Option(1, "North"), Option(2, "South"))), "demographic"),
    }
    n = len(next(iter(columns.values())))
    table = pd.DataFrame({name: pd.array(codes, dtype="Int8") for name, codes in columns.items() if name in items})
    table["ward"] = columns.get("ward", ["Ash"] * n)
    table["weight"] = columns.get("weight", [1.0] * n)
    counts = pd.DataFrame(columns=["action", "rule", "column", "n"])
    report = LoadReport("own", n, counts, pd.DataFrame({"row": [], "rule": []}))
    return StaffSurvey(table, Codebook("own", items), report)


@pytest.mark.validates("likert", against="arithmetic by hand", data="seven respondents")
def test_shares_of_the_base_by_hand_from_the_least_favourable() -> None:
    survey = _survey(fair=[1, 2, 3, 3, 9, 8, None], weight=[1, 2, 1, 3, 1, 5, 5])
    frame = wm.likert(survey, "fair", design=wm.SurveyDesign(weight="weight")).frame

    assert list(zip(frame["outcome"], frame["side"], strict=True)) == [
        ("No", "unfavourable"), ("Partly", "neutral"), ("Yes", "favourable"), ("Cannot say", "aside"),
    ]  # fmt: skip
    agree(frame["estimate"], np.array([1, 2, 4, 1]) / 8, rtol=1e-12, what="estimate")
    assert frame["n"].tolist() == [5] * 4
    assert frame["n_missing"].tolist() == [2] * 4  # N/A is no option of the base
    assert frame["weight_sum"].tolist() == [8.0] * 4


def test_a_negative_item_turns_its_options_round() -> None:
    frame = wm.likert(_survey(hard=[1, 2, 3, 9]), "hard").frame

    assert frame["outcome"].tolist() == ["Yes", "Partly", "No", "Cannot say"]
    assert frame["side"].tolist() == ["unfavourable", "neutral", "favourable", "aside"]


@pytest.mark.validates("likert", against="estimate, option by option", data="800 simulated respondents")
def test_every_option_is_the_share_that_estimate_gives() -> None:
    survey = wm.read_staff_survey(wm.simulate_staff_survey(800, seed=2).extract, edition=2024)
    design = wm.SurveyDesign(weight="weight", cluster="org_id")
    frame = wm.likert(survey, ["burnout_burnt_out", "burnout_worn_out"], by="staff_group", design=design).frame

    sums = frame.groupby(["staff_group", "indicator"], observed=True)["estimate"].sum()
    np.testing.assert_allclose(sums, 1.0, rtol=1e-12)
    bad = frame[(frame["indicator"] == "burnout_burnt_out") & (frame["side"] == "unfavourable")]
    often = wm.estimate(survey, "share:burnout_burnt_out", by="staff_group", design=design).frame
    both = bad.groupby("staff_group", observed=True)["estimate"].sum()
    agree(both, often["estimate"], rtol=1e-12, what="estimate")
    always = survey.responses.assign(always=(survey.table["burnout_burnt_out"] == 5).astype("float64"))
    alone = wm.estimate(always, "share:always", by="staff_group", design=design).frame
    of_always = frame[(frame["indicator"] == "burnout_burnt_out") & (frame["outcome"] == "Always")]
    for column in ("estimate", "std_error", "conf_low", "conf_high", "df"):
        agree(of_always[column], alone[column], rtol=1e-12, what=column)


def test_groups_stand_together_items_as_asked() -> None:
    frame = wm.likert(
        _survey(fair=[1, 2, 3, 3], hard=[1, 2, 3, 3], ward=["b", "a", "b", "a"]), ["hard", "fair"], by="ward"
    ).frame

    assert list(frame[["ward", "indicator"]].drop_duplicates().itertuples(index=False, name=None)) == [
        ("a", "hard"), ("a", "fair"), ("b", "hard"), ("b", "fair"),
    ]  # fmt: skip


def test_what_has_no_order_is_refused() -> None:
    survey = _survey(fair=[1, 2], site=[1, 2])
    with pytest.raises(CodebookError, match="an item with values and a direction"):
        wm.likert(survey, "site")
    with pytest.raises(CodebookError, match="a concept of own"):
        wm.likert(survey, "unfair")
    with pytest.raises(InvalidArgumentError, match="each name once"):
        wm.likert(survey, ["fair", "fair"])
    with pytest.raises(InvalidArgumentError, match="a StaffSurvey"):
        wm.likert(survey.table, "fair")


def test_small_and_unanimous_groups_are_hidden_a_missing_option_is_not() -> None:
    ward = ["Ash"] * 20 + ["Elm"] * 20 + ["Fir"] * 5
    survey = _survey(fair=[3] * 20 + [1, 3] * 10 + [1, 2, 3, 3, 3], ward=ward)
    frame = wm.suppress(wm.likert(survey, "fair", by="ward"), complementary=False).frame

    hidden = frame.groupby("ward")["suppressed"].agg(["all", "any"])
    assert hidden["all"].to_dict() == hidden["any"].to_dict() == {"Ash": True, "Elm": False, "Fir": True}
    assert frame.loc[frame["suppressed"], ["estimate", "std_error", "n", "weight_sum"]].isna().all(axis=None)
    assert frame["outcome"].notna().all()
    assert frame["side"].notna().all()


def _options(ax: Axes) -> list[tuple[float, float]]:
    return [(round(p.get_x(), 6), round(p.get_width(), 6)) for p in ax.patches if p.get_gid() == "option"]


def _answers() -> pd.DataFrame:
    wards = [("Ash", 40.0, (0.2, 0.3, 0.5)), ("Elm", 50.0, (0.1, 0.1, 0.8)), ("Fir", np.nan, (np.nan,) * 3)]
    options = {
        "outcome": ["No", "Partly", "Yes"],
        "side": ["unfavourable", "neutral", "favourable"],
        "indicator": "fair",
    }
    rows = [
        pd.DataFrame({"ward": ward, **options, "estimate": shares, "n": n, "suppressed": np.isnan(n)})
        for ward, n, shares in wards
    ]
    return pd.concat(rows, ignore_index=True)


def test_bars_part_at_nought_and_split_the_neutral() -> None:
    ax = draw_likert(_answers(), by=("ward",))

    assert [label.get_text() for label in ax.get_yticklabels()] == ["Elm", "Ash", "Fir"]  # by favourable share
    elm = [(-0.15, 0.1), (-0.05, 0.1), (0.05, 0.8)]
    ash = [(-0.35, 0.2), (-0.15, 0.3), (0.15, 0.5)]
    assert _options(ax) == elm + ash
    assert [t.get_text() for t in ax.texts if t.get_gid() == "share"] == ["10", "10", "80", "20", "30", "50"]
    assert [t.get_text() for t in ax.texts if t.get_gid() == "n"] == ["50", "40", "n"]


def test_the_neutral_may_stand_aside() -> None:
    ax = draw_likert(_answers(), by=("ward",), neutral="aside", order="group")

    assert [label.get_text() for label in ax.get_yticklabels()] == ["Ash", "Elm", "Fir"]
    no, partly, yes = _options(ax)[:3]
    assert (no, yes) == ((-0.2, 0.2), (0.0, 0.5))
    assert partly[0] > 0.8  # beyond the longest bar
    assert partly[1] == 0.3
    assert [t.get_text() for t in ax.texts if t.get_gid() == "strip"] == ["neutral"]


def test_a_withheld_row_is_hatched_and_shows_no_number() -> None:
    ax = draw_likert(_answers(), by=("ward",))

    (band,) = [p for p in ax.patches if p.get_gid() == "withheld"]
    assert band.get_hatch()
    (word,) = [t for t in ax.texts if t.get_gid() == "no value"]
    assert word.get_text() == "withheld"
    assert word.get_position()[1] == ax.get_yticks()[2]
    assert len(_options(ax)) == 6


def test_items_are_rows_without_groups_and_panels_with_them() -> None:
    survey = _survey(fair=[1, 2, 3, 3] * 5, hard=[1, 1, 2, 3] * 5, ward=["b", "a"] * 10)
    alone = wm.likert(survey, ["fair", "hard"]).plot()
    by_ward = wm.likert(survey, ["fair", "hard"], by="ward").plot(neutral="aside")

    assert sorted(label.get_text() for label in alone.get_yticklabels()) == ["fair", "hard"]
    assert [panel.get_title(loc="left") for panel in by_ward.child_axes] == ["fair", "hard"]
    assert len({panel.get_xlim() for panel in by_ward.child_axes}) == 1
    names = [text.get_text() for text in alone.get_legend().get_texts()]
    assert names == ["unfavourable answers", "neutral answers", "favourable answers", "no opinion"]  # options differ


def test_rows_in_another_order_draw_the_same() -> None:
    frame = _answers()
    shuffled = pd.concat([frame[frame["ward"] == ward] for ward in ("Fir", "Elm", "Ash")])

    assert _options(draw_likert(shuffled, by=("ward",))) == _options(draw_likert(frame, by=("ward",)))


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InvalidDataError, match="one row a group, item and option"):
        draw_likert(_answers())
    with pytest.raises(InvalidArgumentError, match="neutral"):
        draw_likert(_answers(), by=("ward",), neutral="left")
    with pytest.raises(InvalidArgumentError, match="order"):
        draw_likert(_answers(), by=("ward",), order="estimate")


def test_long_names_of_options_are_cut_to_the_room_there_is() -> None:
    long = "Somewhat - occasionally has conversations with me about needs and about much else that nobody can foresee"
    frame = _answers().replace({"outcome": {"Partly": long}})
    ax = draw_likert(frame, by=("ward",))
    ax.figure.canvas.draw()

    (cut,) = [text for text in ax.get_legend().get_texts() if text.get_text().endswith("…")]
    assert long.startswith(cut.get_text().removesuffix(" …"))
    assert cut.get_window_extent().x1 <= ax.figure.bbox.x1


@pytest.mark.parametrize("engine", [None, "constrained"])
def test_texts_stay_in_the_figure_on_given_axes(engine: str | None) -> None:
    figure, ax = plt.subplots(figsize=(6, 3.5), layout=engine)
    draw_likert(_answers().assign(ward=lambda d: d["ward"] + " and a long name of a ward"), by=("ward",), ax=ax)
    figure.canvas.draw()

    page = figure.bbox
    for text in [*ax.get_yticklabels(), *ax.texts, *ax.get_legend().get_texts()]:
        box = text.get_window_extent()
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1 + 1


def test_colours_are_darker_the_further_from_the_middle_and_told_apart_without_hue() -> None:
    """Lightness alone tells the strength on either side; the sides lie apart in blue against red for every vision."""
    sides = ["unfavourable", "unfavourable", "neutral", "favourable", "favourable"]
    frame = pd.DataFrame({"indicator": "x", "outcome": list("abcde"), "side": sides, "estimate": 0.2, "n": 10})
    colours = np.array([p.get_facecolor()[:3] for p in draw_likert(frame).patches if p.get_gid() == "option"])

    lightness = colours @ np.array([0.2126, 0.7152, 0.0722])
    assert lightness[0] < lightness[1] < lightness[2] > lightness[3] > lightness[4]
    assert (colours[:2, 0] > colours[:2, 2]).all()
    assert (colours[3:, 0] < colours[3:, 2]).all()
