"""Concordance: how often the higher predicted risk leaves first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.groups import group_codes
from workforce_metrics.provenance import origin_of
from workforce_metrics.results import Result, as_floats, column_list, normal_quantile
from workforce_metrics.survival.cohort import Cohort, require_cohort
from workforce_metrics.survival.cox.pairs import count_pairs
from workforce_metrics.survival.cox.risk_sets import CoxSample, add_up, cluster_segments, cox_sample

__all__ = ["Concordance", "concordance", "concordance_of_sample"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, repr=False, eq=False)
class Concordance(Result):
    """How often the higher predicted risk leaves first; `concordance` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row: `estimate`, `std_error`, `conf_low`, `conf_high`, `n`, `n_event`.
    by, provenance
        See `Result`.
    concordant, discordant, tied : float
        Weight of the pairs by whether the one who left first had the higher score, the lower or the same.
    """

    concordant: float = field(kw_only=True)
    discordant: float = field(kw_only=True)
    tied: float = field(kw_only=True)

    _title: ClassVar[str] = "Concordance"

    @property
    def estimate(self) -> float:
        """Share of concordant pairs, those with tied scores counting one half."""
        return float(self.table["estimate"].iloc[0])

    @property
    def std_error(self) -> float:
        """Its standard error."""
        return float(self.table["std_error"].iloc[0])


def concordance(
    cohort: Cohort,
    score: npt.ArrayLike,
    *,
    strata: str | Sequence[str] | None = None,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> Concordance:
    """Measure how well a score tells who leaves first.

    Parameters
    ----------
    cohort : Cohort
        With delayed entry and weights where there are any. Causes are taken together.
    score : array of float, shape (n,)
        One number a row of the cohort, such as a predicted risk: the higher, the earlier a leaving is foretold.
    strata : str or sequence of str, optional
        Covariates within whose values pairs are formed. A missing value is a stratum of its own.
    cluster : str, optional
        Covariate whose rows count as one in the standard error.
    conf_level : float
        In (0, 1).

    Returns
    -------
    Concordance

    Raises
    ------
    InvalidArgumentError, InvalidDataError, MissingColumnError
        If there is not one finite score a row, a column is not there, or no two rows can be compared.

    Notes
    -----
    Somebody who leaves at t is compared with each other who is at risk then (``entry < t``) and leaves later, or is
    censored at t or later. Ties in the score count one half; scores equal to within 1e-12 are tied. The standard error
    is the infinitesimal jackknife: the square root of the summed squares of what each row, or cluster, adds. As R's
    ``survival::concordance``.

    References
    ----------
    Harrell FE, Califf RM, Pryor DB, Lee KL, Rosati RA (1982). JAMA 247:2543-2546.
    doi:10.1001/jama.1982.03320430047030
    Therneau TM, Watson DA (2017). The concordance statistic and the Cox model. Mayo Clinic technical report 85.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"month": [3, 8, 12, 12], "left": [True, True, True, False]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months")
    >>> concordance(cohort, [0.9, 0.2, 0.4, 0.1]).estimate
    0.8333333333333333
    """
    require_cohort(cohort)
    values = as_floats(score, "score")
    if values.shape != (len(cohort),) or not np.isfinite(values).all():
        raise InvalidArgumentError(
            "score",
            f"{len(cohort):,} finite numbers, one a row",
            f"shape {values.shape}, {int((~np.isfinite(values)).sum()):,} not finite",
            "give the score of every row of the cohort",
        )
    if not (cohort.event if cohort.weight is None else cohort.event & (cohort.weight > 0)).any():
        raise InvalidDataError("cohort", "somebody who left", "nobody", "follow for longer")
    groups = group_codes(cohort.covariates, column_list(strata), missing="a group")
    sample = cox_sample(
        np.zeros((len(cohort), 0)),
        cohort.duration,
        cohort.event,
        entry=cohort.entry,
        weight=cohort.weight,
        stratum=groups.codes,
    )
    codes = None if cluster is None else group_codes(cohort.covariates, (cluster,), missing="a group").codes
    found = concordance_of_sample(sample, values[sample.order], codes, conf_level=conf_level)
    return replace(found, provenance={**origin_of(cohort.provenance), **found.provenance})


def concordance_of_sample(
    sample: CoxSample, score: Floats, cluster: Ints | None, *, conf_level: float = 0.95
) -> Concordance:
    """Return the concordance of scores in the order of a sample.

    Parameters
    ----------
    sample : CoxSample
    score : ndarray of float64, shape (n,)
    cluster : ndarray of int64, shape (n_input,), or None
        Codes from 0.
    conf_level : float

    Returns
    -------
    Concordance

    Notes
    -----
    With C, D, T the weights of concordant, discordant and tied pairs, ``somers = (C - D) / (C + D + T)`` and the
    estimate is ``(somers + 1) / 2``. A row of weight w with the pairs c, d, t adds
    ``w (c - d - somers (c + d + t)) / (2 (C + D + T))``.
    """
    counts = count_pairs(sample, score)
    n_pairs = float(counts.totals.sum())
    if not n_pairs > 0:
        raise InvalidDataError("cohort", "two people who can be compared", "none", "follow more people, or for longer")
    concordant, discordant, tied = (float(total) for total in counts.totals)
    somers = (concordant - discordant) / n_pairs
    pairs = counts.concordant + counts.discordant + counts.tied
    adds = (counts.concordant - counts.discordant - somers * pairs) / (2 * n_pairs)
    if cluster is None:
        influence = adds * sample.weight
    else:
        influence = add_up(cluster_segments(cluster[sample.order]), None, adds * sample.weight)
    estimate, std_error = (somers + 1) / 2, float(np.sqrt((influence**2).sum()))
    half = normal_quantile(conf_level) * std_error
    table = pd.DataFrame(
        {
            "estimate": [estimate],
            "std_error": [std_error],
            "conf_low": [max(estimate - half, 0.0)],
            "conf_high": [min(estimate + half, 1.0)],
            "n": [sample.n_input],
            "n_event": [int(sample.n_event.sum())],
        }
    )
    made = {"conf_level": conf_level}
    return Concordance(table, (), made, concordant=concordant, discordant=discordant, tied=tied)
