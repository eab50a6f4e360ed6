"""The items of a scale as one array: from a score of a codebook, from named items, or from columns of any frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.input_columns import collected
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.by_name import ITEM_PREFIX, indicator_values
from workforce_metrics.indicators.score_arrays import LAST_EDITION
from workforce_metrics.indicators.scoring import item_score
from workforce_metrics.results import column_list

__all__ = ["UNNAMED", "ItemNames", "ScaleItems", "collected_items", "item_names", "scale_items"]

FloatArray = npt.NDArray[np.float64]
ItemNames = str | Sequence[str] | Mapping[str, Sequence[str]]

UNNAMED = "scale"
"""What a list of items without a name is called in a result."""


@dataclass(frozen=True, eq=False)
class ScaleItems:
    """The answers to the items of one scale.

    Parameters
    ----------
    name : str
        The score's name, the name given, or "scale".
    items : tuple of str
        Concepts or columns, in the order given.
    answers : numpy.ndarray of float64, shape (n_rows, n_items)
        What each answer is worth, direction applied; NaN where not answered.
    options : tuple of numpy.ndarray of float64, or None
        For each item the values that it offers, from the codebook; None for a frame, which does not say.
    """

    name: str
    items: tuple[str, ...]
    answers: FloatArray
    options: tuple[FloatArray, ...] | None

    @property
    def complete(self) -> FloatArray:
        """The rows with an answer to every item, shape (n_complete, n_items)."""
        return self.answers[~np.isnan(self.answers).any(axis=1)]


def item_names(data: StaffSurvey | IntoFrame, items: ItemNames) -> dict[str, tuple[str, ...]]:
    """Return by name the items of each scale that is asked for.

    Parameters
    ----------
    data : StaffSurvey or data frame
    items : str, sequence of str, or mapping of str to sequence of str
        The name of a score of the survey's codebook, or of one item or column; the items of one scale; or the items
        of several by name.

    Returns
    -------
    dict of str to tuple of str

    Raises
    ------
    InvalidArgumentError
        If there is no item, or one stands twice.
    """
    if isinstance(items, str):
        named = {items: _of_score(data, items) if isinstance(data, StaffSurvey) else (items,)}
    elif isinstance(items, Mapping):
        named = {str(name): column_list(members) for name, members in items.items()}
    else:
        named = {UNNAMED: column_list(items)}
    for name, members in named.items():
        if not members or len(set(members)) < len(members):
            raise InvalidArgumentError(
                "items", "the names of items, each once", f"none, or one twice, in {name!r}", "list the items"
            )
    if not named:
        raise InvalidArgumentError("items", "the names of items", "none", "list the items")
    return named


def collected_items(
    data: StaffSurvey | IntoFrame, named: Mapping[str, tuple[str, ...]], others: tuple[str, ...] = ()
) -> StaffSurvey | IntoFrame:
    """Return `data`, or the items and `others` of a lazy frame collected, so that its rows keep one order."""
    members = tuple(name for items in named.values() for name in items)
    return collected(data, tuple(dict.fromkeys([*others, *members])))


def scale_items(
    data: StaffSurvey | IntoFrame, name: str, items: tuple[str, ...], *, reverse: tuple[str, ...] = ()
) -> ScaleItems:
    """Return the answers to the items of one scale.

    Parameters
    ----------
    data : StaffSurvey or data frame
        What `collected_items` returned.
    name : str
    items : tuple of str
        Concepts of the survey's codebook, which have values and a direction, or numeric columns of a frame.
    reverse : tuple of str
        Columns whose sign is changed.

    Returns
    -------
    ScaleItems

    Raises
    ------
    MissingColumnError, CodebookError, InvalidDataError
        If an item is not there, carries no values, or holds something else than numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"a": [1, 5], "b": [5, None]})
    >>> scale_items(answers, "scale", ("a", "b"), reverse=("b",)).answers.tolist()
    [[1.0, -5.0], [5.0, nan]]
    """
    if isinstance(data, StaffSurvey):
        columns = [np.asarray(item_score(data, item), dtype=np.float64) for item in items]
        scored = [data.codebook.item(item).values for item in items]
        options = tuple(np.array(sorted(values.values())) for values in scored)
        return ScaleItems(name, items, np.column_stack(columns), options)
    indicators = [indicator_values(data, item) for item in items]
    values = np.column_stack([indicator.values for indicator in indicators])
    sign = np.array([-1.0 if item in reverse else 1.0 for item in items])
    return ScaleItems(name, items, values * sign, None)


def _of_score(survey: StaffSurvey, name: str) -> tuple[str, ...]:
    """Return the items of a score, through its parts too, that count in every edition of the survey."""
    book, stem = survey.codebook, name.removeprefix(ITEM_PREFIX)
    if stem in book.items:
        return (stem,)
    score = book.score(name)
    latest = int(survey.editions().max(initial=0))
    owners = [book.scores[part] for part in score.parts] or [score]
    members = [(owner.code, concept) for owner in owners for concept in owner.items]
    return tuple(dict.fromkeys(member[1] for member in members if latest <= LAST_EDITION.get(member, latest)))
