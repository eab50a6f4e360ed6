"""Rows to spells: the kernels on arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from workforce_metrics.loaders.spells import KINDS, OPEN, content_order, merge_spells


def ints(*values: int) -> npt.NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def kinds(codes: npt.NDArray[np.int64]) -> list[str]:
    return [KINDS[code].split()[0] for code in codes]


@pytest.mark.parametrize(
    ("second_joins", "tolerance", "n_spells", "kind"),
    [(15, 0, 1, "overlapping"), (20, 0, 1, "same-day"), (21, 0, 2, "starts"), (21, 1, 1, "re-joined"),
     (50, 30, 1, "re-joined"), (51, 30, 2, "starts")],
)  # fmt: skip
def test_a_gap_up_to_the_tolerance_is_none(second_joins: int, tolerance: int, n_spells: int, kind: str) -> None:
    merged = merge_spells(
        ints(0, 0), ints(10, second_joins), ints(20, 60),
        reason=ints(-1, -1), snapshot=ints(0, 0), rejoin_within_days=tolerance,
    )  # fmt: skip

    assert len(merged.end) == n_spells
    assert kinds(merged.kind) == ["starts", kind]


def test_a_long_spell_swallows_those_within_it() -> None:
    merged = merge_spells(
        ints(0, 0, 0, 0), ints(10, 20, 40, 101), ints(100, 30, 50, 120),
        reason=ints(3, 1, 2, 0), snapshot=ints(0, 0, 0, 0)
    )  # fmt: skip

    assert merged.spell.tolist() == [0, 0, 0, 1]
    assert merged.end.tolist() == [100, 120]
    assert merged.reason.tolist() == [3, 0]


def test_still_there_beats_any_date_and_has_no_reason() -> None:
    merged = merge_spells(ints(0, 0), ints(10, 20), ints(OPEN, 30), reason=ints(-1, 4), snapshot=ints(0, 0))

    assert merged.end.tolist() == [OPEN]
    assert merged.reason.tolist() == [-1]


def test_one_groups_open_spell_does_not_reach_the_next_group() -> None:
    merged = merge_spells(
        ints(0, 1, 2), ints(10, -700_000, 2_900_000), ints(OPEN, -699_999, OPEN),
        reason=ints(-1, 0, -1), snapshot=ints(0, 0, 0)
    )  # fmt: skip

    assert merged.spell.tolist() == [0, 1, 2]
    assert merged.end.tolist() == [OPEN, -699_999, OPEN]


def test_of_several_last_reasons_the_smallest_code_is_taken_and_said() -> None:
    merged = merge_spells(
        ints(0, 0, 1, 1), ints(10, 11, 10, 11), ints(30, 30, 30, 30),
        reason=ints(5, 2, -1, 7), snapshot=ints(0, 0, 0, 0)
    )  # fmt: skip

    assert merged.reason.tolist() == [2, 7]
    assert merged.reasons_differ.tolist() == [True, False]


def test_a_superseded_row_neither_ends_nor_lengthens_a_spell() -> None:
    # seen in snapshot 0 as leaving on day 90, corrected in snapshot 1 to day 50; back on day 70
    merged = merge_spells(
        ints(0, 0, 0), ints(10, 10, 70), ints(90, 50, 80), reason=ints(1, 2, 3), snapshot=ints(0, 1, 0)
    )

    assert merged.spell.tolist() == [0, 0, 1]
    assert kinds(merged.kind) == ["starts", "seen", "starts"]
    assert merged.end.tolist() == [50, 80]
    assert merged.reason.tolist() == [2, 3]


def test_two_posts_of_the_latest_snapshot_both_count() -> None:
    merged = merge_spells(
        ints(0, 0, 0), ints(10, 10, 10), ints(OPEN, 40, 60), reason=ints(-1, 1, 2), snapshot=ints(0, 1, 1)
    )

    assert merged.end.tolist() == [60]
    assert merged.reason.tolist() == [2]
    assert kinds(merged.kind) == ["starts", "seen", "overlapping"]


def test_no_rows_make_no_spells() -> None:
    merged = merge_spells(ints(), ints(), ints(), reason=ints(), snapshot=ints())

    assert len(merged.end) == len(merged.spell) == 0


def test_content_is_asked_for_only_where_rows_share_a_day_of_joining() -> None:
    asked: list[list[int]] = []

    def content(selected: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        asked.append(sorted(selected.tolist()))
        return -selected

    order, repeated = content_order(ints(0, 1, 1, 0), ints(7, 5, 5, 9), (ints(0, 0, 0, 0),), content)

    assert asked == [[1, 2]]
    assert order.tolist() == [0, 3, 2, 1]
    assert not repeated.any()


def test_ties_decide_before_content_and_duplicates_are_equal_in_all() -> None:
    tie = ints(2, 1, 1, 1)
    content = ints(0, 9, 8, 8)

    order, repeated = content_order(ints(0, 0, 0, 0), ints(5, 5, 5, 5), (tie,), lambda rows: content[rows])

    assert order.tolist() == [2, 3, 1, 0]
    assert repeated.tolist() == [False, True, False, False]


def test_no_rows_have_no_order() -> None:
    order, repeated = content_order(ints(), ints(), (ints(),), lambda rows: rows)

    assert len(order) == len(repeated) == 0
