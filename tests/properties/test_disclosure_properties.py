"""Attacks on suppressed tables: by linear programming, by trying every number, by looking for what was hidden."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from agreement import agree
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.results import Result

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # a failing table of a few cells needs no shrinking
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
LEVELS: tuple[tuple[str, ...], ...] = ((), ("site",), ("grade",), ("site", "grade"))


def _table(cells: pd.DataFrame, by: tuple[str, ...]) -> Result:
    """A table of counts and of a made-up mean, by some of the columns of a finest table."""
    if not by:
        n = cells["n"].sum()
        return Result(pd.DataFrame({"indicator": ["x"], "estimate": [0.37], "n": [n]}))
    sums = cells.groupby(list(by), as_index=False)["n"].sum()
    return Result(sums.assign(indicator="x", estimate=np.arange(len(sums)) + 0.123), by)


def _finest(n: np.ndarray) -> pd.DataFrame:
    keys = pd.MultiIndex.from_product([range(n.shape[0]), range(n.shape[1])], names=["site", "grade"])
    cells = keys.to_frame(index=False).assign(n=n.ravel())
    return cells[cells["n"] > 0].reset_index(drop=True)


@st.composite
def published(draw: st.DrawFn, most: int = 4) -> tuple[pd.DataFrame, list[tuple[str, ...]]]:
    """A two-way table, many of its cells small or empty, and the breakdowns of it that are published."""
    shape = draw(st.tuples(st.integers(1, most), st.integers(1, most)))
    seed, small = draw(st.integers(0, 2**32 - 1)), draw(st.floats(0.05, 0.8))
    random = np.random.default_rng(seed)
    n = np.where(random.random(shape) < small, random.integers(0, 12, shape), random.integers(11, 70, shape))
    assume(n.sum() > 0)
    levels = draw(st.sets(st.sampled_from(LEVELS), min_size=1))
    return _finest(n), sorted(levels)


@FEW
@given(published())
def test_the_audit_places_no_hidden_cell_of_nested_tables_more_closely_than_stated(
    case: tuple[pd.DataFrame, list[tuple[str, ...]]],
) -> None:
    cells, levels = case

    safe = wm.suppress([_table(cells, by) for by in levels])
    found = wm.audit_disclosure(safe).frame

    assert not found["too_close"].any(), found
    truth = {by: _table(cells, by).frame for by in levels}
    for by, table in zip(levels, safe, strict=True):
        assert table.frame["suppressed"][truth[by]["n"] < 11].all()
    hidden = sum(int(table.frame["suppressed"].sum()) for table in safe)
    assert len(found) == hidden


@FEW
@given(published(), st.sampled_from([("site",), ("site", "grade")]))
def test_who_knows_every_total_places_no_cell_of_one_table_more_closely_than_the_totals_force(
    case: tuple[pd.DataFrame, list[tuple[str, ...]]], by: tuple[str, ...]
) -> None:
    cells, _ = case
    known = [_table(cells, ())] if by == ("site",) else [_table(cells, ("site",)), _table(cells, ("grade",))]

    found = wm.audit_disclosure(wm.suppress(_table(cells, by)), totals=known).frame

    rows, columns = cells.groupby("site")["n"].sum(), cells.groupby("grade")["n"].sum()
    shapes = cells.groupby("site").size(), cells.groupby("grade").size()
    for _, cell in found.iterrows():
        if by == ("site",):
            reach = cells["n"].sum() if len(rows) > 1 else 0
        elif shapes[0][cell["site"]] == 1 or shapes[1][cell["grade"]] == 1:
            continue  # alone in its line: whoever publishes the total publishes the cell
        else:
            reach = min(rows[cell["site"]], columns[cell["grade"]])
        if reach >= 11 and len(cells) == len(rows) * len(columns):
            rest = cells["n"].sum()
            if by != ("site",):
                reach = min(reach, rest - rows[cell["site"]], rest - columns[cell["grade"]])
            assert cell["possible_high"] - cell["possible_low"] >= min(11, reach), found


def _possible_by_trying(tables: Sequence[Result], most: int) -> list[list[set[int]]]:
    """Every whole number that each hidden cell takes in some finest table that has all the published numbers."""
    finest = tables[-1].frame
    known = finest["n"].to_numpy(dtype=float, na_value=np.nan)
    choices = [range(most + 1) if np.isnan(value) else [int(value)] for value in known]
    guesses = np.array(list(itertools.product(*choices)))
    sums = [guesses @ _parts(finest, table).T for table in tables]
    agree = np.ones(len(guesses), dtype=bool)
    for values, table in zip(sums, tables, strict=True):
        shown = table.frame["n"].to_numpy(dtype=float, na_value=np.nan)
        agree &= (np.isnan(shown) | (shown == values)).all(axis=1)
    return [[set(column.tolist()) for column in values[agree].T] for values in sums]


def _parts(finest: pd.DataFrame, table: Result) -> np.ndarray:
    """Which cells of the finest table each row of a table is the sum of: shape (n_rows, n_cells)."""
    by = list(table.by)
    keys = table.frame[by].to_numpy() if by else np.zeros((1, 0))
    return np.array([(finest[by].to_numpy() == key).all(axis=1) for key in keys]).astype(int)


@pytest.mark.validates("audit_disclosure", against="every whole number tried", data="40 random tables of tables")
@pytest.mark.validates("suppress", against="every whole number tried", data="40 random tables of tables")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(
    st.tuples(st.integers(1, 2), st.integers(2, 3)), st.integers(0, 2**32 - 1),
    st.sets(st.sampled_from(LEVELS[:3])), st.integers(2, 3),
)  # fmt: skip
def test_trying_every_number_finds_what_the_audit_finds_and_never_fewer_than_stated(
    shape: tuple[int, int], seed: int, levels: set[tuple[str, ...]], min_n: int
) -> None:
    n = np.random.default_rng(seed).integers(0, 5, shape)
    cells = _finest(n)
    assume(len(cells) > 0)
    safe = wm.suppress([_table(cells, by) for by in [*sorted(levels), ("site", "grade")]], min_n=min_n)
    most = int(n.sum())
    assume((most + 1) ** int(safe[-1].frame["suppressed"].sum()) < 20_000)

    tried = _possible_by_trying(safe, most)
    audit = wm.audit_disclosure(safe, min_n=min_n).frame

    place = 0
    for by, table, values in zip([*sorted(levels), ("site", "grade")], safe, tried, strict=True):
        for position in np.flatnonzero(table.frame["suppressed"]):
            key = table.frame.loc[position, list(by)]
            same = audit.loc[
                np.logical_and.reduce(
                    [audit[c] == key[c] if c in by else audit[c].isna() for c in ("site", "grade") if c in audit]
                    or [np.ones(len(audit), dtype=bool)]
                )
            ]
            assert len(same) == 1
            low, high = same["possible_low"].item(), same["possible_high"].item()
            agree(low, min(values[position]), what="possible_low", of="audit_disclosure")
            if np.isinf(high):  # nothing bounds it: what was tried was
                assert max(values[position]) >= most
            else:
                agree(high, max(values[position]), what="possible_high", of="audit_disclosure")
            agree(high - low >= min_n, True, what="no hidden number placed within less than min_n", of="suppress")
            place += 1
    assert place == len(audit)


@st.composite
def answers(draw: st.DrawFn) -> pd.DataFrame:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(20, 220))
    rare = draw(st.floats(0.01, 0.5))
    return pd.DataFrame({
        "site": random.choice(3, n, p=[0.1, 0.3, 0.6]),
        "grade": random.choice(2, n, p=[0.3, 0.7]),
        "ill": np.where(random.random(n) < 0.1, np.nan, (random.random(n) < rare).astype(float)),
        "tired": np.where(random.random(n) < 0.3, np.nan, (random.random(n) < 0.4).astype(float)),
    })  # fmt: skip


@FEW
@given(answers(), st.sets(st.sampled_from(LEVELS), min_size=1))
def test_nobodys_answer_is_had_from_shares_of_nested_tables(data: pd.DataFrame, levels: set[tuple[str, ...]]) -> None:
    tables = [wm.estimate(data, ["share:ill", "share:tired"], by=list(by) or None) for by in sorted(levels)]

    safe = wm.suppress(tables)

    assert not wm.audit_disclosure(safe).frame["too_close"].any()


@FEW
@given(answers(), st.sets(st.sampled_from(LEVELS), min_size=1), st.sampled_from([None, 3]), st.sampled_from([None, 5]))
def test_suppressing_together_twice_is_doing_so_once(
    data: pd.DataFrame, levels: set[tuple[str, ...]], min_event: int | None, round_to: int | None
) -> None:
    asked = {"min_event": min_event, "round_to": round_to}
    tables = [wm.estimate(data, ["share:ill", "tired"], by=list(by) or None) for by in sorted(levels)]

    once = wm.suppress(tables, **asked)
    twice = wm.suppress(once, **asked)

    for first, second in zip(once, twice, strict=True):
        pd.testing.assert_frame_equal(second.frame, first.frame)
        assert dict(second.provenance) == dict(first.provenance)


@FEW
@given(answers(), st.randoms(use_true_random=False))
def test_the_order_of_tables_does_not_matter(data: pd.DataFrame, random: object) -> None:
    tables = [wm.estimate(data, ["share:ill", "tired"], by=list(by) or None) for by in LEVELS]
    order = list(range(len(tables)))
    random.shuffle(order)

    shuffled = wm.suppress([tables[position] for position in order])

    for position, table in zip(order, shuffled, strict=True):
        expected = wm.suppress(tables)[position].frame
        pd.testing.assert_frame_equal(table.frame, expected)


@FEW
@given(st.integers(0, 2**32 - 1))
def test_nothing_of_a_hidden_group_is_anywhere_in_the_result(seed: int) -> None:
    random = np.random.default_rng(seed)
    sizes = random.choice([3, 5, 8, 14, 40, 60], 6)
    data = pd.DataFrame({"ward": np.repeat(list("abcdef"), sizes)})
    data["pay"] = 1000 + random.random(len(data)) * 8000
    table = wm.estimate(data, "pay", by="ward", design=wm.SurveyDesign(cluster=None))

    safe = wm.suppress(table)

    hidden = table.frame[safe.frame["suppressed"]]
    axes = safe.plot()
    drawn = " ".join(text.get_text() for text in axes.figure.findobj(lambda artist: hasattr(artist, "get_text")))
    text = " ".join([repr(safe), safe._repr_html_(), safe.frame.to_csv(), str(dict(safe.provenance)), drawn])
    kept = pickle.dumps(safe)
    for value in hidden[["estimate", "std_error", "conf_low", "conf_high"]].to_numpy().ravel():
        assert f"{value:.9g}" not in text  # fewer digits are shared by chance with a ward that is shown
        assert np.float64(value).tobytes() not in kept
        assert np.array(value, dtype=">f8").tobytes() not in kept
    import matplotlib.pyplot as plt

    plt.close(axes.figure)


@FEW
@given(answers(), st.sampled_from([2, 5, 10]))
def test_rounded_numbers_are_multiples_and_stand_for_the_true_ones(data: pd.DataFrame, base: int) -> None:
    plain = wm.suppress(wm.estimate(data, ["share:ill", "tired"], by="site")).frame
    shown = wm.suppress(wm.estimate(data, ["share:ill", "tired"], by="site"), round_to=base).frame

    pd.testing.assert_series_equal(shown["suppressed"], plain["suppressed"])
    seen = ~shown["suppressed"]
    assert (shown.loc[seen, ["n", "n_missing"]] % base == 0).all(axis=None)
    assert ((shown["n"] - plain["n"]).abs()[seen] <= base / 2).all()
    assert shown[["conf_low", "conf_high", "std_error", "n_effective", "weight_sum", "df"]].isna().all(axis=None)


@pytest.mark.parametrize("base", [5, 10])
def test_a_rounded_share_leaves_several_numbers_of_people_possible(base: int) -> None:
    """Every whole count of every group of 11 to 80: what is shown must never tell the group's size."""
    rows = [(n, k) for n in range(11, 81) for k in range(1, n)]
    pieces = [pd.DataFrame({"g": i, "yes": (np.arange(n) < k).astype(float)}) for i, (n, k) in enumerate(rows)]
    shown = wm.suppress(wm.estimate(pd.concat(pieces), "share:yes", by="g"), round_to=base).frame
    seen = shown.loc[~shown["suppressed"], ["n", "estimate"]].astype(float)
    seen["true_n"] = [n for (n, _), hidden in zip(rows, shown["suppressed"], strict=True) if not hidden]

    possible = seen.groupby(["n", "estimate"])["true_n"].nunique()
    whole = possible[(possible.index.get_level_values("n") > 15) & (possible.index.get_level_values("n") < 75)]

    assert len(whole) > 80
    assert (whole >= base - 1).all()  # all but one at least of those that round so
