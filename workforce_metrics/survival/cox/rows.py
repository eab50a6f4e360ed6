"""The rows of a cohort that a regression of the hazard uses, with everything that it reads of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.groups import Groups, group_codes
from workforce_metrics.results import column_list
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.cox.clock import CoxClock, in_units
from workforce_metrics.survival.design_matrix import DesignMatrix, design_matrix

__all__ = ["ModelRows", "model_rows"]

NAMES_OF_TIME = ("time", "transformed")
WIDEST_OFFSET = 500.0
"""Beyond it the hazards of two people are no longer both numbers."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ModelRows:
    """Rows in which nothing is missing; `model_rows` makes it.

    Parameters
    ----------
    position : ndarray of int64, shape (n,)
        The row of the cohort that each is.
    design : DesignMatrix
    covariates : pandas.DataFrame, shape (n, ...)
    duration : ndarray, shape (n,)
    cause : ndarray of int64, shape (n,)
    entry, weight : ndarray, shape (n,), or None
    strata : Groups
    cluster : ndarray of int64, shape (n,), or None
        Codes from 0.
    offset_name : str or None
    offset : ndarray of float64, shape (n,), or None
    """

    position: Ints
    design: DesignMatrix
    covariates: pd.DataFrame
    duration: npt.NDArray[Any]
    cause: Ints
    entry: npt.NDArray[Any] | None
    weight: Floats | None
    strata: Groups
    cluster: Ints | None
    offset_name: str | None
    offset: Floats | None

    @property
    def described(self) -> list[str]:
        """What to call each column of the design in a message."""
        return [self.design.describe(column) for column in range(len(self.design.names))]

    @property
    def coding(self) -> DesignMatrix:
        """The design without its rows."""
        return replace(self.design, columns=np.zeros((0, len(self.design.names))), kept=np.zeros(0, dtype=np.bool_))

    def clock(self, cohort: Cohort, event: npt.NDArray[np.bool_]) -> CoxClock:
        """Return what the model must remember of the times, those of `event`, shape (n,), being the leavings."""
        return CoxClock(
            duration=self.duration,
            entry=self.entry,
            event=event,
            position=self.position,
            time_unit=cohort.time_unit,
            ticks_per_unit=cohort.ticks_per_unit,
            horizon_years=cohort.horizon_years,
            strata=self.strata.labels,
            followed=in_units(_last(self.duration, self.strata.codes), cohort.ticks_per_unit, cohort.horizon_years),
            offset=self.offset_name,
            reference=_reference(self.design, self.weight),
            reference_offset=0.0 if self.offset is None else float(self.offset.mean()),
        )


def model_rows(
    cohort: Cohort,
    formula: str,
    *,
    strata: tuple[str, ...],
    cluster: str | None,
    offset: str | None,
    missing: Literal["refuse", "drop"],
    also: tuple[str, ...] = (),
) -> ModelRows:
    """Take the rows of a cohort in which neither the formula's covariates nor those named are missing.

    Parameters
    ----------
    cohort : Cohort
    formula : str
    strata : tuple of str
    cluster, offset : str or None
    missing : {"refuse", "drop"}
    also : tuple of str
        Further covariates in which a value is needed.

    Returns
    -------
    ModelRows

    Raises
    ------
    MissingColumnError, InvalidArgumentError, InvalidDataError
        If a covariate is not there, missing, determined by others or not a number where it must be.
    """
    used, design = _rows_and_columns(
        cohort, formula, (*strata, *column_list(cluster), *column_list(offset), *also), missing
    )
    if not design.names:
        raise InvalidArgumentError("formula", "at least one covariate", "none", "name one, or use kaplan_meier")
    _refuse_names_of_time(design)
    covariates = cohort.covariates if len(used) == len(cohort) else cohort.covariates.iloc[used]
    return ModelRows(
        position=used,
        design=design,
        covariates=covariates,
        duration=cohort.duration[used],
        cause=cohort.cause[used],
        entry=None if cohort.entry is None else cohort.entry[used],
        weight=None if cohort.weight is None else cohort.weight[used],
        strata=group_codes(covariates, strata, missing="no group"),
        cluster=None if cluster is None else group_codes(covariates, (cluster,), missing="no group").codes,
        offset_name=offset,
        offset=None if offset is None else _numbers(covariates[offset], offset),
    )


def _rows_and_columns(
    cohort: Cohort, formula: str, named: tuple[str, ...], missing: Literal["refuse", "drop"]
) -> tuple[Ints, DesignMatrix]:
    """Return the rows in which nothing is missing, and the formula's columns in them."""
    for name in named:
        if name not in cohort.covariates:
            raise MissingColumnError(name, "a covariate of the cohort", "none of that name", "check the name")
    complete = np.asarray(~cohort.covariates[list(named)].isna().to_numpy().any(axis=1))
    if missing == "refuse" and not complete.all():
        raise InvalidDataError(
            ", ".join(named),
            "a value in every row",
            f"{int((~complete).sum()):,} rows with missing ones",
            "make missing a level of its own, or pass missing='drop'",
        )
    rows = np.flatnonzero(complete)
    covariates = cohort.covariates if complete.all() else cohort.covariates.iloc[rows]
    design = design_matrix(covariates, formula, missing=missing)
    return rows[design.kept], design


def _refuse_names_of_time(design: DesignMatrix) -> None:
    """Refuse a column that has the name of a time beside it in tables of residuals."""
    taken = [name for name in design.names if name in NAMES_OF_TIME]
    if taken:
        raise InvalidArgumentError(
            "formula", f"columns not called {' or '.join(NAMES_OF_TIME)}", repr(taken[0]), "rename the covariate"
        )


def _numbers(column: pd.Series[Any], name: str) -> Floats:
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isfinite(values).all():
            if np.ptp(values) > WIDEST_OFFSET:
                raise InvalidDataError(
                    name,
                    f"logarithms no further apart than {WIDEST_OFFSET:g}",
                    "a wider offset",
                    "give the logarithm of the rate ratio",
                )
            return values
    raise InvalidDataError(name, "a finite number in every row", "other values", "correct or transform the offset")


def _reference(design: DesignMatrix, weight: Floats | None) -> Floats:
    """Return 0 for each column of codes of levels and the weighted mean of each other, shape (p,)."""
    mean = design.summary.mean
    if weight is not None:
        mean = mean + np.average(design.columns - mean, axis=0, weights=weight)  # far from 0 it keeps its digits
    return np.where(design.summary.is_sign, 0.0, mean)


def _last(duration: npt.NDArray[Any], codes: Ints) -> npt.NDArray[Any]:
    """Return the longest duration of each stratum."""
    last = np.zeros(int(codes.max(initial=-1)) + 1, dtype=duration.dtype)
    np.maximum.at(last, codes, duration)
    return last
