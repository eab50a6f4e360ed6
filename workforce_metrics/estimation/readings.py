"""The ways in which a published figure may have been meant, as values of every respondent of an extract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.codebooks.codebook import Item
from workforce_metrics.codebooks.counted_answers import codes_of_label, counted_label, favourable_codes
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.scoring import score
from workforce_metrics.indicators.shares import share

__all__ = ["Reading", "readings_of"]

Codes = frozenset[int]


@dataclass(frozen=True, eq=False)
class Reading:
    """One way to take a figure.

    Parameters
    ----------
    definition : str
        In what it departs from the figure's own definition; empty for that one.
    worth : ndarray of float64, shape (n_respondents,)
        Shares as 0 and 1, scores from 0 to 10; missing where the respondent does not count.
    """

    definition: str
    worth: npt.NDArray[np.float64]


def readings_of(survey: StaffSurvey, concept: str, measure: str, option: str) -> list[Reading]:
    """Return the ways in which a published figure may have been meant, its own definition first.

    Parameters
    ----------
    survey : StaffSurvey
        The extract.
    concept, measure, option : str
        As in `workforce_metrics.figures.PublishedSurvey`.

    Returns
    -------
    list of Reading
        Empty where the extract cannot give the figure: an item is not in it, or the option is not on its scale.

    Notes
    -----
    A share counts the answers of `option`, over the base of the published percentage ("share", "positive share") or
    over every answer of the scale ("option share"). Other ways: the answers that the published percentage counts, or
    the favourable ones; over the other base. A score has the codebook's minimum of answered items; other ways: one, or
    all.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> survey = wm.read_staff_survey(pd.DataFrame({"q12b": [1, 4, 5]}), edition=2024)
    >>> [(way.definition, way.worth.tolist()) for way in
    ...  readings_of(survey, "burnout_burnt_out", "positive share", "Never + Rarely")]
    [('', [1.0, 0.0, 0.0]), ('counts Often + Always', [0.0, 1.0, 1.0])]
    """
    if measure == "score":
        return list(_of_score(survey, concept)) if _has_score(survey, concept) else []
    item = survey.codebook.items.get(concept)
    if item is None or concept not in survey.table.columns:
        return []
    stated = codes_of_label(option, item.scale)
    return list(_of_share(survey, item, stated, measure)) if stated else []


def _has_score(survey: StaffSurvey, name: str) -> bool:
    book = survey.codebook
    return name in book.scores and set(book.concepts_of(book.scores[name])) <= set(survey.concepts)


def _of_score(survey: StaffSurvey, name: str) -> Iterator[Reading]:
    rule = survey.codebook.scores[name]
    for least in dict.fromkeys([rule.min_answered, 1, len(rule.items or rule.parts)]):
        definition = "" if least == rule.min_answered else f"min_answered={least}"
        yield Reading(definition, np.asarray(score(survey, name, min_answered=least), dtype=np.float64))


def _of_share(survey: StaffSurvey, item: Item, stated: Codes, measure: str) -> Iterator[Reading]:
    every = item.scale.codes
    own_base = every if measure == "option share" or not item.base else item.base
    bases = dict.fromkeys(base for base in (own_base, item.base, every) if base)
    ways = dict.fromkeys(codes for codes in (stated, item.counted, favourable_codes(item)) if codes)
    for counted in ways:
        for base in bases:
            if not counted <= base:
                continue
            told = [f"counts {counted_label(item.scale, counted)}"] * (counted != stated)
            told += [f"over {counted_label(item.scale, base)}"] * (base != own_base)
            values = share(survey, item.concept, counted=counted, base=base)
            yield Reading("; ".join(told), np.asarray(values, dtype=np.float64))
