"""Numbers in words: singular and plural, intervals, small shares, and what is too few to say."""

from __future__ import annotations

import math
from datetime import date

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workforce_metrics.plotting.dots import draw_estimates
from workforce_metrics.plotting.embedding import svg_of
from workforce_metrics.reporting.benchmarks import Benchmark, position, standing
from workforce_metrics.reporting.chosen_indicators import Indicator
from workforce_metrics.reporting.content import NOT_KNOWN, Figure, Unit, figure_text
from workforce_metrics.reporting.markdown import escaped
from workforce_metrics.reporting.sentences import (
    change_words,
    counted,
    day_in_words,
    in_words,
    listed,
    natural_frequency,
    ordinal,
    score_sentence,
    share_sentence,
)

NOTHING = Figure(math.nan, "share")
SHARES = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1000, "1,000 rows"), (-1, "-1 rows")]
)
def test_counted(number: int, told: str) -> None:
    assert counted(number, "row") == told


def test_an_irregular_plural_is_given() -> None:
    assert [counted(n, "person", "people") for n in (1, 2)] == ["1 person", "2 people"]


@pytest.mark.parametrize(
    ("years", "told"), [(1, "one year"), (5, "five years"), (12, "twelve years"), (13, "13 years")]
)
def test_years_in_words(years: int, told: str) -> None:
    assert in_words(years, "year") == told


def test_lists_places_and_days() -> None:
    assert listed([]) == ""
    assert listed(["a", "b", "c", "d"]) == "a, b, c and d"
    assert [ordinal(n) for n in (1, 2, 3, 4, 12, 21, 113)] == ["1st", "2nd", "3rd", "4th", "12th", "21st", "113th"]
    assert day_in_words(date(2024, 2, 29)) == "29 February 2024"


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (Figure(0.234, "share", 0.204, 0.262), ("100", "about 23 (20 to 26)")),
        (Figure(0.234, "share"), ("100", "about 23")),
        (Figure(0.0, "share", 0.0, 0.03), ("100", "0 (0 to 3)")),
        (Figure(1.0, "share", 0.97, 1.0), ("100", "100 (97 to 100)")),
        (Figure(0.005, "share", 0.004, 0.006), ("1,000", "about 5 (4 to 6)")),
        (Figure(0.00031, "share", 0.0002, 0.0005), ("10,000", "about 3 (2 to 5)")),
        (Figure(0.245, "share", 0.235, 0.255), ("100", "about 25 (24 to 26)")),
        (NOTHING, ("100", NOT_KNOWN)),
    ],
)
def test_natural_frequencies(share: Figure, told: tuple[str, str]) -> None:
    assert natural_frequency(share) == told


@given(SHARES, SHARES, SHARES)
def test_a_frequency_says_the_share_to_within_half_a_person(a: float, b: float, c: float) -> None:
    low, value, high = sorted((a, b, c))

    base, many = natural_frequency(Figure(value, "share", low, high))

    said = float(many.removeprefix("about ").partition(" (")[0].replace(",", ""))
    assert abs(said / int(base.replace(",", "")) - value) <= 0.5001 / int(base.replace(",", ""))
    assert (value in {0.0, 1.0}) != many.startswith("about ")


def test_sentences_on_shares_and_scores() -> None:
    share, score = Figure(0.312, "share", 0.3, 0.324), Figure(6.812, "score", 6.7, 6.92)

    assert share_sentence("Burnt out", share) == "Burnt out: about 31 of 100 who answered (30 to 32)."
    assert share_sentence("Burnt out", NOTHING) == "Burnt out: too few to say."
    assert score_sentence("Morale", score, "0 to 10") == "Morale: 6.81 (6.70 to 6.92) on a scale of 0 to 10."
    assert score_sentence("Hours", score, "") == "Hours: 6.81 (6.70 to 6.92)."
    assert score_sentence("Morale", NOTHING, "0 to 10") == "Morale: too few to say."


@pytest.mark.parametrize(
    ("change", "is_noise", "told"),
    [
        (0.02, False, "rose, by more than chance"),
        (-0.02, False, "fell, by more than chance"),
        (0.02, True, "no clear change"),
        (0.0, False, "no clear change"),
        (math.nan, False, NOT_KNOWN),
    ],
)
def test_changes(*, change: float, is_noise: bool, told: str) -> None:
    assert change_words(Figure(change, "points"), is_noise=is_noise) == told


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0.1234, "share", "12.3%"), (6.789, "score", "6.79"), (12345.0, "count", "12,345"), (0.0123, "points", "+1.2"),
        (-0.0123, "points", "−1.2"), (-0.004, "score change", "0.00"), (-3.2, "change", "−3"), (0.2, "change", "0"),
        (math.nan, "count", NOT_KNOWN),
    ],
)  # fmt: skip
def test_printed_figures(value: float, unit: Unit, told: str) -> None:
    assert figure_text(Figure(value, unit)) == told


@pytest.mark.parametrize(
    ("own", "other", "direction", "told"),
    [
        (Figure(6, "score", 5.9, 6.1), Figure(6.1, "score"), "higher is better", "no clear difference"),
        (Figure(6, "score", 5.9, 6.1), Figure(6.2, "score"), "higher is better", "lower (worse)"),
        (Figure(6, "score", 5.9, 6.1), Figure(6.2, "score"), "lower is better", "lower (better)"),
        (Figure(6, "score", 5.9, 6.1), Figure(5.0, "score"), "neither", "higher"),
        (Figure(6, "score", 5.9, 6.1), Figure(6.2, "score", 6.05, 6.3), "neither", "no clear difference"),
        (Figure(6, "score"), Figure(6.2, "score"), "neither", NOT_KNOWN),
    ],
)
def test_beside_a_benchmark(own: Figure, other: Figure, direction: str, told: str) -> None:
    assert position(own, other, direction) == told


def test_all_indicators_beside_a_benchmark_in_one_sentence() -> None:
    names = ("a", "b", "c")
    figures = {Indicator(name, name.upper(), is_share=False): Figure(6, "score", 5.9, 6.1) for name in names}
    benchmark = Benchmark("England", {"a": Figure(6.0, "score"), "b": Figure(6.0, "score")})

    assert standing(benchmark, figures) == ("Beside the benchmark (England): no clear difference: “A” and “B”.",)
    assert standing(Benchmark("England", {}), figures) == ()


@given(st.text(st.sampled_from("ab|*_`#-+1.<>&\\[]~ \n=")))
def test_escaped_markdown_is_one_line_without_markup(text: str) -> None:
    line = escaped(text)

    assert "\n" not in line
    assert "<" not in line
    assert not any(line[i] in "|*_`#[]~" and (i == 0 or line[i - 1] != "\\") for i in range(len(line)))


def test_a_picture_as_text_is_the_same_each_time_and_leaves_no_figure_open() -> None:
    rows = pd.DataFrame({"indicator": ["x", "y"], "estimate": [0.1, -0.2], "conf_low": [0.0, -0.4],
                         "conf_high": [0.2, 0.1]})  # fmt: skip

    first, second = (svg_of(lambda: draw_estimates(rows, by=())) for _ in range(2))

    assert first == second
    assert "<script" not in first
    assert not plt.get_fignums()


def test_indicators_as_rows_share_a_line_where_all_have_the_same() -> None:
    rows = pd.DataFrame({"indicator": ["x", "y"], "estimate": [0.1, -0.2], "conf_low": [0.0, -0.4],
                         "conf_high": [0.2, 0.1]})  # fmt: skip

    same = draw_estimates(rows, by=(), reference={"x": 0.0, "y": 0.0}, reference_name="no change")
    other = draw_estimates(rows, by=(), reference={"x": 0.0, "y": 1.0})
    lines = [[line for line in ax.lines if line.get_gid() == "all"] for ax in (same, other)]
    plt.close("all")

    assert [len(found) for found in lines] == [1, 0]
    assert list(lines[0][0].get_xdata()) == [0.0, 0.0]
