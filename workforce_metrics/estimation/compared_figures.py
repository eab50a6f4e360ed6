"""Published figures held against those of an extract, one by one: both, how they differ, and what explains it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.estimate import estimate
from workforce_metrics.estimation.explanations import EXACT, Candidate, explain, reach_of_base
from workforce_metrics.estimation.readings import Reading, readings_of
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.by_name import SHARE_PREFIX

__all__ = ["compare_figures"]


@dataclass(frozen=True, eq=False)
class _Figure:
    """A published figure and its readings on the respondents of its edition."""

    published: pd.Series
    readings: list[Reading]


def compare_figures(survey: StaffSurvey, rows: pd.DataFrame, design: SurveyDesign, conf_level: float) -> pd.DataFrame:
    """Return the comparison of figures of one edition with the answers of its respondents.

    Parameters
    ----------
    survey : StaffSurvey
        The respondents of the edition.
    rows : pandas.DataFrame, shape (n_figures, ...)
        Columns of `workforce_metrics.figures.FIGURE_COLUMNS`, and `indicator`.
    design : SurveyDesign
        How respondents were selected and weighted.
    conf_level : float
        In (0, 1).

    Returns
    -------
    pandas.DataFrame, shape (n_figures, ...)
        What `workforce_metrics.estimation.back_test.back_test` documents, under the index of `rows`.
    """
    figures = [
        _Figure(row, readings_of(survey, row["concept"], row["measure"], row["option"])) for _, row in rows.iterrows()
    ]
    own = _own(survey, figures, design, conf_level)
    weight = design.on(survey.table[list(design.columns)]).weight
    compared = [
        {**_told(figure.published), **own[position], **_differences(figure, weight)}
        for position, figure in enumerate(figures)
    ]
    table = pd.DataFrame(compared, index=rows.index)
    return table.astype({"published_n": "Int64", "n_difference": "Int64"})


def _told(published: pd.Series) -> dict[str, object]:
    stated = {name: published[name] for name in ("indicator", "measure", "option", "edition", "release", "weighting")}
    n = pd.NA if pd.isna(published["n"]) else int(published["n"])
    return {**stated, "published": published["estimate"], "published_n": n}


def _own(
    survey: StaffSurvey, figures: Sequence[_Figure], design: SurveyDesign, conf_level: float
) -> list[dict[str, object]]:
    """Return the extract's own figures by the published definitions, with their intervals."""
    columns = {
        f"figure {position}": figure.readings[0].worth if figure.readings else np.full(len(survey), np.nan)
        for position, figure in enumerate(figures)
    }
    frame = pd.concat([survey.table[list(design.columns)], pd.DataFrame(columns)], axis=1)
    is_share = [figure.published["unit"] == "share" for figure in figures]
    names = [f"{SHARE_PREFIX * share}{name}" for name, share in zip(columns, is_share, strict=True)]
    table = estimate(frame, names, design=design, conf_level=conf_level).table
    kept = ["estimate", "std_error", "conf_low", "conf_high", "n"]
    return [dict(zip(kept, row, strict=True)) for row in table[kept].itertuples(index=False, name=None)]


def _differences(figure: _Figure, weight: npt.NDArray[np.float64]) -> dict[str, object]:
    """Return how a published figure differs from one's own, and what accounts for that."""
    row = figure.published
    value, n = float(row["estimate"]), None if pd.isna(row["n"]) else int(row["n"])
    candidates = list(_candidates(figure.readings, weight))
    half = float(row["rounded_to"]) / 2
    reach = (float("nan"), float("nan"))
    if candidates and n is not None and n != candidates[0].n:
        values = figure.readings[0].worth[weight > 0]
        most = 1.0 if row["unit"] == "share" else 10.0
        reach = reach_of_base(float(np.nansum(values)), candidates[0].n, n, least=0.0, most=most)
    why = explain(
        value, n, candidates, rounding=half, reach=reach, later_release=str(row["release"]) != str(row["edition"])
    )
    unweighted = next((c.estimate for c in candidates if c.weighted_otherwise and not c.definition), None)
    mine = candidates[0] if candidates else Candidate(float("nan"), 0)
    difference = value - mine.estimate
    return {
        "difference": 0.0 if abs(difference) <= EXACT else difference,
        "n_difference": pd.NA if n is None or not candidates else n - mine.n,
        "rounding": half,
        "weights": float("nan") if unweighted is None else unweighted - mine.estimate,
        "possible_low": reach[0],
        "possible_high": reach[1],
        "explained_by": why.explained_by,
        "definition": why.definition,
    }


def _candidates(readings: Sequence[Reading], weight: npt.NDArray[np.float64]) -> Iterator[Candidate]:
    """Return one's own figure as it stands, then with other weights, then in other definitions, then both."""
    is_weighted = len(np.unique(weight[weight > 0])) > 1
    sets = [(weight, False), (np.where(weight > 0, 1.0, 0.0), True)][: 2 if is_weighted else 1]
    for definitions in (readings[:1], readings[1:]):
        for weights, otherwise in sets:
            for reading in definitions:
                counts = np.isfinite(reading.worth) & (weights > 0)
                total = float(weights[counts].sum())
                mean = float(weights[counts] @ reading.worth[counts]) / total if total else float("nan")
                yield Candidate(mean, int(counts.sum()), otherwise, reading.definition)
