"""What can be measured: every score and share of a codebook, with its rules and how they are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from workforce_metrics.codebooks.codebook import Codebook, Item, Score
from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.indicators.by_name import SHARE_PREFIX
from workforce_metrics.indicators.score_docstrings import DOCUMENTED_EDITION, SOURCE

__all__ = ["CATALOGUE_COLUMNS", "catalogue"]

CATALOGUE_COLUMNS = (
    "name", "kind", "level", "code", "label", "items", "range", "unit", "direction", "min_answered",
    "min_answered_status", "values_status", "counted", "base", "base_status", "break_at", "note", "source",
)  # fmt: skip
"""The columns of the catalogue, in order."""

DIRECTIONS = {"higher": "higher is better", "lower": "lower is better", "n/a": "neither"}
STATUSES = ("documented", "declared", "inferred", "unverified", "unknown")
"""How a fact is known, from the firmest to the weakest."""


def catalogue(codebook: Codebook | None = None) -> pd.DataFrame:
    """Return every score and share of a codebook: one row an indicator, scores first.

    Parameters
    ----------
    codebook : Codebook, optional
        Default: the NHS Staff Survey 2024; ``survey.codebook`` for that of an extract.

    Returns
    -------
    pandas.DataFrame
        - ``name``: as `estimate` takes it ("burnout", "share:burnout_burnt_out"); ``kind``: "score" or "share";
        - ``level``: "element", "theme", "sub-score", "score" or "item"; ``code``: the publisher's code, or the
          question number;
        - ``label``: for a plot; ``items``: concepts, a space between them;
        - ``range`` and ``unit``: "0 to 10" points or "0 to 1" of the respondents in the base;
        - ``direction``: "higher is better", "lower is better" or "neither";
        - ``min_answered``, ``min_answered_status``: of a score, how many items or parts must be there;
        - ``values_status``: of a score, how the values of its items are known, the weakest of them;
        - ``counted``, ``base``, ``base_status``: of a share, the codes in the numerator and the denominator;
        - ``break_at``: the first edition that is not comparable with those before it, the latest of its items;
        - ``note``; ``source``.

    Notes
    -----
    A status is "documented" (stated by the publisher), "declared" (by the writer of the codebook), "inferred" (from
    published figures), "unverified" (from memory) or "unknown". What is not documented is a parameter of the function
    that computes the indicator.

    Examples
    --------
    >>> from workforce_metrics.indicators.catalogue import catalogue
    >>> table = catalogue().set_index("name")
    >>> table.loc["burnout", ["range", "direction", "min_answered_status"]].tolist()
    ['0 to 10', 'higher is better', 'documented']
    >>> table.loc["share:burnout_burnt_out", ["label", "direction"]].tolist()
    ['Burnout burnt out: Often or Always', 'lower is better']
    """
    book = nhs_staff_survey(DOCUMENTED_EDITION) if codebook is None else codebook
    rows = [_score_row(score, book) for score in book.scores.values()]
    rows += [_share_row(item) for item in book.items.values() if item.counted]
    table = pd.DataFrame(rows, columns=list(CATALOGUE_COLUMNS)).assign(source=_source(book))
    return table.astype({"min_answered": "Int64", "break_at": "Int64"})


def _score_row(score: Score, book: Codebook) -> Mapping[str, object]:
    items = [book.items[concept] for concept in book.concepts_of(score)]
    members = score.parts or score.items
    return {
        "name": score.name,
        "kind": "score",
        "level": score.level,
        "code": score.code,
        "label": score.label,
        "items": " ".join(item.concept for item in items),
        "range": _range(score, book),
        "unit": "points",
        "direction": DIRECTIONS["higher"],
        "min_answered": score.min_answered,
        "min_answered_status": score.min_answered_status,
        "values_status": max((item.scale.status for item in items), key=_weakness),
        "break_at": _latest_break(items),
        "note": f"mean of {len(members)} {'parts: ' + ' '.join(members) if score.parts else 'items'}",
    }


def _share_row(item: Item) -> Mapping[str, object]:
    return {
        "name": f"{SHARE_PREFIX}{item.concept}",
        "kind": "share",
        "level": "item",
        "code": item.columns[0],
        "label": f"{item.concept.replace('_', ' ').capitalize()}: {_answers(item)}",
        "items": item.concept,
        "range": "0 to 1",
        "unit": "share of the respondents in the base",
        "direction": DIRECTIONS.get(item.favourable, item.favourable),
        "counted": _listed(item.counted),
        "base": _listed(item.base),
        "base_status": item.base_status,
        "break_at": item.break_at,
        "note": item.note,
    }


def _range(score: Score, book: Codebook) -> str:
    """Return the least and the greatest value that the score can take."""
    if score.parts:
        ends = [_ends(book.scores[part], book) for part in score.parts]
        low, high = (sum(end[i] for end in ends) / len(ends) for i in (0, 1))
    else:
        low, high = _ends(score, book)
    return f"{low:g} to {high:g}"


def _ends(score: Score, book: Codebook) -> tuple[float, float]:
    items = [book.items[concept] for concept in score.items]
    values = [item.scale.values(item.direction).values() for item in items]
    return sum(map(min, values)) / len(items), sum(map(max, values)) / len(items)


def _weakness(status: str) -> int:
    return STATUSES.index(status) if status in STATUSES else len(STATUSES)


def _latest_break(items: Iterable[Item]) -> int | None:
    return max((item.break_at for item in items if item.break_at is not None), default=None)


def _answers(item: Item) -> str:
    """Return the labels of the counted answers; their codes where the codebook has no labels."""
    return " or ".join(
        option.label or f"code {option.code}" for option in item.scale.options if option.code in item.counted
    )


def _listed(codes: Iterable[int]) -> str:
    return " ".join(map(str, sorted(codes)))


def _source(book: Codebook) -> str:
    is_published = book.edition in EDITIONS and book is nhs_staff_survey(book.edition)
    return SOURCE if is_published else book.name
