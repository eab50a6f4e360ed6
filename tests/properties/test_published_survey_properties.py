"""Published figures: what is written is read, however it is rounded, ordered or split into sheets."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.errors import InvalidDataError
from workforce_metrics.estimation.explanations import Candidate, explain, reach_of_base
from workforce_metrics.loaders.published_cells import rounding_step

SHARES = st.floats(0, 1)
SCORES = st.floats(0, 10)
MARKS = st.sampled_from(["*", "-", "<10", None, "[c]"])
ROWS = st.lists(
    st.tuples(SHARES | MARKS, st.integers(1, 10_000) | MARKS, SCORES | MARKS, SHARES | MARKS), min_size=1, max_size=8
)
COUNTS = st.lists(st.integers(0, 500), min_size=5, max_size=5).filter(any)
KEYS = ["organisation", "edition", "concept"]


def sheet(rows: list[tuple[object, ...]], first: int = 0) -> pd.DataFrame:
    header = ["org_id", "q12b_2024", "q12b_n_2024", "PP4_2_2024", "q12b_2023"]
    return pd.DataFrame([header, *([f"R{first + i}", *row] for i, row in enumerate(rows))], dtype=object)


def figures(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    frame = wm.read_published_survey(frames).frame
    return frame.sort_values(KEYS, ignore_index=True)[[*KEYS, "estimate", "n", "suppressed", "mark"]]


@given(ROWS)
@settings(max_examples=25, deadline=None)
def test_every_figure_is_read_as_written(rows: list[tuple[object, ...]]) -> None:
    read = figures({"A": sheet(rows)})

    expected = []
    for number, (share, n, score, earlier) in enumerate(rows):
        base = n if isinstance(n, int) else None
        expected.append((f"R{number}", 2023, "burnout_burnt_out", earlier, None))
        expected.append((f"R{number}", 2024, "burnout", score, None))
        expected.append((f"R{number}", 2024, "burnout_burnt_out", share, base))
    assert len(read) == len(expected)
    for row, (organisation, edition, concept, cell, base) in zip(
        read.itertuples(index=False), sorted(expected, key=lambda e: e[:3]), strict=True
    ):
        assert (row.organisation, row.edition, row.concept) == (organisation, edition, concept)
        assert row.suppressed == (not isinstance(cell, float))
        assert row.estimate == cell if isinstance(cell, float) else np.isnan(row.estimate)
        assert row.n is pd.NA if base is None else row.n == base


@given(ROWS, st.integers(0, 8), st.permutations(range(5)))
@settings(max_examples=15, deadline=None)
def test_order_of_rows_and_columns_and_the_split_into_sheets_change_nothing(
    rows: list[tuple[object, ...]], at: int, order: list[int]
) -> None:
    whole = figures({"A": sheet(rows)})
    at = min(at, len(rows))
    parts = {name: part for name, part in (("A", sheet(rows[:at])), ("B", sheet(rows[at:], first=at))) if len(part) > 1}
    turned = {
        name: pd.concat([part.iloc[:1], part.iloc[:0:-1]])[order].T.reset_index(drop=True).T
        for name, part in parts.items()
    }

    pd.testing.assert_frame_equal(figures(turned), whole)


def detailed(shares: list[float], n: int) -> pd.DataFrame:
    labels = ["% Never", "% Rarely", "% Sometimes", "% Often", "% Always"]
    head = [[None, "Q12b - x", *[None] * 5], *[[None] * 7] * 3]
    rows = [["ODS code", *labels, "Base (number of responses)"], ["R1", *shares, n]]
    return pd.DataFrame([*head, *rows], dtype=object)


@given(COUNTS, st.sampled_from([0, 1, 2, 3, 5, 8, 15]))
@settings(max_examples=40, deadline=None)
def test_shares_of_any_counts_rounded_to_any_decimals_add_up(counts: list[int], decimals: int) -> None:
    shares = [round(100 * count / sum(counts), decimals) for count in counts]

    published = wm.read_published_survey({"A": detailed(shares, sum(counts))}, edition=2024)

    assert published.report.n_set_aside == 0
    assert published.frame["estimate"].tolist() == [share / 100 for share in shares]


@given(COUNTS, st.integers(0, 4), st.sampled_from([1, 2, 3]), st.sampled_from([-1, 1]))
@settings(max_examples=40, deadline=None)
def test_one_share_off_by_more_than_rounding_sets_the_question_aside(
    counts: list[int], which: int, decimals: int, sign: int
) -> None:
    shares = [round(100 * count / sum(counts), decimals) for count in counts]
    step = rounding_step(np.array(shares))
    off = 100 - sum(shares)
    shares[which] = round(shares[which] + off + sign * 3 * step, decimals)  # five answers allow for 2.5 steps
    if not 0 <= shares[which] <= 100 or rounding_step(np.array(shares)) != step:
        return
    with pytest.raises(InvalidDataError, match="5 options that do not add up to 100 %"):
        wm.read_published_survey({"A": detailed(shares, sum(counts))}, edition=2024)


@given(
    st.lists(st.sampled_from([0.0, 2.5, 5.0, 7.5, 10.0]), min_size=1, max_size=6),
    st.integers(1, 8),
)
@settings(max_examples=60, deadline=None)
def test_the_reach_of_a_base_holds_every_mean_that_could_be(own: list[float], published_n: int) -> None:
    low, high = reach_of_base(sum(own), len(own), published_n, least=0.0, most=10.0)

    more = published_n - len(own)
    if more <= 0:
        means = [sum(left) / published_n for left in itertools.combinations(own, published_n)]
    else:
        means = [(sum(own) + sum(added)) / published_n for added in itertools.product((0.0, 10.0), repeat=min(more, 6))]
    if more <= 6:
        assert low - 1e-12 <= min(means)
        assert max(means) <= high + 1e-12


@given(
    st.floats(0, 1), st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.booleans()), min_size=1), st.floats(0, 0.1)
)
@settings(max_examples=100, deadline=None)
def test_an_explanation_by_weights_or_definition_always_agrees_within_rounding(
    published: float, ways: list[tuple[float, bool, bool]], rounding: float
) -> None:
    own = [Candidate(ways[0][0], 50)]
    own += [Candidate(value, 50, weights, "other" * definition) for value, weights, definition in ways[1:]]

    why = explain(published, 50, own, rounding=rounding, reach=(np.nan, np.nan), later_release=False)

    agreeing = {way.named for way in own[1:] if abs(way.estimate - published) <= rounding + 1e-9}
    if abs(published - own[0].estimate) <= rounding + 1e-9:
        assert why.explained_by in {"agrees", "rounding"}
    else:
        assert why.explained_by in agreeing or (why.explained_by == "not explained" and not agreeing - {""})
