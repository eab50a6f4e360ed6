"""Of the people in post today, how many leave in each of the next years."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, RiskSetWarning
from workforce_metrics.groups import group_codes, observed_pairs
from workforce_metrics.provenance import DATA_FRAME, made_from, united_inputs
from workforce_metrics.results import Result, check_conf_level, grouping_columns
from workforce_metrics.survival.calendar import units_per_year
from workforce_metrics.survival.cause_specific.result import CauseSpecificModel
from workforce_metrics.survival.count_interval import count_interval
from workforce_metrics.survival.cox.result import CoxModel
from workforce_metrics.survival.discrete_hazard.patterns import find_patterns
from workforce_metrics.survival.discrete_hazard.result import DiscreteHazard
from workforce_metrics.survival.risk_predictor import Predictor, coded, people_of, predictor_of
from workforce_metrics.survival.risk_sums import Coded, Spans
from workforce_metrics.survival.ties import TIE_TOLERANCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LeavingForecast", "forecast_leaving"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
IN_YEAR, BY_YEAR = "in the year", "by its end"
YEAR_AHEAD = "year ahead"
LONGEST = 50


@dataclass(frozen=True, repr=False, eq=False)
class LeavingForecast(Result):
    """How many people will leave; `forecast_leaving` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group, year ahead (`time`: 1, 2, ...), cause (where there are several; "any cause" last) and `term`:
        leaving "in the year" or, from today on, "by its end". `estimate` is the expected number, `std_error` what the
        model's estimation adds to its uncertainty; `conf_low` and `conf_high` are the prediction interval of the number
        itself. `n` people in post, `n_missing` of them with a chance that the model does not reach.
    by, provenance
        See `Result`.
    """

    _title: ClassVar[str] = "Forecast of leaving"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the number leaving by any cause in each year, with its prediction interval."""
        from workforce_metrics.plotting.dots import draw_estimates

        shown = self.table[self.table["term"] == IN_YEAR]
        if "cause" in shown:
            shown = shown[shown["cause"] == shown["cause"].cat.categories[-1]]
        labels: dict[str, Any] = {YEAR_AHEAD: shown["time"].map("year {:g}".format), "indicator": "people leaving"}
        return draw_estimates(
            shown.drop(columns=["term", "time"]).assign(**labels),
            by=(*self.by, YEAR_AHEAD),
            ax=ax,
            order="group",
            title="How many of the people in post leave in each year",
            caption=self.caption.replace("confidence", "prediction"),
        )


def forecast_leaving(
    model: CoxModel | CauseSpecificModel | DiscreteHazard,
    people: Any,
    *,
    served: str,
    years: int = 5,
    by: str | Sequence[str] | None = None,
    conf_level: float = 0.95,
) -> LeavingForecast:
    """Forecast how many of the people in post today leave in each of the next years, by cause and group.

    For planning how many to train and recruit. Nobody who joins later is counted.

    Parameters
    ----------
    model : CoxModel, CauseSpecificModel or DiscreteHazard
        By cause, where it is of several causes; a Cox model speaks of any cause.
    people : data frame
        One row a person in post today, with the covariates of the model; any frame that Narwhals reads.
    served : str
        Column of the time that each has served, from 0, in the unit of the model.
    years : int
        How many years ahead.
    by : str or sequence of str, optional
        Columns to group by; a missing value is a group of its own.
    conf_level : float
        Of the prediction intervals, in (0, 1).

    Returns
    -------
    LeavingForecast

    Raises
    ------
    InvalidArgumentError, MissingColumnError, InvalidDataError
        If an argument is not what it must be, a column is not there, a covariate or time served is missing, or a level
        is one that the model has not seen.

    Warns
    -----
    RiskSetWarning
        If the model does not reach as far as some have served and will have: the figures of their groups are missing.

    Notes
    -----
    Person i, there after s_i, leaves by cause c in year k with the probability
    ``(F_c(s_i + k) - F_c(s_i + k - 1)) / (1 - F(s_i))``, F the cumulative incidence of somebody with the same
    covariates. Their sum is the expected number. The interval joins the spread of a count, ``sum p (1 - p)``, to the
    uncertainty of the model (delta method; robust if the model's is); see `count_interval`. People are taken to leave
    independently, at the model's rates: a change of those is not in the interval. Where nobody of a stratum of Cox
    models left in a span, they forecast 0 without width. Cost grows with distinct pairs of covariate pattern and time
    served: give times served in whole months where people are many.

    References
    ----------
    Bartholomew DJ, Forbes AF, McClean SI (1991). Statistical Techniques for Manpower Planning, 2nd ed.

    Examples
    --------
    >>> import pandas as pd
    >>> from workforce_metrics.survival.cohort import Cohort
    >>> from workforce_metrics.survival.discrete_hazard import discrete_hazard
    >>> staff = pd.DataFrame({"year": [1] * 20 + [2] * 40 + [3] * 40, "left": [True] * 60 + [False] * 40})
    >>> model = discrete_hazard(Cohort.from_frame(staff, duration="year", event="left", time_unit="years"), "1",
    ...                         interval=[1, 2])
    >>> in_post = pd.DataFrame({"served": [0] * 10 + [1] * 10})
    >>> found = forecast_leaving(model, in_post, served="served", years=1).frame
    >>> found.loc[:0, ["time", "term", "estimate", "conf_low", "conf_high", "n"]]  # 10 x 0.2 + 10 x 0.5
       time         term  estimate  conf_low  conf_high   n
    0     1  in the year       7.0       3.0       11.0  20
    """
    check_conf_level(conf_level)
    if isinstance(years, bool) or not isinstance(years, int | np.integer) or not 1 <= years <= LONGEST:
        raise InvalidArgumentError("years", f"a whole number from 1 to {LONGEST}", repr(years), "write years=5")
    predictor, names = predictor_of(model), grouping_columns(by)
    frame = people_of(people, (*predictor.columns, served), grouping=names)
    frame[served] = _times_served(frame[served], served)
    groups = group_codes(frame, names, missing="a group")
    patterns, served_times = find_patterns(frame, list(predictor.columns)), find_patterns(frame, [served])
    who, pattern, when = observed_pairs(patterns.codes, served_times.codes, len(served_times.rows))
    pair, group, of_who = observed_pairs(groups.codes, who, len(pattern))
    n_people = np.bincount(pair).astype(float)
    people_coded = coded(predictor, frame.iloc[patterns.rows].reset_index(drop=True))
    start = frame[served].to_numpy(dtype=float)[served_times.rows][when[of_who]]
    parts = []
    for code, (first, end) in enumerate(pairwise(np.searchsorted(group, np.arange(len(groups) + 1)))):
        kinds, of_kind = np.unique(pattern[of_who[first:end]], return_inverse=True)
        own = slice(first, end)
        made = _of_group(predictor, people_coded.take(kinds), of_kind, start[own], n_people[own], years=int(years))
        parts.append(made.assign(group=code))
    table = _tidy(pd.concat(parts, ignore_index=True), groups.labels, predictor, conf_level)
    inputs = united_inputs([model.provenance, made_from(DATA_FRAME, len(frame))])
    asked = {"served": served, "years": int(years), "conf_level": conf_level, "n_in_post": len(frame)}
    return LeavingForecast(table, names, {**model.provenance, **inputs, "time_unit": predictor.time_unit, **asked})


def _times_served(column: pd.Series[Any], name: str) -> Floats:
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        raise InvalidDataError(
            name, "times served as numbers", f"a column of type {column.dtype}", "subtract the date of joining"
        )
    values = column.to_numpy(dtype=float, na_value=np.nan)
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        raise InvalidDataError(
            name, "times served, from 0", f"{int(bad.sum()):,} others", "correct them or leave those rows out"
        )
    return np.asarray(values)


def _of_group(
    predictor: Predictor, patterns: Coded, pattern: Ints, served: Floats, n_people: Floats, *, years: int
) -> pd.DataFrame:
    """Return sums of one group: a row a year, outcome and term, with their codes."""
    year, rows = units_per_year(predictor.time_unit), []
    chance: Floats = np.zeros((len(predictor.outcomes), len(served)))
    effect: Floats = np.zeros((len(predictor.outcomes), 1))
    for ahead in range(1, years + 1):
        to = served + ahead * year
        beyond = float(n_people[to > patterns.last[pattern] * (1 + TIE_TOLERANCE)].sum())
        made = predictor.sums(patterns, Spans(pattern, n_people, served, to))
        terms = ((made.chance - chance, made.effect - effect), (made.chance, made.effect))
        for part, (p, moves) in enumerate(terms):
            numbers = np.array([p @ n_people, (p * (1 - p)) @ n_people, np.sqrt((moves**2).sum(axis=1))])
            numbers = numbers * (np.nan if beyond else 1.0)
            for outcome, own in enumerate(numbers.T):
                rows.append((ahead, outcome, part, *own, n_people.sum(), beyond))
        chance, effect = made.chance, made.effect
    names = ["time", "outcome", "part", "estimate", "spread", "std_error", "n", "n_missing"]
    return pd.DataFrame(rows, columns=names)


def _tidy(rows: pd.DataFrame, labels: pd.DataFrame, predictor: Predictor, conf_level: float) -> pd.DataFrame:
    rows = rows.sort_values(["group", "time", "outcome", "part"], kind="stable", ignore_index=True)
    _warn_of_unknown(rows)
    mean, spread, error = (rows[name].to_numpy() for name in ("estimate", "spread", "std_error"))
    low, high = count_interval(mean, spread, error, conf_level=conf_level)
    columns: dict[str, Any] = {"time": rows["time"]}
    outcomes = list(predictor.outcomes)
    if len(outcomes) > 1:
        columns["cause"] = pd.Categorical([outcomes[code] for code in rows["outcome"]], outcomes)
    columns |= {"term": np.where(rows["part"] == 0, IN_YEAR, BY_YEAR), "estimate": mean, "std_error": error}
    columns |= {"conf_low": low, "conf_high": high}
    counts = rows[["n", "n_missing"]].astype(np.int64)
    groups = labels.take(rows["group"].to_numpy()).reset_index(drop=True)
    return groups.assign(**columns).join(counts)


def _warn_of_unknown(rows: pd.DataFrame) -> None:
    last = rows[(rows["time"] == rows["time"].max()) & (rows["part"] == 0) & (rows["outcome"] == 0)]
    n = int(last["n_missing"].sum())
    if n:
        warnings.warn(
            f"the model does not reach as far as {n:,} people will have served by the last year; the figures of their"
            " groups are missing from the first year that it does not reach: follow for longer or forecast fewer years",
            RiskSetWarning,
            stacklevel=4,
        )
