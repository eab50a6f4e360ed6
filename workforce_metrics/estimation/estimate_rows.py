"""From totals to the columns and rows of a table of estimates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.estimation.fine_totals import Replacement, TableTotals
from workforce_metrics.estimation.intervals import ShareMethod, mean_interval, share_interval

__all__ = ["estimate_columns", "tidy_rows"]


def estimate_columns(
    totals: TableTotals, *, is_share: bool, interval: ShareMethod, deff: Replacement | None, conf_level: float
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the result columns of one indicator, each of shape (n_groups,)."""
    std_error = np.sqrt(totals.variance)
    if is_share:
        low, high = share_interval(
            totals.mean, std_error, totals.df, totals.n, totals.n_effective, conf_level=conf_level, method=interval
        )
    else:
        low, high = mean_interval(totals.mean, std_error, totals.df, conf_level=conf_level)
    return {
        "estimate": totals.mean,
        "std_error": std_error,
        "conf_low": low,
        "conf_high": high,
        "n": totals.n,
        "n_missing": totals.n_missing,
        "n_effective": totals.n_effective,
        **({} if deff is None else {"deff": totals.design_effect(deff)}),
        "weight_sum": totals.weight_sum,
        "df": totals.df,
    }


def tidy_rows(
    labels: pd.DataFrame, names: list[str], columns: list[dict[str, npt.NDArray[np.generic]]]
) -> pd.DataFrame:
    """Interleave the indicators: group by group, within a group in the order asked."""
    n_groups = len(labels)
    frame = labels.take(np.repeat(np.arange(n_groups), len(names))).reset_index(drop=True)
    frame["indicator"] = names * n_groups
    for column in columns[0]:
        frame[column] = np.column_stack([indicator[column] for indicator in columns]).ravel()
    return frame
