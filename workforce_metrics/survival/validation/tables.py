"""Kernels' numbers as rows of a validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.results import normal_quantile
from workforce_metrics.survival.cohort import ONE_CAUSE, Cohort
from workforce_metrics.survival.cox.concordance import concordance
from workforce_metrics.survival.validation.calibration import (
    ObservedRisk,
    observed_risk,
    risk_groups,
    smoothed_risk,
)
from workforce_metrics.survival.validation.horizon import HorizonSample
from workforce_metrics.survival.validation.influence import clustered_std_error, weights_for_the_lost
from workforce_metrics.survival.validation.measures import MEASURES

__all__ = ["calibration_rows", "measure_rows", "smoothed_rows"]

Ints = npt.NDArray[np.int64]
NAN = float("nan")
LEAST = {"scaled_brier": -np.inf}
"""The least value of a measure where it is not 0; no measure is over 1."""


def calibration_rows(sample: HorizonSample, *, n_groups: int, cluster: Ints | None, conf_level: float) -> pd.DataFrame:
    """Return one row a share of the predictions, with its weight in `weight_sum`, and whether it `emptied`."""
    share, rows = risk_groups(sample.predicted, sample.weight, n_groups), []
    for code in range(int(share.max()) + 1):
        at = np.flatnonzero(share == code)
        own = sample.part(at)
        found = observed_risk(own, cluster=None if cluster is None else cluster[at])
        low, high = found.interval(conf_level)
        weight = float(own.weight.sum())
        rows.append(
            {
                "term": code + 1,
                "expected": float(own.weight @ own.predicted) / weight if weight > 0 else NAN,
                "estimate": found.estimate,
                "std_error": found.std_error,
                "conf_low": low,
                "conf_high": high,
                "n": len(at),
                "n_event": float(own.weight @ own.left),
                "weight_sum": weight,
                "emptied": found.emptied,
            }
        )
    return pd.DataFrame(rows)


def smoothed_rows(sample: HorizonSample, *, cluster: Ints | None, conf_level: float) -> pd.DataFrame:
    """Return one row a point of the smoothed curve."""
    positive = np.flatnonzero(sample.weight > 0)
    own = sample.part(positive)
    at, found = smoothed_risk(own, cluster=None if cluster is None else cluster[positive])
    limits = [one.interval(conf_level) for one in found]
    return pd.DataFrame(
        {
            "expected": at,
            "estimate": [one.estimate for one in found],
            "std_error": [one.std_error for one in found],
            "conf_low": [low for low, _ in limits],
            "conf_high": [high for _, high in limits],
        }
    )


def measure_rows(
    sample: HorizonSample,
    cohort: Cohort,
    names: Sequence[str],
    shares: pd.DataFrame,
    *,
    cluster: str | None,
    cluster_codes: Ints | None,
    conf_level: float,
) -> pd.DataFrame:
    """Return one row a measure: `term`, `estimate`, `std_error`, limits, `n`, `n_event`."""
    if sample.entry is None:
        observed = observed_risk(sample, cluster=cluster_codes)
    else:
        observed = _mean_of_shares(sample, shares, cluster_codes)
    expected = float(sample.weight @ sample.predicted / sample.weight.sum())
    known = None
    if any(name in MEASURES for name in names):
        known = weights_for_the_lost(sample.duration, sample.gone, sample.reached, sample.weight)
    rows: dict[str, tuple[float, float, float, float]] = {}
    for name in names:
        if name == "observed":
            rows[name] = (observed.estimate, observed.std_error, *observed.interval(conf_level))
        elif name == "expected":
            rows[name] = (expected, NAN, NAN, NAN)
        elif name == "observed_expected":
            rows[name] = _ratio(observed, expected, conf_level)
        elif name == "concordance_harrell":
            rows[name] = _harrell(cohort, sample, cluster, conf_level)
        elif known is not None:
            found = MEASURES[name](sample, known)
            error = clustered_std_error(found.influence, cluster_codes)
            rows[name] = _around(found.estimate, error, conf_level, least=LEAST.get(name, 0.0))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "std_error", "conf_low", "conf_high"])
    table = table.rename_axis("term").reset_index()
    return table.assign(n=len(sample.predicted), n_event=float(sample.weight @ sample.left))


def _mean_of_shares(sample: HorizonSample, shares: pd.DataFrame, cluster: Ints | None) -> ObservedRisk:
    """Return the mean of the shares' observed risks by their weight.

    With clusters the shares are not independent; their standard errors then add up, which is never too little.
    """
    part = (shares["weight_sum"] / sample.weight.sum()).to_numpy()
    estimate = float(part @ shares["estimate"].to_numpy())
    errors = part * np.where(shares["estimate"] >= 1, 0.0, shares["std_error"].to_numpy())
    error = float(np.sqrt((errors**2).sum()) if cluster is None else errors.sum())
    log_error = error / (1 - estimate) if estimate < 1 else NAN
    return ObservedRisk(estimate, error, log_error, by_cause=sample.other is not None)


def _around(estimate: float, error: float, conf_level: float, *, least: float) -> tuple[float, float, float, float]:
    half = normal_quantile(conf_level) * error
    return estimate, error, max(estimate - half, least), min(estimate + half, 1.0)


def _ratio(observed: ObservedRisk, expected: float, conf_level: float) -> tuple[float, float, float, float]:
    if not expected > 0:
        return NAN, NAN, NAN, NAN
    ratio, error = observed.estimate / expected, observed.std_error / expected
    if not ratio > 0:
        return ratio, error, NAN, NAN
    with np.errstate(over="ignore"):
        reach = float(np.exp(normal_quantile(conf_level) * error / ratio))
    return ratio, error, ratio / reach, ratio * reach


def _harrell(
    cohort: Cohort, sample: HorizonSample, cluster: str | None, conf_level: float
) -> tuple[float, float, float, float]:
    """Return Harrell's concordance; by cause, Wolbers's: who left by another cause is taken as there to the end."""
    if sample.other is not None:
        stays = np.where(sample.other, cohort.duration.max(), cohort.duration)
        cohort = replace(cohort, duration=stays, cause=sample.left.astype(np.int64), causes=(ONE_CAUSE,))
    try:
        found = concordance(cohort, sample.predicted, cluster=cluster, conf_level=conf_level)
    except InvalidDataError:
        return NAN, NAN, NAN, NAN
    row = found.table.iloc[0]
    return float(row["estimate"]), float(row["std_error"]), float(row["conf_low"]), float(row["conf_high"])
