"""What a staff survey asks: scales, items, scores. A plain record that checks itself."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from workforce_metrics.errors import CodebookError

__all__ = ["Codebook", "Item", "Option", "Scale", "Score", "normalise_label"]

T = TypeVar("T")
DIRECTIONS = ("positive", "negative", "neutral", "demographic")
LARGEST_CODE = 32_000
_QUOTES_AND_DASHES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})


def normalise_label(text: str) -> str:
    """Return a label as labels are compared: one case, single spaces, straight quotes, plain hyphens.

    Examples
    --------
    >>> normalise_label("  Don’t   KNOW ")
    "don't know"
    """
    return re.sub(r"\s*-\s*", "-", re.sub(r"\s+", " ", text.translate(_QUOTES_AND_DASHES))).strip().casefold()


@dataclass(frozen=True)
class Option:
    """One answer that can be given: its code, its label and its value on a positively directed item.

    Parameters
    ----------
    code : int
        The code in the extract, 0 to 32,000.
    label : str
        The label, empty where only the code is known.
    value : float or None
        What the answer scores; None where it is an answer but carries no score ("don't know").
    """

    code: int
    label: str = ""
    value: float | None = None


@dataclass(frozen=True)
class Scale:
    """The answers that an item offers.

    Parameters
    ----------
    name : str
        The scale's name within its codebook.
    options : tuple of Option
        The answers, in the order of the questionnaire.
    status : str
        How the values are known: "documented", "inferred", "unverified", "unknown".

    Examples
    --------
    >>> yes_no = Scale("yesno", (Option(1, "Yes", 10.0), Option(2, "No", 0.0)))
    >>> yes_no.values("positive"), yes_no.values("negative")
    ({1: 10.0, 2: 0.0}, {1: 0.0, 2: 10.0})
    """

    name: str
    options: tuple[Option, ...]
    status: str = "documented"

    def __post_init__(self) -> None:
        codes = [option.code for option in self.options]
        labels = [normalise_label(option.label) for option in self.options if option.label]
        where = f"scale {self.name!r}"
        if not codes:
            raise CodebookError(where, "at least one option", "none", "list the codes that may be answered")
        for kind, values in (("code", codes), ("label", labels)):
            if len(set(values)) < len(values):
                raise CodebookError(where, f"each {kind} once", f"a {kind} twice", "give every option its own")
        if not all(isinstance(code, int) and 0 <= code <= LARGEST_CODE for code in codes):
            raise CodebookError(
                where, f"whole codes from 0 to {LARGEST_CODE}", "another code", "list missing marks under `missing`"
            )

    @property
    def codes(self) -> frozenset[int]:
        """Every code that is an answer."""
        return frozenset(option.code for option in self.options)

    @property
    def code_of_label(self) -> dict[str, int]:
        """Normalised label to code."""
        return {normalise_label(option.label): option.code for option in self.options if option.label}

    @property
    def is_scored(self) -> bool:
        """Whether at least two answers carry a value."""
        return sum(option.value is not None for option in self.options) > 1

    def values(self, direction: str) -> dict[int, float]:
        """Return code to value on an item of that direction; a negative item reflects the scale about its middle."""
        scored = {option.code: option.value for option in self.options if option.value is not None}
        if direction != "negative" or not scored:
            return scored
        ends = min(scored.values()) + max(scored.values())
        return {code: ends - value for code, value in scored.items()}


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
    close = difflib.get_close_matches(name, there, n=3)
    fix = f"did you mean {' or '.join(close)}?" if close else f"see the {kind}s of the codebook"
    raise CodebookError(kind, f"a {kind} of {book}", repr(name), fix)
