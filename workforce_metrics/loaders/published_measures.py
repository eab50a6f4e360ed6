"""What a published figure is: question numbers, score codes and option labels to concepts, scores and answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from workforce_metrics.codebooks.codebook import Codebook, Item, Score
from workforce_metrics.codebooks.counted_answers import counted_label

__all__ = [
    "OPTION_SHARE",
    "POSITIVE_SHARE",
    "RESPONSE_RATE",
    "SCORE",
    "SHARE",
    "Measure",
    "Names",
    "question_key",
]

SHARE, OPTION_SHARE, POSITIVE_SHARE = "share", "option share", "positive share"
SCORE, RESPONSE_RATE = "score", "response rate"
Unit = Literal["share", "score 0-10"]

_KEY = re.compile(r"[\s._-]+")


@dataclass(frozen=True)
class Measure:
    """What one figure tells.

    Parameters
    ----------
    concept : str
        An item or a score of the codebook, or "response".
    measure : str
        "share", "option share", "positive share", "score" or "response rate".
    option : str
        The answers counted, joined by " + "; empty where none.
    unit : {"share", "score 0-10"}
        A share from 0 to 1, or a score.
    """

    concept: str
    measure: str
    option: str = ""
    unit: Unit = "share"


def question_key(name: str) -> str:
    """Return a question number or score code as they are compared: small letters, no separators.

    Examples
    --------
    >>> question_key(" Q12.b "), question_key("PP4_2"), question_key("theme_engagement")
    ('q12b', 'pp42', 'themeengagement')
    """
    return _KEY.sub("", name.strip().casefold())


class Names:
    """The names that a file gives to questions and scores, and what they are.

    Parameters
    ----------
    book : Codebook
        The edition whose question numbers hold.
    declared : mapping of str to str
        The file's name to concept or score: before the codebook's own.
    declared_only : bool
        Whether the file's numbers are not the codebook's, so that only declared names are known.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> names = Names(wm.nhs_staff_survey(2024), {"Q99": "burnout"})
    >>> names.item("q26a").concept, names.score("PP4_2").name, names.score("q99").name, names.item("q27z")
    ('think_about_leaving', 'burnout', 'burnout', None)
    """

    def __init__(self, book: Codebook, declared: Mapping[str, str], *, declared_only: bool = False) -> None:
        self._declared = {question_key(name): what for name, what in declared.items()}
        self._book = book
        self._items: dict[str, Item] = {}
        self._scores: dict[str, Score] = {}
        if declared_only:
            return
        self._items = {question_key(column): item for item in book.items.values() for column in item.columns}
        self._items |= {question_key(concept): item for concept, item in book.items.items()}
        self._scores = {question_key(name): score for score in book.scores.values() for name in _score_names(score)}

    def item(self, name: str) -> Item | None:
        """Return the item of that question number, None where it is none."""
        key = question_key(name)
        if key in self._declared:
            return self._book.items.get(self._declared[key])
        return self._items.get(key)

    def score(self, name: str) -> Score | None:
        """Return the score of that code or label, None where it is none."""
        key = question_key(name)
        if key in self._declared:
            return self._book.scores.get(self._declared[key])
        return self._scores.get(key)

    def measure(self, name: str) -> Measure | None:
        """Return what a column of that name holds in a file of published shares and scores."""
        score = self.score(name)
        if score is not None:
            return Measure(score.name, SCORE, unit="score 0-10")
        item = self.item(name)
        if item is not None and item.counted:
            return Measure(item.concept, SHARE, counted_label(item.scale, item.counted))
        return Measure("response", RESPONSE_RATE) if question_key(name) == "responserate" else None


def _score_names(score: Score) -> Iterable[str]:
    yield from (score.code, score.name, score.label)
    if score.level == "theme":
        yield {"E": "theme_engagement", "M": "theme_morale"}.get(score.code, score.code)
