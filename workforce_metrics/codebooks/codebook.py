"""What a staff survey asks and how it is scored: items, scores, and the codebook that holds them and checks itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from workforce_metrics.codebooks.scale import Scale, normalise_label
from workforce_metrics.errors import CodebookError, close_names

__all__ = ["Codebook", "Item", "Score"]

T = TypeVar("T")
DIRECTIONS = ("positive", "negative", "neutral", "demographic")


@dataclass(frozen=True)
class Item:
    """One question, by what it asks.

    Parameters
    ----------
    concept : str
        What the question asks, whatever its number: the column's name in every extract.
    columns : tuple of str
        The names that its column has in a file (case and surrounding space do not matter).
    scale : Scale
        The answers, extra codes ("don't know") included.
    direction : {"positive", "negative", "neutral", "demographic"}
        Whether agreeing is favourable; negative items are reversed when scored.
    routes : mapping of str to frozenset of int
        Concepts and answers of theirs, any of which leads to this question; empty where all are asked.
    counted, base : frozenset of int
        The codes in the numerator and the denominator of the published percentage; empty where none is published.
    base_status : str
        How the denominator is known.
    favourable : str
        "higher", "lower" or "n/a": which way a larger percentage points.
    break_at : int or None
        The first edition that is not comparable with those before it.
    note : str
        What an analyst should know.
    break_reason : str
        Why not, in a few words: what stands in a trend.
    """

    concept: str
    columns: tuple[str, ...]
    scale: Scale
    direction: str = "positive"
    routes: Mapping[str, frozenset[int]] = field(default_factory=dict)
    counted: frozenset[int] = frozenset()
    base: frozenset[int] = frozenset()
    base_status: str = "documented"
    favourable: str = "n/a"
    break_at: int | None = None
    note: str = ""
    break_reason: str = ""

    def __post_init__(self) -> None:
        where = f"item {self.concept!r}"
        if not self.concept.isidentifier():
            raise CodebookError(where, "a name of letters, digits and underscores", "another", "rename the concept")
        if self.direction not in DIRECTIONS:
            raise CodebookError(where, f"direction among {', '.join(DIRECTIONS)}", repr(self.direction), "declare it")
        if not self.columns:
            raise CodebookError(where, "a column name", "none", "say which column of the file holds it")
        if not self.counted <= self.base or not self.base <= self.scale.codes:
            raise CodebookError(
                where, "counted codes within base codes within the scale", "another code", "correct counted or base"
            )

    @property
    def values(self) -> dict[int, float]:
        """Code to value, direction applied."""
        return self.scale.values(self.direction)


@dataclass(frozen=True)
class Score:
    """A mean of items, or of other scores.

    Parameters
    ----------
    name : str
        The score's name, as `estimate` and `indicators.score` take it.
    label : str
        What stands on a plot.
    items : tuple of str
        Concepts of which it is the mean; empty where it is a mean of `parts`.
    parts : tuple of str
        Names of the scores of which it is the mean.
    min_answered : int
        How many items (or parts) must be there; with fewer the score is missing.
    min_answered_status : str
        How that rule is known: "documented", "inferred", "declared".
    code : str
        The publisher's code, such as "PP4_2".
    level : str
        "element", "theme", "sub-score" or "score".
    """

    name: str
    label: str
    items: tuple[str, ...]
    min_answered: int
    min_answered_status: str = "declared"
    parts: tuple[str, ...] = ()
    code: str = ""
    level: str = "score"

    def __post_init__(self) -> None:
        where, members = f"score {self.name!r}", self.items or self.parts
        if bool(self.items) == bool(self.parts):
            raise CodebookError(where, "items or parts", "both or neither", "list one of the two")
        if not self.name.isidentifier():
            raise CodebookError(where, "a name of letters, digits and underscores", "another", "rename the score")
        if not 1 <= self.min_answered <= len(members):
            raise CodebookError(
                where, f"min_answered from 1 to {len(members)}", str(self.min_answered), "correct min_answered"
            )


@dataclass(frozen=True, repr=False)
class Codebook:
    """What a staff survey asks and how it is scored.

    Parameters
    ----------
    name : str
        Name of the survey, shown in every result.
    items : mapping of str to Item
        By concept.
    scores : mapping of str to Score
        By name.
    edition : int or None
        The survey year whose numbering and codes apply.
    missing : frozenset of str
        What stands for "not answered" in a cell, beside a blank.

    Raises
    ------
    CodebookError
        If a score or a route names an item that is not there, two items claim one column, or an item in a score
        has no values.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> book = wm.nhs_staff_survey(2024)
    >>> book.items["think_about_leaving"].columns, len(book.scores)
    (('q26a',), 30)
    """

    name: str
    items: Mapping[str, Item]
    scores: Mapping[str, Score] = field(default_factory=dict)
    edition: int | None = None
    missing: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", MappingProxyType(dict(self.items)))
        object.__setattr__(self, "scores", MappingProxyType(dict(self.scores)))
        object.__setattr__(self, "missing", frozenset(normalise_label(mark) for mark in self.missing))
        _refuse_shared_columns(self.items.values())
        for item in self.items.values():
            for concept, codes in item.routes.items():
                if concept not in self.items or not codes <= self.items[concept].scale.codes:
                    raise CodebookError(
                        f"item {item.concept!r}", "a route from an item's answers", "another", "correct routed_from"
                    )
        for score in self.scores.values():
            self._check_score(score)

    def _check_score(self, score: Score) -> None:
        for concept in score.items:
            if concept not in self.items:
                raise CodebookError(f"score {score.name!r}", "items of the codebook", repr(concept), "add the item")
            if not self.items[concept].scale.is_scored:
                scale = self.items[concept].scale.name
                raise CodebookError(
                    f"score {score.name!r}",
                    "items whose scale has values",
                    f"scale {scale!r} without",
                    "give it values",
                )
            if self.items[concept].direction not in {"positive", "negative"}:
                raise CodebookError(
                    f"score {score.name!r}", "items directed positive or negative", repr(concept), "declare a direction"
                )
        for part in score.parts:
            if part not in self.scores or self.scores[part].parts:
                raise CodebookError(
                    f"score {score.name!r}", "parts that are scores of items", repr(part), "list scores of items"
                )

    def item(self, concept: str) -> Item:
        """Return the item of that concept, or say which there are like it."""
        return _look_up(self.items, concept, "concept", self.name)

    def score(self, name: str) -> Score:
        """Return the score of that name, or say which there are like it."""
        return _look_up(self.scores, name, "score", self.name)

    def concepts_of(self, score: Score) -> tuple[str, ...]:
        """Return every concept that a score rests on, through its parts too, each once."""
        concepts = [*score.items, *(c for part in score.parts for c in self.scores[part].items)]
        return tuple(dict.fromkeys(concepts))

    def __repr__(self) -> str:
        return f"<Codebook {self.name}: {len(self.items)} items, {len(self.scores)} scores>"


def _refuse_shared_columns(items: Iterable[Item]) -> None:
    owner: dict[str, str] = {}
    for item in items:
        for column in item.columns:
            other = owner.setdefault(column.strip().casefold(), item.concept)
            if other != item.concept:
                raise CodebookError(
                    f"item {item.concept!r}", "a column of its own", f"the column of {other!r}", "correct its column"
                )


def _look_up(there: Mapping[str, T], name: str, kind: str, book: str) -> T:
    if name in there:
        return there[name]
    fix = close_names(name, there, otherwise=f"see the {kind}s of the codebook")
    raise CodebookError(kind, f"a {kind} of {book}", repr(name), fix)
