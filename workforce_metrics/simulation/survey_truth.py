"""What an analysis of a simulated staff survey should find, by organisation and over all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.codebooks.codebook import Codebook, Score
from workforce_metrics.simulation.survey_model import Effects, Question, true_shares

__all__ = ["expected_values"]

Floats = npt.NDArray[np.float64]


def expected_values(
    codebook: Codebook, questions: tuple[Question, ...], effects: Effects, organisations: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the true value of every share and score, by organisation and over the workforce.

    Returns
    -------
    by_organisation : pandas.DataFrame
        org_id, org_name, indicator, estimate.
    overall : pandas.DataFrame
        indicator, estimate.

    Notes
    -----
    A score that rests on an item with an answer that scores nothing ("don't know", "not applicable") has no
    closed form and is left out, and so is a score of which it is a part.
    """
    shares = {question.item.concept: (question, true_shares(question, effects)) for question in questions}
    values = {
        f"share:{name}": _counted(question, share)
        for name, (question, share) in shares.items()
        if question.item.counted
    }
    items = {name: _mean_value(*pair) for name, pair in shares.items() if _every_answer_scores(pair[0])}
    for score in codebook.scores.values():
        expected = _score(codebook, score, items)
        if expected is not None:
            values[score.name] = expected
    table = np.column_stack(list(values.values()))
    by_organisation = pd.DataFrame(table, columns=list(values)).assign(
        org_id=organisations["org_id"], org_name=organisations["org_name"]
    )
    tidy = by_organisation.melt(["org_id", "org_name"], var_name="indicator", value_name="estimate")
    overall = pd.DataFrame({"indicator": list(values), "estimate": effects.organisation_share @ table})
    return tidy, overall


def _counted(question: Question, share: Floats) -> Floats:
    """Return the published percentage: counted over base, the extra answer in the base where the item says so."""
    asked = dict(zip(question.codes.tolist(), (share * (1 - question.extra_share)).T, strict=True))
    if question.extra_code:
        asked[question.extra_code] = np.full(len(share), question.extra_share)
    counted = sum((asked[code] for code in question.item.counted if code in asked), np.zeros(len(share)))
    base = sum((asked[code] for code in question.item.base if code in asked), np.zeros(len(share)))
    return np.asarray(counted / base, dtype=np.float64)


def _every_answer_scores(question: Question) -> bool:
    return not question.extra_share and set(question.codes.tolist()) <= set(question.item.values)


def _mean_value(question: Question, share: Floats) -> Floats:
    value_of = question.item.values  # noqa: PD011 - an item's values, no pandas
    mean: Floats = share @ np.array([value_of[code] for code in question.codes.tolist()])
    return mean


def _score(codebook: Codebook, score: Score, items: Mapping[str, Floats]) -> Floats | None:
    if score.parts:
        members = [_score(codebook, codebook.scores[part], items) for part in score.parts]
    else:
        members = [items.get(concept) for concept in score.items]
    known = [member for member in members if member is not None]
    return np.mean(known, axis=0) if len(known) == len(members) else None
