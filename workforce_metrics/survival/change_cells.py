"""Leavers and exposure before and after, by group, year since joining and cause, read into arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import DefinitionMismatchError, InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.groups import Codes, group_codes
from workforce_metrics.survival.cohort_columns import ANY_CAUSE
from workforce_metrics.survival.exposure import exposure_by_year
from workforce_metrics.survival.risk_table import RiskTable

__all__ = ["ChangeCells", "change_cells"]

Floats = npt.NDArray[np.float64]
SIDES = ("before", "after")
OWN_COLUMNS = frozenset({"band", "exposure"})


@dataclass(frozen=True, eq=False)
class ChangeCells:
    """What a change in leavers is made of.

    Parameters
    ----------
    groups : pandas.DataFrame
        One row a group, in their own order.
    bands : pandas.Index
        Years since joining.
    causes : tuple of str
    exposure : ndarray of float64, shape (2, n_groups, n_bands)
        Before and after; 0 where nobody was at risk.
    n_event : ndarray of float64, shape (2, n_groups, n_bands, n_causes)
    """

    groups: pd.DataFrame
    bands: pd.Index
    causes: tuple[str, ...]
    exposure: Floats
    n_event: Floats

    @property
    def frame(self) -> pd.DataFrame:
        """One row a group, band and, where there are several, cause: exposure and leavers before and after."""
        group, band, cause = (indices.ravel() for indices in np.indices(self.n_event.shape[1:]))
        rows = self.groups.take(group).reset_index(drop=True)
        rows["band"] = self.bands.take(band)
        if len(self.causes) > 1:
            rows["cause"] = pd.Categorical.from_codes(cause, categories=pd.Index(list(self.causes)))
        for side, name in enumerate(SIDES):
            rows[f"exposure_{name}"] = self.exposure[side, group, band]
            rows[f"n_event_{name}"] = self.n_event[side].ravel()
        return rows


def change_cells(
    before: RiskTable | pd.DataFrame, after: RiskTable | pd.DataFrame, *, by: tuple[str, ...], apart: bool, years: int
) -> ChangeCells:
    """Return the cells of both sides; `decompose_leavers` says what is accepted and refused.

    A group that is on one side only has exposure 0 and no leavers on the other.
    """
    if OWN_COLUMNS & set(by):
        raise InvalidArgumentError("by", "columns other than band and exposure", "one of them", "leave it out of by")
    first, second = (
        _rows_of(data, name, by, apart=apart, years=years) for data, name in zip((before, after), SIDES, strict=True)
    )
    table = pd.concat([first, second], ignore_index=True)
    groups, causes = group_codes(table, by, missing="a group"), group_codes(table, ("cause",), missing="no group")
    band, bands = pd.factorize(table["band"], use_na_sentinel=False)
    shape = (2, len(groups), len(bands), len(causes))
    side = np.repeat([0, 1], [len(first), len(second)])
    cell = np.ravel_multi_index((side, groups.codes, band, causes.codes), shape)
    _refuse_gaps(_filled(cell, np.ones(len(table)), shape) > 0)
    exposure = _filled(cell, table["exposure"].to_numpy(), shape)[..., 0]  # the same for every cause
    _refuse_empty_bands(exposure.sum(axis=1))
    n_event = _filled(cell, table["n_event"].to_numpy(), shape)
    return ChangeCells(groups.labels, pd.Index(bands), tuple(map(str, causes.labels["cause"])), exposure, n_event)


def _rows_of(
    data: RiskTable | pd.DataFrame, name: str, by: tuple[str, ...], *, apart: bool, years: int
) -> pd.DataFrame:
    """Return the checked rows of one side: `by`, band, cause, exposure, n_event; one row a group, band and cause."""
    if isinstance(data, RiskTable):
        if data.is_weighted:
            raise InvalidArgumentError(
                name, "a risk table that counts people", "one of weights", "leavers of unequal weight are not Poisson"
            )
        rows = exposure_by_year(data, years, by=by)
    else:
        rows = _counts(data, name, by, apart=apart)
        _refuse_contradictions(rows, name, [*by, "band"])
    if apart:
        if rows["cause"].isna().any() or (rows["cause"] == ANY_CAUSE).any():
            raise InvalidDataError(
                f"{name}['cause']", f"a cause other than '{ANY_CAUSE}' in every row", "none or that",
                "name the cause, leave out sums",
            )  # fmt: skip
        return rows
    cells = rows.groupby([*by, "band", "exposure"], sort=False, observed=True, dropna=False)
    return cells["n_event"].sum().reset_index().assign(cause=ANY_CAUSE)


def _counts(data: pd.DataFrame, name: str, by: tuple[str, ...], *, apart: bool) -> pd.DataFrame:
    """Return the rows of published counts, with a band and a cause where those tell no rows apart."""
    if data.empty:
        raise InvalidDataError(name, "one row or more", "none", "check the counts")
    for column in (*by, "n_event", "exposure", *(["cause"] if apart else [])):
        if column not in data.columns:
            raise MissingColumnError(f"{name}[{column!r}]", "a column of the counts", "none of that name", "add it")
    rows = data if "cause" in data.columns else data.assign(cause=ANY_CAUSE)
    if "band" not in data.columns:
        if rows.duplicated([*by, "cause"]).any():
            raise MissingColumnError(
                f"{name}['band']", "a column that names each row", "none", "add band, or give one row"
            )
        rows = rows.assign(band="all")
    numbers = rows[["exposure", "n_event"]].to_numpy(dtype=float, na_value=np.nan)
    allowed = (numbers[:, 0] > 0) | (bool(by) & (numbers == 0).all(axis=1))
    if not (np.isfinite(numbers).all() and allowed.all() and (numbers[:, 1] >= 0).all()):
        expected = f"exposure above 0 and n_event from 0 in every row{', or both 0' if by else ''}"
        raise InvalidDataError(name, expected, "others", "correct those rows")
    return rows[[*by, "band", "cause"]].assign(exposure=numbers[:, 0], n_event=numbers[:, 1])


def _refuse_contradictions(rows: pd.DataFrame, name: str, cell: list[str]) -> None:
    if rows.duplicated([*cell, "cause"]).any():
        raise InvalidDataError(name, "each group, band and cause once", "one of them twice", "add its rows up first")
    n_cells = len(rows[cell].drop_duplicates())
    if len(rows) < n_cells * rows["cause"].nunique(dropna=False):
        raise InvalidDataError(
            f"{name}['cause']", "every cause in every group and band", "some missing", "write n_event 0 where none left"
        )
    if len(rows[[*cell, "exposure"]].drop_duplicates()) > n_cells:
        raise InvalidDataError(
            f"{name}['exposure']", "the same for every cause", "others", "give each cause all who were at risk"
        )


def _filled(cell: Codes, values: Floats, shape: tuple[int, ...]) -> Floats:
    return np.bincount(cell, weights=values, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)


def _refuse_gaps(there: npt.NDArray[np.bool_]) -> None:
    """Refuse a group that has some of the bands and causes and lacks others; it may lack all of them."""
    gaps = there.any(axis=(2, 3)) & ~there.all(axis=(2, 3))
    if gaps.any():
        raise DefinitionMismatchError(
            "band and cause", "the same bands and causes before and after, in every group that is there", "others",
            "cut both alike; where there was nobody write 0",
        )  # fmt: skip


def _refuse_empty_bands(exposure: Floats) -> None:
    for name, bands in zip(SIDES, exposure, strict=True):
        if (bands <= 0).any():
            raise InvalidDataError(
                name, "people at risk in every band", f"none in {int((bands <= 0).sum())}", "leave that band out"
            )
