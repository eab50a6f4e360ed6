"""What `validate` returns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Self

import pandas as pd

from workforce_metrics.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Validation"]


@dataclass(frozen=True, repr=False, eq=False)
class Validation(Result):
    """How good predicted risks are; `validate` and `cross_validate` make it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group and `term`: the groups, `term`, `time` (the horizon), `estimate`, `std_error`, `conf_low`,
        `conf_high`, `n` people and `n_event` leavers by the horizon (the sum of their weights). Terms:

        ======================  ==================================================================================
        `observed`              the Kaplan-Meier risk at the horizon; of a cause, the Aalen-Johansen incidence
        `expected`              the mean predicted risk, taken as given
        `observed_expected`     their ratio, calibration in the large: 1 is right, above 1 too few were foretold
        `brier`                 mean squared distance of prediction and outcome: 0 is perfect
        `scaled_brier`          its fall below that of one risk for all: 1 is perfect, 0 no better
        `auc`                   how often who left by the horizon had a higher prediction than who did not
        `concordance_harrell`   how often the higher prediction leaves first, among pairs that can be compared
        `concordance_uno`       the same, weighted for who was lost from sight
        ======================  ==================================================================================

        With a cause, named in `provenance["cause"]`, leavers are those by that cause; who left by another did not.
    by, provenance
        See `Result`.
    calibration : pandas.DataFrame
        One row a group and tenth of the predictions: the groups, `term` (1 = the lowest), `expected` (mean
        prediction), `estimate` (as `observed`), `std_error`, `conf_low`, `conf_high`, `n`, `n_event`, `weight_sum`.
    smoothed : pandas.DataFrame
        The observed risk along the predictions: the groups, `expected`, `estimate`, `std_error`, `conf_low`,
        `conf_high`.
    """

    calibration: pd.DataFrame = field(kw_only=True)
    smoothed: pd.DataFrame = field(kw_only=True)

    _title: ClassVar[str] = "Validation"

    def with_table(self, table: pd.DataFrame, **provenance: object) -> Self:
        """Return the measures over another table, without the calibration, which would show what the table hides."""
        bare = replace(self, calibration=self.calibration.iloc[:0], smoothed=self.smoothed.iloc[:0])
        return replace(bare, table=table, provenance={**self.provenance, **provenance})

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw observed against predicted risk: tenths with intervals, the smooth with its band."""
        from workforce_metrics.plotting.calibration import draw_calibration

        made = self.provenance
        by_when = f"by {made['at']:g} {made['time_unit']}"
        title = f"Predicted and observed risk of leaving {by_when}"
        if made["cause"] is not None:
            title = f"Leaving, {made['cause']}: predicted and observed risk {by_when}"
        return draw_calibration(self.calibration, self.smoothed, by=self.by, ax=ax, title=title, caption=self.caption)
