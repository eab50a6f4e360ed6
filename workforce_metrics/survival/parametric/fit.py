"""Parametric models of time to leaving, fitted on distinct spells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.results import check_conf_level
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.parametric.hazards import Baseline, Distribution
from workforce_metrics.survival.parametric.likelihood import sandwich_covariance
from workforce_metrics.survival.parametric.prediction import FittedDistribution
from workforce_metrics.survival.parametric.result import ParametricModel, parameter_table
from workforce_metrics.survival.parametric.sample import SpellSample, spell_sample
from workforce_metrics.survival.parametric.search import find_maximum
from workforce_metrics.survival.parametric.spline import chosen_knots, least_rise

__all__ = ["parametric"]

Floats = npt.NDArray[np.float64]


def parametric(
    cohort: Cohort,
    formula: str = "1",
    *,
    distribution: Distribution = "weibull",
    df: int | None = None,
    knots: Sequence[float] | None = None,
    cluster: str | None = None,
    missing: Literal["refuse", "drop"] = "refuse",
    conf_level: float = 0.95,
) -> ParametricModel:
    """Model the time to leaving by a distribution, for smooth risks and risks beyond the end of follow-up.

    Parameters
    ----------
    cohort : Cohort
        With delayed entry and case weights where there are any. Causes are taken together. Start-stop rows with
        covariates that change with time: fine for the exponential, Weibull and spline models; in the log-normal and
        log-logistic ones a change of covariates then counts as if it had always been so.
    formula : str
        The covariates in the language of `formulaic`: ``"age_band + route"``; ``"1"`` for none.
    distribution : {"exponential", "weibull", "log-normal", "log-logistic", "spline"}
        The first four are accelerated failure time models: coefficients are logarithms of time ratios. The spline is
        Royston and Parmar's proportional-hazards model: coefficients are log hazard ratios, and the logarithm of the
        cumulative hazard is a restricted cubic spline of log time.
    df : int, optional
        How many parameters bend the spline, from 2; 3 unless said. Only for the spline.
    knots : sequence of float, optional
        Times between which the spline bends, those at the ends included, in the cohort's unit. Unless given: the first
        and last leaving and quantiles of the times of leaving. Only for the spline.
    cluster : str, optional
        Covariate whose rows are not independent (an organisation; each person, where weights are sampling weights):
        standard errors are then cluster-robust.
    missing : {"refuse", "drop"}
        What to do with spells whose covariates are missing; those dropped are counted in the provenance.
    conf_level : float
        In (0, 1).

    Returns
    -------
    ParametricModel

    Raises
    ------
    MissingColumnError, InvalidArgumentError
        If a column is not there or an argument is not what it must be.
    InvalidDataError
        If covariates are missing, nobody leaves or somebody leaves at time 0, an estimate is not finite, or the hazard
        of a spline is not positive throughout; the message names the column and level.

    Notes
    -----
    Maximises ``sum w (event log h(t) - H(t) + H(entry))``. Identical spells are one row with their summed weight: cost
    grows with distinct (covariates, entry, duration, event), and no time is rounded. lifelines searches on
    standardised columns and times, and our scores settle the last digits.
    AFT models are written ``log T = x b + scale W`` as in R's ``survreg``: ``log(scale)`` is minus the logarithm of a
    Weibull or log-logistic shape, and the sigma of a log-normal. Log-likelihoods are of times in the cohort's unit.

    References
    ----------
    Kalbfleisch JD, Prentice RL (2002). The Statistical Analysis of Failure Time Data. doi:10.1002/9781118032985
    Royston P, Parmar MKB (2002). Stat Med 21:2175-2197. doi:10.1002/sim.1203
    Davidson-Pilon C (2019). J Open Source Softw 4(40):1317. doi:10.21105/joss.01317

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"month": [2, 3, 5, 5, 8, 9], "left": [True, True, True, False, True, True],
    ...                       "route": ["home", "away", "away", "home", "home", "away"]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months")
    >>> model = wm.parametric(cohort, "route")
    >>> model.frame[["term", "estimate", "std_error"]].round(3).to_dict("list")
    {'term': ['Intercept', 'route[T.home]', 'log(scale)'], 'estimate': [1.844, 0.074, -0.819],
     'std_error': [0.262, 0.407, 0.363]}
    >>> model.predict_risk(pd.DataFrame({"route": ["home"]}), at=6)["estimate"].round(3).tolist()
    [0.528]
    """
    _check(distribution, df=df, knots=knots, missing=missing)
    check_conf_level(conf_level)
    sample = spell_sample(cohort, formula, cluster=cluster, missing=missing)
    baseline = _baseline(sample, distribution, df, knots, cohort.time_unit)
    rows, design = sample.rows, sample.design
    found = find_maximum(rows, baseline, [design.describe(column) for column in range(len(design.names))])
    _refuse_falling_spline(baseline, found.parameters)
    robust = found.covariance
    if sample.cluster is not None:
        robust = sandwich_covariance(found.covariance, found.scores, sample, sample.cluster)
    model = FittedDistribution(baseline, sample.scaling, found.parameters, robust, found.covariance)
    in_unit = found.log_likelihood - sample.scaling.log_unit * float(rows.weight @ rows.event)
    bends = len(baseline.shapes) if distribution == "spline" else None
    asked = {"formula": formula, "distribution": distribution, "df": bends, "cluster": cluster}
    terms = ("Intercept", *design.names, *baseline.shapes)
    return ParametricModel(
        parameter_table(model, terms, conf_level=conf_level, robust=cluster is not None).assign(
            n=sample.counts["n"], n_event=sample.n_event
        ),
        provenance={**cohort.provenance, **asked, "conf_level": conf_level, **sample.counts},
        model=model,
        design=design,
        log_likelihood=in_unit,
        weight_sum=float(rows.weight.sum()),
        followed=sample.followed,
        time_unit=cohort.time_unit,
    )


def _check(distribution: str, *, df: int | None, knots: Sequence[float] | None, missing: str) -> None:
    known = get_args(Distribution)
    if distribution not in known:
        raise InvalidArgumentError("distribution", f"one of {', '.join(known)}", repr(distribution), "choose one")
    if missing not in {"refuse", "drop"}:
        raise InvalidArgumentError("missing", "'refuse' or 'drop'", repr(missing), "pass one of the two")
    if distribution != "spline" and not (df is None and knots is None):
        name = "df" if df is not None else "knots"
        raise InvalidArgumentError(
            name, "None but for the spline", f"one for {distribution!r}", "leave it out, or write distribution='spline'"
        )


def _baseline(
    sample: SpellSample, distribution: Distribution, df: int | None, knots: Sequence[float] | None, time_unit: str
) -> Baseline:
    """Return the distribution with its knots; refuse spells that cannot tell its shape."""
    rows = sample.rows
    left = rows.event
    different = len(np.unique(rows.log_time[left]))
    if len(rows.weight) < 2 or (different < 2 and distribution != "exponential"):
        raise InvalidDataError(
            "cohort", "leavings at different times", "all at one time", "use kaplan_meier or discrete_hazard"
        )
    if distribution != "spline":
        return Baseline(distribution, np.empty(0))
    log_unit = sample.scaling.log_unit
    time = np.exp(rows.log_time[left] + log_unit)
    return Baseline(
        distribution, chosen_knots(time, rows.weight[left], df=df, knots=knots, time_unit=time_unit) - log_unit
    )


def _refuse_falling_spline(baseline: Baseline, parameters: Floats) -> None:
    """Refuse a cumulative hazard that falls somewhere between the times of leaving."""
    if baseline.distribution == "spline" and least_rise(baseline.knots, parameters[-len(baseline.shapes) :]) <= 0:
        raise InvalidDataError(
            "df",
            "a hazard that is positive throughout",
            "a spline that falls somewhere",
            "take a smaller df, or other knots",
        )
