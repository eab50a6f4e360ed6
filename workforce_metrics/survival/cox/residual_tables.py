"""Residuals of a Cox model as tables under the rows of its cohort."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.survival.cox.clock import CoxClock
from workforce_metrics.survival.cox.estimate import CoxFit
from workforce_metrics.survival.cox.residuals import (
    ResidualKind,
    check_kind,
    deviance_residuals,
    martingale_residuals,
    schoenfeld_residuals,
    score_residuals,
)
from workforce_metrics.survival.cox.risk_sets import CoxSample
from workforce_metrics.survival.design_matrix import DesignMatrix

__all__ = ["residual_table", "schoenfeld_table"]

Floats = npt.NDArray[np.float64]


def residual_table(
    sample: CoxSample, fit: CoxFit, design: DesignMatrix, clock: CoxClock, kind: ResidualKind
) -> pd.DataFrame:
    """Return the table that `CoxModel.residuals` describes."""
    check_kind(kind)
    if kind in {"schoenfeld", "scaled_schoenfeld"}:
        return schoenfeld_table(sample, fit, design, clock, scaled=kind == "scaled_schoenfeld")
    if kind in {"score", "dfbeta"}:
        return _by_term(sample, fit, design, clock, dfbeta=kind == "dfbeta")
    martingale = _in_rows(sample, martingale_residuals(sample, fit.at))
    values = martingale if kind == "martingale" else deviance_residuals(clock.event & (martingale != 0), martingale)
    return pd.DataFrame({"estimate": values}, index=clock.position)


def _by_term(sample: CoxSample, fit: CoxFit, design: DesignMatrix, clock: CoxClock, *, dfbeta: bool) -> pd.DataFrame:
    values = score_residuals(sample, fit.at) * sample.scale
    if dfbeta:
        values = (values * sample.weight[:, None]) @ fit.model_variance
    return pd.DataFrame(_in_rows(sample, values), columns=list(design.names), index=clock.position)


def _in_rows(sample: CoxSample, values: Floats) -> Floats:
    """Put values back into the order of the input; rows that are in no risk set have 0."""
    all_rows = np.zeros((sample.n_input, *values.shape[1:]))
    all_rows[sample.order] = values
    return all_rows


def schoenfeld_table(
    sample: CoxSample, fit: CoxFit, design: DesignMatrix, clock: CoxClock, *, scaled: bool
) -> pd.DataFrame:
    """Return Schoenfeld's residuals, one row a leaving.

    Notes
    -----
    Scaled by the mean variance over the leavings and moved to the coefficients: ``b + d r V``, d the number of leavings
    and V the model's variance, so that their smooth over time shows how a coefficient changes.
    """
    values = schoenfeld_residuals(sample, fit.at) * sample.scale
    if scaled:
        values = fit.coefficients + len(values) * (values @ fit.model_variance)
    leavers = np.flatnonzero(sample.event)
    table = pd.DataFrame(values, columns=list(design.names), index=clock.position[sample.order[leavers]])
    table.insert(0, "time", clock.in_units(sample.time[sample.last[leavers]]))
    return table
