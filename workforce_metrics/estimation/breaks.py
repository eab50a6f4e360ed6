"""Where a trend breaks: what was asked, coded or counted changed between two editions."""

from __future__ import annotations

from collections.abc import Iterable

from workforce_metrics.codebooks.codebook import Codebook, Item, Score
from workforce_metrics.estimation.editions import EditionStack
from workforce_metrics.indicators.by_name import ITEM_PREFIX, SHARE_PREFIX

__all__ = ["break_between"]


def break_between(stack: EditionStack, earlier: int, later: int, name: str, by: Iterable[str] = ()) -> str:
    """Return why an indicator cannot be compared between two editions, in a few words; empty where it can.

    Parameters
    ----------
    stack : EditionStack
    earlier, later : int
        Two of its editions; a break in between counts, wherever it lies.
    name : str
        As `indicator_values` takes it.
    by : iterable of str
        Grouping columns: where one is a concept whose codes changed, its groups are not the same people.

    Notes
    -----
    A break is declared in the codebook (`Item.break_at`), or seen: the two codebooks score or count an item
    differently, or make a score of other items.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> years = {year: wm.simulate_staff_survey(300, seed=1, edition=year).extract for year in (2023, 2024, 2025)}
    >>> stack = wm.stack_editions([wm.read_staff_survey(extract, edition=year) for year, extract in years.items()])
    >>> break_between(stack, 2024, 2025, "share:fair_career_progression")
    'fair_career_progression: reworded'
    >>> break_between(stack, 2023, 2024, "share:fair_career_progression")
    ''
    """
    low, high = sorted((earlier, later))
    before, after = (stack.surveys[stack.editions.index(year)].codebook for year in (low, high))
    changed = [
        f"{concept}: {reason}"
        for concept in dict.fromkeys([*_concepts(name, before, after), *(x for x in by if x in after.items)])
        if (
            reason := _item_break(before.items.get(concept), after.items.get(concept), low, high, whole=before is after)
        )
    ]
    if name in before.scores and name in after.scores:
        changed += _score_break(before.scores[name], after.scores[name])
    return "; ".join(changed)


def _concepts(name: str, before: Codebook, after: Codebook) -> tuple[str, ...]:
    """Return the concepts that an indicator rests on in either edition; none where it is a column of the data."""
    for prefix in (SHARE_PREFIX, ITEM_PREFIX):
        if name.startswith(prefix):
            stem = name.removeprefix(prefix)
            return (stem,) if stem in after.items or stem in before.items else ()
    books = [book for book in (before, after) if name in book.scores]
    return tuple(dict.fromkeys(concept for book in books for concept in book.concepts_of(book.scores[name])))


def _item_break(before: Item | None, after: Item | None, low: int, high: int, *, whole: bool) -> str:
    """Return why an item cannot be compared; with one codebook for both only what it declares can be known."""
    declared = [item for item in (after, before) if item and item.break_at and low < item.break_at <= high]
    if declared:
        item = declared[0]
        return item.break_reason or item.note or f"not comparable with editions before {item.break_at}"
    if whole or before is None or after is None:
        return ""
    if before.scale.codes != after.scale.codes:
        return f"other answers in {high}"
    same = (before.values, before.counted, before.base) == (after.values, after.counted, after.base)
    return "" if same else f"scored or counted otherwise in {high}"


def _score_break(before: Score, after: Score) -> list[str]:
    same = (set(before.items), set(before.parts)) == (set(after.items), set(after.parts))
    return [] if same else [f"{after.name}: made of other items"]
