"""How many staff and how many respondents each organisation and occupational group has, as two tables of one shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError

__all__ = ["PopulationCounts", "count_population", "level_codes"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PopulationCounts:
    """Staff and respondents by organisation and occupation.

    Parameters
    ----------
    organisations, occupations : pandas.Index
        Those of the population, sorted, then those of respondents only.
    staff : numpy.ndarray of float64, shape (n_organisations, n_occupations)
        0 where the population has no row.
    n : numpy.ndarray of int64, shape (n_organisations, n_occupations)
        Respondents who have both.
    organisation, occupation : numpy.ndarray of int64, shape (n_respondents,)
        Each respondent's codes, -1 where missing.
    """

    organisations: pd.Index
    occupations: pd.Index
    staff: FloatArray
    n: Codes
    organisation: Codes
    occupation: Codes

    def pooled_over(self, group: Codes) -> FloatArray:
        """Return the staff of each organisation's group in place of its own; `group` has shape (n_organisations,)."""
        pooled = np.zeros((int(group.max(initial=-1)) + 1, self.staff.shape[1]))
        np.add.at(pooled, group[group >= 0], self.staff[group >= 0])
        return np.where((group >= 0)[:, None], pooled[group], 0.0)


def count_population(
    respondents: pd.DataFrame, population: pd.DataFrame, *, organisation: str, occupation: str | None, count: str
) -> PopulationCounts:
    """Count staff and respondents by organisation and occupation.

    Parameters
    ----------
    respondents : pandas.DataFrame, shape (n_respondents, ...)
        Columns `organisation` and `occupation`.
    population : pandas.DataFrame
        The same columns and `count`; one row an organisation and occupation.
    organisation, count : str
        Names of columns.
    occupation : str or None
        None takes each organisation as one occupation.

    Returns
    -------
    PopulationCounts

    Raises
    ------
    InvalidDataError
        If the population has a missing name, two rows for one cell, or a count that is no number of 0 or more.

    Examples
    --------
    >>> staff = pd.DataFrame({"org": ["A", "A"], "job": ["x", "y"], "headcount": [30, 10]})
    >>> people = pd.DataFrame({"org": ["A", "A", "B"], "job": ["x", "x", None]})
    >>> counts = count_population(people, staff, organisation="org", occupation="job", count="headcount")
    >>> counts.staff.tolist(), counts.n.tolist()
    ([[30.0, 10.0], [0.0, 0.0]], [[2, 0], [0, 0]])
    """
    keys = [organisation] if occupation is None else [organisation, occupation]
    amounts = _amounts(population, count)
    if population[keys].isna().any(axis=None):
        raise InvalidDataError("population", "a name in every row", "missing names", "name each group, or leave it out")
    if population.duplicated(keys).any():
        raise InvalidDataError(
            "population", f"one row for each {' and '.join(keys)}", "two rows for one", "add them up first"
        )
    organisations = _levels(population[organisation], respondents[organisation])
    occupations, in_population = pd.Index([None], dtype=object), np.zeros(len(population), dtype=np.int64)
    of_respondent = np.zeros(len(respondents), dtype=np.int64)
    if occupation is not None:
        occupations = _levels(population[occupation], respondents[occupation])
        in_population, of_respondent = (
            level_codes(occupations, population[occupation]),
            level_codes(occupations, respondents[occupation]),
        )
    shape = (len(organisations), len(occupations))
    staff = np.zeros(shape)
    staff[level_codes(organisations, population[organisation]), in_population] = amounts
    own = level_codes(organisations, respondents[organisation])
    placed = (own >= 0) & (of_respondent >= 0)
    n = np.bincount(own[placed] * shape[1] + of_respondent[placed], minlength=shape[0] * shape[1]).reshape(shape)
    return PopulationCounts(organisations, occupations, staff, n, own, of_respondent)


def _amounts(population: pd.DataFrame, count: str) -> FloatArray:
    column = population[count]
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        raise InvalidDataError(count, "numbers of staff", f"a column of {column.dtype}", "convert it to numbers")
    amounts = column.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = int((~np.isfinite(amounts) | (amounts < 0)).sum())
    if wrong:
        raise InvalidDataError(
            count, "numbers of staff, 0 or more", f"others in {wrong:,} of {len(amounts):,} rows", "correct these rows"
        )
    return amounts


def _levels(first: pd.Series, second: pd.Series) -> pd.Index:
    """Return the values of the first column sorted, then those that only the second has."""
    levels = []
    for column in (first, second):
        found = pd.Index(column.dropna().astype(object).unique(), dtype=object)
        try:
            levels.append(found.sort_values())
        except TypeError:
            raise InvalidDataError(
                str(column.name), "values that can be sorted", "values of several kinds", "make it text or a category"
            ) from None
    others: pd.Index = levels[1][~levels[1].isin(levels[0])]
    every: pd.Index = pd.Index([*levels[0], *others], dtype=object)
    return every


def level_codes(levels: pd.Index, column: pd.Series) -> Codes:
    """Return where each value of a column stands among the levels, -1 where it is missing or not among them.

    Examples
    --------
    >>> level_codes(pd.Index(["a", "b"], dtype=object), pd.Series(["b", None, "c"])).tolist()
    [1, -1, -1]
    """
    found = levels.get_indexer(pd.Index(column, dtype=object))
    return np.where(column.isna(), -1, found).astype(np.int64)
