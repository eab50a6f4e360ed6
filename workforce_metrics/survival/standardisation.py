"""The risk of leaving by organisation, or route, as if all had the same mix of people."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, RiskSetWarning
from workforce_metrics.groups import Groups, group_codes
from workforce_metrics.provenance import provenance_of, united_inputs
from workforce_metrics.results import Result, check_conf_level, grouping_columns, normal_quantile
from workforce_metrics.survival.calendar import units_per_year
from workforce_metrics.survival.cause_specific.result import CauseSpecificModel
from workforce_metrics.survival.cohort import Cohort, checked_weights
from workforce_metrics.survival.cox.result import CoxModel
from workforce_metrics.survival.discrete_hazard.patterns import find_patterns
from workforce_metrics.survival.discrete_hazard.result import DiscreteHazard
from workforce_metrics.survival.intervals import survival_interval
from workforce_metrics.survival.mix_averages import averages_by_level
from workforce_metrics.survival.risk_predictor import HazardPredictor, Predictor, people_of, predictor_of
from workforce_metrics.survival.ties import TIE_TOLERANCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["StandardisedRisk", "standardised_risk"]

Floats = npt.NDArray[np.float64]
DEFAULT_YEARS = 5
RISK, DIFFERENCE, RATIO = "risk", "risk difference", "risk ratio"


@dataclass(frozen=True, repr=False, eq=False)
class StandardisedRisk(Result):
    """Risks of leaving over one mix of people; `standardised_risk` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a level, time, cause (where there are several; "any cause" last) and `term`: "risk", and with a
        reference "risk difference" and "risk ratio" against it. `estimate`, `std_error`, `conf_low`,
        `conf_high`, `n` people in the mix.
    by, provenance
        See `Result`.
    """

    _title: ClassVar[str] = "Standardised risk"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each level's risk with its interval, at the last time and by any cause."""
        from workforce_metrics.plotting.dots import draw_estimates

        shown = self.table[(self.table["term"] == RISK) & (self.table["time"] == self.table["time"].max())]
        if "cause" in shown:
            shown = shown[shown["cause"] == shown["cause"].cat.categories[-1]]
        return draw_estimates(
            shown.drop(columns="term").assign(indicator="left"),
            by=self.by,
            ax=ax,
            percent=True,
            title=f"Leaving by {shown['time'].max():g} {self.provenance['time_unit']} with the same mix of people",
            caption=self.caption,
        )


def standardised_risk(
    model: CoxModel | CauseSpecificModel | DiscreteHazard,
    people: Any,
    *,
    over: str = "organisation",
    at: float | Sequence[float] | None = None,
    weight: str | None = None,
    reference: object = None,
    conf_level: float = 0.95,
) -> StandardisedRisk:
    """Predict everybody's risk of leaving at each level of a covariate, and average it over the same people.

    For comparing organisations or routes that differ in whom they employ: each is given the mix of all. Standardisation
    to a model, also called the g-formula.

    Parameters
    ----------
    model : CoxModel, CauseSpecificModel or DiscreteHazard
        With `over` in its formula (or among its strata). Delayed entry and competing causes are as it took them: by
        cause, the figures are cumulative incidences, all causes being at work, from `cause_specific` or from a
        `discrete_hazard` of several causes; a Cox model speaks of any cause.
    people : Cohort or data frame
        The mix: whoever the model was fitted on, or others, with the covariates of the model. The levels of `over` that
        occur among them are compared. A cohort's weights are taken.
    over : str
        Covariate by which to compare.
    at : float or sequence of float, optional
        Times since joining in the unit of the model; five years unless said.
    weight : str, optional
        Column of weights in the mix, not negative; in place of a cohort's own.
    reference : object, optional
        The level against which differences and ratios are taken; none unless said.
    conf_level : float
        In (0, 1).

    Returns
    -------
    StandardisedRisk

    Raises
    ------
    InvalidArgumentError
        If the model does not hold `over`, `reference` is no level, or a time is beyond the model's last interval.
    MissingColumnError, InvalidDataError
        If a covariate is not there, missing in some row, or has a level that the model has not seen.

    Warns
    -----
    RiskSetWarning
        If a stratum of Cox models was not followed to one of the times (the risks that need it are missing), or a risk
        is 0 because nobody of a stratum left by then (its interval and ratios to it are missing).

    Notes
    -----
    ``R_a(t) = sum_i w_i P(T <= t | a, x_i) / sum_i w_i`` over all people i, whatever level they are at. Standard
    errors by the delta method from the covariance of the model (robust if the model's is), with the variance of the
    baselines of Cox models; from robust models of all causes by the infinitesimal jackknife, as `predict_incidence`
    has them. Levels are correlated, and differences and ratios take that in. The mix is taken as given:
    its own sampling error is not counted. Intervals are symmetric for ``log(-log(1 - R))``, the difference and the
    logarithm of the ratio. Levels and people between whom nobody was observed rest on the model alone. Cost grows with
    distinct covariate patterns times levels (and, by cause, times distinct leaving times), not with people.

    References
    ----------
    Robins J (1986). Math Model 7:1393-1512. doi:10.1016/0270-0255(86)90088-6
    Makuch RW (1982). J Chronic Dis 35:637-638. doi:10.1016/0021-9681(82)90131-7

    Examples
    --------
    >>> import pandas as pd
    >>> from workforce_metrics.survival.cohort import Cohort
    >>> from workforce_metrics.survival.discrete_hazard import discrete_hazard
    >>> staff = pd.DataFrame({"year": [1, 2, 2, 1, 1, 2], "left": [True, True, False, True, False, True],
    ...                       "route": ["home"] * 3 + ["abroad"] * 3})
    >>> cohort = Cohort.from_frame(staff, duration="year", event="left", time_unit="years")
    >>> model = discrete_hazard(cohort, "route", link="logit")
    >>> found = standardised_risk(model, cohort, over="route", at=2, reference="home")
    >>> found.frame[["route", "term", "estimate"]].round(3).to_dict("list")
    {'route': ['abroad', 'abroad', 'abroad', 'home', 'home', 'home'], \
'term': ['risk', 'risk difference', 'risk ratio', 'risk', 'risk difference', 'risk ratio'], \
'estimate': [0.862, 0.148, 1.207, 0.715, 0.0, 1.0]}
    """
    check_conf_level(conf_level)
    predictor, by = predictor_of(model), grouping_columns(over)
    times = _times(predictor, at)
    if over not in predictor.columns:
        raise InvalidArgumentError("over", "a covariate of the model", repr(over), "fit the model with it")
    frame = people_of(people, (*predictor.columns, over))
    mass = _weights(people, weight, len(frame))
    levels = group_codes(frame, by, missing="no group")
    base = _reference_code(levels, over, reference)
    others = [name for name in predictor.columns if name != over]
    patterns = find_patterns(frame, others)
    mix = np.bincount(patterns.codes, mass / mass.sum(), len(patterns.rows)).astype(np.float64)
    rows = frame.iloc[patterns.rows[mix > 0]].reset_index(drop=True)
    tables = []
    for time in times:
        numbers = averages_by_level(predictor, rows, levels.labels[over], mix[mix > 0], time=time, base=base)
        tables.append(_table(numbers, base, conf_level).assign(time=time))
    _warn_of_unknown(tables)
    table = _tidy(pd.concat(tables, ignore_index=True), levels, predictor, n=len(frame))
    inputs = united_inputs([model.provenance, provenance_of(people, len(frame))])
    asked = {"over": over, "reference": reference, "weight": weight, "n_patterns": len(rows), "conf_level": conf_level}
    return StandardisedRisk(table, by, {**model.provenance, **inputs, "time_unit": predictor.time_unit, **asked})


def _times(predictor: Predictor, at: float | Sequence[float] | None) -> Floats:
    five_years = DEFAULT_YEARS * units_per_year(predictor.time_unit)
    times = np.atleast_1d(np.asarray(five_years if at is None else at, dtype=float))
    if not (len(times) and np.isfinite(times).all() and (times > 0).all()):
        raise InvalidArgumentError("at", "times above 0", repr(at), "write at=5, or a list of times")
    if isinstance(predictor, HazardPredictor):
        last = float(predictor.model.model.ends[-1])
        if times.max() > last * (1 + TIE_TOLERANCE):
            raise InvalidArgumentError(
                "at",
                f"times up to the end of the last interval, {last:g} {predictor.time_unit}",
                f"{times.max():g}",
                "ask for an earlier time, or fit with more intervals",
            )
    return times


def _weights(people: Any, weight: str | None, n: int) -> Floats:
    if weight is not None:
        values = checked_weights(people_of(people, (weight,))[weight], weight)
    elif isinstance(people, Cohort) and people.weight is not None:
        values = people.weight
    else:
        values = np.ones(n)
    if not values.sum() > 0:
        raise InvalidDataError("weight", "somebody with a weight above 0", "nobody", "check the weights")
    return np.asarray(values, dtype=float)


def _reference_code(levels: Groups, over: str, reference: object) -> int | None:
    if reference is None:
        return None
    there = list(levels.labels[over])
    if reference not in there:
        raise InvalidArgumentError(
            "reference", f"a level of {over} that occurs", "another", "give it as it stands in the data, text as text"
        )
    return there.index(reference)


def _table(numbers: Floats, base: int | None, conf_level: float) -> pd.DataFrame:
    """Return risks, and differences and ratios to the level `base`, with `level` and `outcome` as codes."""
    risk, error, gap_error, log_error = numbers
    of_log = np.divide(error, 1 - risk, out=np.full_like(error, np.nan), where=risk < 1)
    low, high = survival_interval(1 - risk, of_log, conf_type="log-log", conf_level=conf_level)
    parts = [(RISK, risk, error, 1 - high, 1 - low)]
    if base is not None:
        z, gap = normal_quantile(conf_level), risk - risk[base]
        parts.append((DIFFERENCE, gap, gap_error, gap - z * gap_error, gap + z * gap_error))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((risk > 0) & (risk[base] > 0), risk / risk[base], np.nan)
        with np.errstate(over="ignore"):  # an upper limit beyond all numbers is infinite
            width = np.exp(z * log_error)
        parts.append((RATIO, ratio, ratio * log_error, ratio / width, ratio * width))
    level, outcome = (codes.ravel() for codes in np.indices(risk.shape))
    names = ("estimate", "std_error", "conf_low", "conf_high")
    return pd.concat(
        [
            pd.DataFrame({"level": level, "outcome": outcome, "part": part, "term": term}).assign(
                **{name: values.ravel() for name, values in zip(names, numbers, strict=True)}
            )
            for part, (term, *numbers) in enumerate(parts)
        ]
    )


def _tidy(rows: pd.DataFrame, levels: Groups, predictor: Predictor, *, n: int) -> pd.DataFrame:
    rows = rows.sort_values(["level", "time", "outcome", "part"], kind="stable", ignore_index=True)
    labels = levels.labels.take(rows["level"].to_numpy()).reset_index(drop=True)
    columns: dict[str, Any] = {"time": rows["time"]}
    outcomes = list(predictor.outcomes)
    if len(outcomes) > 1:
        columns["cause"] = pd.Categorical([outcomes[code] for code in rows["outcome"]], outcomes)
    shown = rows[["term", "estimate", "std_error", "conf_low", "conf_high"]]
    return labels.assign(**columns).join(shown).assign(n=n)


def _warn_of_unknown(tables: Sequence[pd.DataFrame]) -> None:
    risks = pd.concat([table.loc[table["term"] == RISK, "estimate"] for table in tables])
    n, n_none = int(risks.isna().sum()), int((risks <= 0).sum())
    if n:
        warnings.warn(
            f"{n:,} standardised risk(s) need times to which nobody of a stratum was followed and are missing;"
            " ask for earlier times",
            RiskSetWarning,
            stacklevel=3,
        )
    if n_none:
        warnings.warn(
            f"{n_none:,} standardised risk(s) are 0 because nobody left by then, and have no interval and no ratio;"
            " ask for later times or merge levels",
            RiskSetWarning,
            stacklevel=3,
        )
