"""The engine under every score: several at once, each part computed once, options applied and checked."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

import numpy as np
import numpy.typing as npt

from workforce_metrics.codebooks.codebook import Item, Score
from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.extracts import MISSING_CODE, StaffSurvey
from workforce_metrics.indicators.checks import refuse_off_scale, refuse_others, require_items
from workforce_metrics.indicators.item_means import lookup, mean_of_items, mean_of_parts

__all__ = ["LAST_EDITION", "ItemValues", "score_arrays"]

LAST_EDITION: Mapping[tuple[str, str], int] = {("PP4_3", "msk_problems"): 2024}
"""Publisher's code of a score and an item of it to the last edition in which the item counts (status: inferred).

The question on musculoskeletal problems was reworded in 2025, and the trust scores published for 2025 fit
negative experiences without it."""

ItemValues = Mapping[str, Mapping[int, float]]


def score_arrays(
    survey: StaffSurvey,
    names: Iterable[str],
    *,
    min_answered: Mapping[str, int] | None = None,
    item_values: ItemValues | None = None,
    leave_out: Collection[str] | None = None,
) -> dict[str, npt.NDArray[np.float64]]:
    """Return several scores as arrays, and their parts, each part computed once.

    Parameters
    ----------
    survey : StaffSurvey
        Answers by concept.
    names : iterable of str
        Scores of the survey's codebook.
    min_answered : mapping of str to int, optional
        The minimum of a score or part, by its name.
    item_values, leave_out
        As `workforce_metrics.indicators.scoring.score` takes them.

    Returns
    -------
    dict of str to numpy.ndarray
        By name, the parts of scores of parts too: shape (n_respondents,), float64, NaN where missing.

    Raises
    ------
    CodebookError, MissingColumnError, InvalidArgumentError, InvalidDataError
        As `workforce_metrics.indicators.scoring.score`; one error names every absent item.
    """
    book = survey.codebook
    wanted = {name: book.score(name) for name in names}
    of_items = {part: book.scores[part] for score in wanted.values() for part in score.parts or (score.name,)}
    concepts = list(dict.fromkeys(concept for score in of_items.values() for concept in score.items))
    refuse_others("item_values", item_values or (), concepts, "items of the score")
    refuse_others("leave_out", leave_out or (), concepts, "items of the score")
    left_out = {score.name: _left_out(survey, score, leave_out) for score in of_items.values()}
    whose = f"the {len(wanted)} scores" if len(wanted) > 1 else f"score {next(iter(wanted), '')!r}"
    require_items(survey, _needed(of_items, left_out), whose)
    minima, values = min_answered or {}, item_values or {}
    arrays = {
        name: _score_of_items(survey, score, minima.get(name), values, left_out[name])
        for name, score in of_items.items()
    }
    for name, score in wanted.items():
        if score.parts:
            minimum = _minimum(score, minima.get(name), len(score.parts))
            arrays[name] = mean_of_parts([arrays[part] for part in score.parts], min_answered=minimum).mean
    return arrays


def _left_out(survey: StaffSurvey, score: Score, leave_out: Collection[str] | None) -> dict[str, npt.NDArray[np.bool_]]:
    """Return concept to mask of shape (n_respondents,): True where the item does not count."""
    if leave_out is not None:
        return {concept: np.ones(len(survey), dtype=np.bool_) for concept in score.items if concept in leave_out}
    last = {concept: LAST_EDITION.get((score.code, concept)) for concept in score.items}
    editions = survey.editions() if any(last.values()) else np.empty(0, dtype=np.int64)
    masks = {concept: editions > edition for concept, edition in last.items() if edition is not None}
    return {concept: mask for concept, mask in masks.items() if mask.any()}


def _needed(scores: Mapping[str, Score], left_out: Mapping[str, Mapping[str, npt.NDArray[np.bool_]]]) -> list[str]:
    """Return the concepts that count for somebody, each once, in the codebook's order."""
    return list(
        dict.fromkeys(
            concept
            for name, score in scores.items()
            for concept in score.items
            if concept not in left_out[name] or not left_out[name][concept].all()
        )
    )


def _score_of_items(
    survey: StaffSurvey,
    score: Score,
    min_answered: int | None,
    item_values: ItemValues,
    left_out: Mapping[str, npt.NDArray[np.bool_]],
) -> npt.NDArray[np.float64]:
    codes, lookups = [], []
    for concept in _needed({score.name: score}, {score.name: left_out}):
        item, answers = survey.codebook.items[concept], survey.codes(concept)
        codes.append(np.where(left_out[concept], np.int16(MISSING_CODE), answers) if concept in left_out else answers)
        lookups.append(lookup(_values(item, item_values.get(concept, {})), item.scale.codes))
    minimum = _minimum(score, min_answered, len(score.items) - len(left_out))
    means = mean_of_items(codes, lookups, min_answered=minimum)
    refuse_off_scale(means.n_off_scale, f"score {score.name!r}")
    return means.mean


def _values(item: Item, changed: Mapping[int, float]) -> dict[int, float]:
    values = item.scale.values(item.direction)
    low, high = min(values.values()), max(values.values())
    for code, value in changed.items():
        if code not in item.scale.codes or not (math.isfinite(value) and low <= value <= high):
            raise InvalidArgumentError(
                "item_values",
                f"codes of {item.concept} ({', '.join(map(str, sorted(item.scale.codes)))}) with values"
                f" from {low:g} to {high:g}",
                f"code {code} with value {value:g}",
                "correct the code or the value",
            )
    return {**values, **changed}


def _minimum(score: Score, min_answered: int | None, n_members: int) -> int:
    """Return the minimum to use, checked against the number of items (or parts) that can be there."""
    minimum = score.min_answered if min_answered is None else min_answered
    is_whole = isinstance(minimum, (int, np.integer)) and not isinstance(minimum, bool)
    if not is_whole or not 1 <= minimum <= n_members:
        kind = "parts" if score.parts else "items"
        raise InvalidArgumentError(
            "min_answered",
            f"a whole number from 1 to {n_members}, the number of {kind} that count in {score.name!r}",
            repr(minimum),
            f"say how many of the {kind} must be there",
        )
    return int(minimum)
