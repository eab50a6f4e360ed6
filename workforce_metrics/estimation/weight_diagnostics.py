"""Weights of respondents with what they do to the data: by cell, by organisation, over all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.group_sums import ratio_of
from workforce_metrics.estimation.population_counts import PopulationCounts
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.provenance import one_line
from workforce_metrics.results import html_of

__all__ = ["SurveyWeights", "cell_table", "organisation_table"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
WEIGHTED, CAPPED, NO_RESPONDENTS, NO_POPULATION = "weighted", "capped", "no respondents", "no population"

SETTINGS = ("kind", "cap", "profile_by", "rescale")
"""What of the weights' provenance is said of a survey that they are added to."""


@dataclass(frozen=True, repr=False, eq=False)
class SurveyWeights:
    """A weight for every respondent, with what it does to the data.

    Parameters
    ----------
    values : pandas.Series, shape (n_respondents,)
        The weights, in the order of the rows, named "weight".
    cells : pandas.DataFrame
        One row an organisation (and occupation) that has staff or respondents: `n`, `population`,
        `weight_uncapped` (the occupation part before the cap; missing without occupations), `weight`, and `status`:
        "weighted", "capped", "no respondents" (staff for whom nobody stands) or "no population" (respondents who stand
        for nobody known).
    organisations : pandas.DataFrame
        One row an organisation: `n`, `population`, `n_effective` (Kish), `deff` (Kish's ``n / n_effective``),
        `share_capped` of its respondents, `population_unheard` (the share of its staff in groups without respondents).
    provenance : mapping
        Settings and counts.
    """

    values: pd.Series[float]
    cells: pd.DataFrame
    organisations: pd.DataFrame
    provenance: Mapping[str, object]

    def __post_init__(self) -> None:
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))

    @property
    def frame(self) -> pd.DataFrame:
        """The cells, a fresh copy."""
        return self.cells.copy()

    def added_to(self, data: StaffSurvey | pd.DataFrame, name: str = "weight") -> StaffSurvey | pd.DataFrame:
        """Return the survey or frame that the weights were made from with a column of them, for `SurveyDesign`.

        Raises
        ------
        InvalidArgumentError
            If the data have another number of rows, or a column of that name.
        """
        table = data.table if isinstance(data, StaffSurvey) else data
        if len(table) != len(self.values) or name in table.columns:
            raise InvalidArgumentError(
                "data", f"the rows that the weights were made from, without a column {name!r}",
                f"{len(table):,} rows for {len(self.values):,} weights" if name not in table.columns else "one",
                "pass the same data, or another name",
            )  # fmt: skip
        weighted = table.assign(**{name: self.values.to_numpy()})
        if not isinstance(data, StaffSurvey):
            return weighted
        settings = "; ".join(one_line({key: self.provenance.get(key) for key in SETTINGS}))
        return replace(data, table=weighted, provenance={**data.provenance, "weights": settings})

    def __repr__(self) -> str:
        return f"<SurveyWeights: {'; '.join([f'{len(self.values):,} respondents', *one_line(self.provenance)])}>"

    def _repr_html_(self) -> str:
        return html_of(self, self.organisations)


def cell_table(
    counts: PopulationCounts,
    keys: tuple[str, ...],
    parts: FloatArray,
    uncapped: FloatArray,
    capped: BoolArray,
) -> pd.DataFrame:
    """Return one row a cell that has staff or respondents; arrays of shape (n_organisations, n_occupations)."""
    there = (counts.n > 0) | (counts.staff > 0)
    at, of = np.nonzero(there)
    status = np.where(counts.n == 0, NO_RESPONDENTS, np.where(np.isnan(parts), NO_POPULATION, WEIGHTED))
    status = np.where(capped, CAPPED, status)
    labels = {keys[0]: counts.organisations.take(at)}
    if len(keys) > 1:
        labels[keys[1]] = counts.occupations.take(of)
    return (
        pd.DataFrame(labels)
        .infer_objects()
        .assign(
            n=counts.n[there],
            population=counts.staff[there],
            weight_uncapped=uncapped[there],
            weight=np.where(counts.n > 0, parts, np.nan)[there],
            status=status[there],
        )
    )


def organisation_table(counts: PopulationCounts, name: str, values: FloatArray, capped: BoolArray) -> pd.DataFrame:
    """Return one row an organisation; `values` has shape (n_respondents,), `capped` that of the cells."""
    size, own = len(counts.organisations), counts.organisation
    placed = own >= 0
    n = np.bincount(own[placed], minlength=size)
    total = np.bincount(own[placed], values[placed], minlength=size).astype(np.float64)
    squares = np.bincount(own[placed], values[placed] ** 2, minlength=size).astype(np.float64)
    staff = counts.staff.sum(axis=1)
    unheard = np.where(counts.n == 0, counts.staff, 0.0).sum(axis=1)
    n_effective = ratio_of(total**2, squares)
    return (
        pd.DataFrame({name: counts.organisations})
        .infer_objects()
        .assign(
            n=n,
            population=staff,
            n_effective=n_effective,
            deff=ratio_of(n.astype(np.float64), n_effective),
            share_capped=ratio_of(np.where(capped, counts.n, 0).sum(axis=1).astype(np.float64), n.astype(np.float64)),
            population_unheard=ratio_of(unheard, staff),
        )
    )
