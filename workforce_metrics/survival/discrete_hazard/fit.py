"""Discrete-time hazards of leaving, fitted on counts by covariate pattern and interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.results import check_conf_level
from workforce_metrics.survival.cohort import Cohort, require_cohort
from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.discrete_hazard.cells import Cells, period_totals
from workforce_metrics.survival.discrete_hazard.checks import (
    refuse_divergence,
    refuse_separation,
    refuse_silent_periods,
)
from workforce_metrics.survival.discrete_hazard.fitted_cells import cells_of_cohort, cells_of_counts, refuse_other_grid
from workforce_metrics.survival.discrete_hazard.grid import Incomplete
from workforce_metrics.survival.discrete_hazard.model_cells import ModelCells
from workforce_metrics.survival.discrete_hazard.newton import Coordinates, HazardFit, fit_hazard, independent_columns
from workforce_metrics.survival.discrete_hazard.patterns import A_PARAMETER_A_PERIOD, baseline_columns
from workforce_metrics.survival.discrete_hazard.prediction import HazardModel
from workforce_metrics.survival.discrete_hazard.result import DiscreteHazard, parameter_table
from workforce_metrics.survival.discrete_hazard.scoring import Link
from workforce_metrics.survival.discrete_hazard.variance import model_covariance, sandwich_covariance

__all__ = ["discrete_hazard"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def discrete_hazard(
    data: Cohort | ModelCells,
    formula: str,
    *,
    interval: str | Sequence[float] = "year",
    link: Link = "cloglog",
    baseline: str = "period",
    cluster: str | None = None,
    incomplete: Incomplete = "half",
    missing: Literal["refuse", "drop"] = "refuse",
    conf_level: float = 0.95,
) -> DiscreteHazard:
    """Model the probability of leaving in each interval by those still there when it begins.

    For leaving that is known only to the interval (monthly snapshots, renewals every two years), or as a fast model of
    very many people: cost grows with covariate patterns times intervals, not with person-periods.

    Parameters
    ----------
    data : Cohort or ModelCells
        Spells, or the cells that `model_cells` counted of spells anywhere: the fit is the same. With delayed entry,
        weights and causes where there are any. Causes by which nobody left have no model; the provenance names them.
    formula : str
        Covariates in the language of `formulaic`, such as ``"age_band + route"``; ``"1"`` for none.
    interval : {"year", "quarter", "month"} or sequence of float
        Intervals of equal length, or where each ends, in the cohort's unit: ``[1, 2, 5]`` is (0, 1], (1, 2], (2, 5].
        Follow-up ends with the last. A register's intervals end on calendar anniversaries of joining. Cells have their
        own, and their own `incomplete`.
    link : {"cloglog", "logit"}
        Complementary log-log: coefficients are log hazard ratios of a proportional-hazards model seen in intervals.
        Logit: log odds ratios of leaving in an interval.
    baseline : str
        "period": a parameter an interval. Else a formula of `time`, the end of the interval in the cohort's unit, such
        as ``"bs(time, df=4)"`` or ``"time + np.log(time)"``; the constant is added.
    cluster : str, optional
        Covariate that says who belongs together; standard errors are then cluster-robust.
    incomplete : {"half", "full", "leave_out"}
        How a spell counts in the interval inside which it was censored: as half a person, as in a life table; as
        one, the usual person-period file, which makes hazards too low where intervals are long; or, with a register's
        cohort, not at all, nor anybody else in an interval that had not ended when observation did (others censored
        inside an interval count half). Where spells are censored at ends of intervals, all three are the same.
    missing : {"refuse", "drop"}
        What to do with spells whose covariates are missing; those dropped are counted in `provenance`.
    conf_level : float
        In (0, 1).

    Returns
    -------
    DiscreteHazard

    Raises
    ------
    InvalidArgumentError, MissingColumnError
        If an argument is not what it must be, or a covariate is not there.
    InvalidDataError
        If a parameter has no finite estimate (nobody or everybody leaves in an interval or at a level, columns follow
        from one another); the message names the column and level, or the interval.

    Notes
    -----
    *At risk.* A spell that enters inside an interval is at risk from the next one, and a leaving before that is not
    counted; spells never at risk in a whole interval are left out and counted in `provenance`. Start-stop rows
    with covariates that change at ends of intervals are spells with an entry.

    *Model.* ``link(h_k(x)) = a_k + x b`` where ``h_k`` is the probability of leaving in interval k by those at risk in
    it. The fit is that of a binomial generalised linear model on one row a person and interval.

    *Causes.* Each cause has its own model, with all parameters its own: ``h_ck`` is the probability of leaving in
    interval k by cause c, and leavers by other causes count as at risk and not leaving by this one. Causes'
    estimates are correlated through their common risk sets; predictions take that into account.

    *Cluster-robust variance*: ``A M A`` with the scores of each cluster added up, without a small-sample factor.

    References
    ----------
    Prentice RL, Gloeckler LA (1978). Biometrics 34:57-67. doi:10.2307/2529588
    Allison PD (1982). Sociol Methodol 13:61-98. doi:10.2307/270718
    Lee M, Feuer EJ, Fine JP (2018). Biometrics 74:1468-1474. doi:10.1111/biom.12881

    Examples
    --------
    >>> import pandas as pd
    >>> from workforce_metrics.survival.cohort import Cohort
    >>> staff = pd.DataFrame({"year": [1, 2, 2, 1, 1, 2], "left": [True, True, False, True, False, True],
    ...                       "route": ["home"] * 3 + ["abroad"] * 3})
    >>> cohort = Cohort.from_frame(staff, duration="year", event="left", time_unit="years")
    >>> model = discrete_hazard(cohort, "route", link="logit")
    >>> model.frame[["term", "time", "estimate"]].round(3).to_dict("list")
    {'term': ['period', 'period', 'route[T.home]'], 'time': [1.0, 2.0, nan], 'estimate': [-0.359, 1.187, -0.711]}
    >>> model.predict_risk(pd.DataFrame({"route": ["home"]}), at=[1, 2])[["time", "estimate"]].round(3)
       time  estimate
    0   1.0     0.255
    0   2.0     0.715
    """
    _check(link, missing, conf_level)
    if isinstance(data, ModelCells):
        refuse_other_grid(data, interval, incomplete)
        found = cells_of_counts(data, formula, missing=missing, cluster=cluster)
    else:
        require_cohort(data)
        found = cells_of_cohort(
            data, formula, interval=interval, incomplete=incomplete, missing=missing, cluster=cluster
        )
    cells, design, causes, unit = found.cells, found.design, found.causes, found.unit
    columns, terms = baseline_columns(found.ends, baseline)
    refuse_silent_periods(cells, causes, found.ends, a_parameter_a_period=baseline == A_PARAMETER_A_PERIOD)
    refuse_separation(cells, causes, design)
    coordinates = independent_columns(columns, design.columns)
    fits = _settled(cells, coordinates, link, design, causes)
    by_model = _as_asked(model_covariance(cells, coordinates, fits, link), coordinates) / unit
    covariance = by_model
    if found.by_cluster is not None:
        own = found.by_cluster
        robust = sandwich_covariance(own.cells, coordinates, fits, link, pattern=own.pattern, cluster=own.cluster)
        covariance = _as_asked(robust, coordinates)
    estimates = np.array([coordinates.back @ fit.parameters for fit in fits])
    model = HazardModel(estimates, covariance, columns, found.ends, link)
    counts = _counts(cells, causes, found.ends, unit)
    made = {
        "formula": formula,
        "interval": found.interval,
        "link": link,
        "baseline": baseline,
        "cluster": cluster,
        "incomplete": found.incomplete,
        "conf_level": conf_level,
        **found.counts,
        **({} if found.by_cluster is None else {"n_clusters": found.by_cluster.n_clusters}),
        "n_patterns": cells.n_patterns,
        **found.silent,
    }
    n = found.counts["n"]
    return DiscreteHazard(
        parameter_table(model, by_model, counts, (*terms, *design.names), conf_level=conf_level, n=n),
        provenance={**found.provenance, **made},
        model=model,
        design=replace(design, columns=design.columns[:0], kept=design.kept[:0]),
        causes=causes,
        counts=counts,
        log_likelihood=unit * float(sum(fit.log_likelihood for fit in fits)),
        time_unit=found.time_unit,
    )


def _check(link: str, missing: str, conf_level: float) -> None:
    check_conf_level(conf_level)
    if link not in get_args(Link):
        raise InvalidArgumentError("link", "'cloglog' or 'logit'", repr(link), "choose one")
    if missing not in {"refuse", "drop"}:
        raise InvalidArgumentError("missing", "'refuse' or 'drop'", repr(missing), "pass one of the two")


def _settled(
    cells: Cells, coordinates: Coordinates, link: Link, design: DesignMatrix, causes: tuple[str, ...]
) -> list[HazardFit]:
    """Return one fit a cause, or refuse one that did not settle."""
    fits = [fit_hazard(cells, code, coordinates, link) for code in range(len(causes))]
    for cause, fit in zip(causes, fits, strict=True):
        if not fit.converged:
            own = (coordinates.back @ fit.parameters)[coordinates.baseline.shape[1] :]
            refuse_divergence(own * design.columns.std(axis=0), design, cause)
    return fits


def _as_asked(covariance: Floats, coordinates: Coordinates) -> Floats:
    """Return a covariance of all causes' parameters in the columns asked for."""
    back = np.kron(np.eye(len(covariance) // len(coordinates.back)), coordinates.back)
    return np.asarray(back @ covariance @ back.T)


def _counts(cells: Cells, causes: tuple[str, ...], ends: Floats, unit: float) -> pd.DataFrame:
    n_risk, n_event = (unit * total for total in period_totals(cells))
    return pd.DataFrame(
        {
            "cause": pd.Categorical(np.repeat(list(causes), len(ends)), list(causes)),
            "time": np.tile(ends, len(causes)),
            "n_risk": np.tile(n_risk, len(causes)),
            "n_event": n_event.ravel(),
        }
    )
