"""The risk of leaving if the rates of one period held: what recent rates mean, without waiting five years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.extracts import Register
from workforce_metrics.results import Result, check_conf_level, grouping_columns
from workforce_metrics.survival.build_cohort import build_cohort, check_whole_years, require_register
from workforce_metrics.survival.cohort_columns import ANY_CAUSE
from workforce_metrics.survival.intervals import ConfType
from workforce_metrics.survival.leaving_within import leaving_within

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from workforce_metrics.survival.joining_years import JoiningYears

__all__ = ["Day", "Period", "PeriodRisk", "days_of", "observed_between", "period_label", "period_risk"]

Day = str | date
"""A day: an ISO text ("2024-04-01") or a date; other orders are refused."""

Period = int | tuple[Day, Day]
"""A calendar year, or its first and last day, both of them in it."""

PERIOD = "period"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, repr=False, eq=False)
class PeriodRisk(Result):
    """Risk of leaving if a period's rates held, by period and group; `period_risk` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns: `period` ("2024", "2024/25" from April to March, else "2024-07-01 to 2024-12-31"), the groups, `time`
        (the horizon in years), `cause` (where causes were given; "any cause" last), `estimate`, `std_error`,
        `conf_low`, `conf_high`, `n` (people at risk at some time of the period), `n_event` and `n_censor` in it,
        `n_risk` at risk at the horizon.
    by, provenance
        See `Result`; `by` begins with "period".
    """

    _title: ClassVar[str] = "Period risk"

    def plot(self, ax: Axes | None = None, *, against: JoiningYears | None = None) -> Axes:
        """Draw the risk of each period (and cause), and beside it, with `against`, that of the joining years."""
        from workforce_metrics.plotting.periods import draw_periods

        years, frame = float(str(self.provenance["horizon_years"])), self.frame
        if against is not None and "cause" in frame:
            frame = frame[frame["cause"] == ANY_CAUSE].drop(columns="cause")
        drawn = [frame.rename(columns={PERIOD: "year"}).assign(term=PERIOD)]
        if against is not None:
            if against.by[1:] != self.by[1:]:
                raise InvalidArgumentError("against", "joining years by the same groups", "others", "group both alike")
            cohorts = against.frame
            drawn.append(cohorts[cohorts["time"] == years].rename(columns={against.by[0]: "year"}))
        return draw_periods(
            pd.concat(drawn, ignore_index=True),
            by=(*self.by[1:], "cause") if "cause" in frame else self.by[1:],
            ax=ax,
            ylabel=f"Left within {years:g} years",
            title=f"Leaving within {years:g} years: by period" + ("" if against is None else " and by joining year"),
            caption=self.caption,
        )


def period_risk(
    register: Register,
    *,
    periods: Sequence[Period],
    horizon_years: int = 5,
    by: str | Sequence[str] | None = None,
    causes: Mapping[str, str | None] | None = None,
    conf_type: ConfType = "log-log",
    conf_level: float = 0.95,
) -> PeriodRisk:
    """Estimate the risk of leaving within `horizon_years` of joining if the rates of each period held.

    A cohort's five-year risk is known five years after it joined. A period's is known at its end: it is the risk of
    people who would meet, in each year since joining, the rates at which those of the same standing left in the period.
    Like life expectancy, it describes the period and foretells nobody's future.

    Parameters
    ----------
    register : Register
        Spells under one definition of leaving.
    periods : sequence of int or (first day, last day)
        A whole number is a calendar year. Both days are in the period; ISO texts or dates, within the observation
        window. Periods may overlap; their estimates are then not independent.
    horizon_years : int
        Whole years from joining, by calendar anniversaries as in `build_cohort`.
    by : str or sequence of str, optional
        Columns of the register to group by.
    causes : mapping of str to (str or None), optional
        Reason to cause, as in `build_cohort`: the risk by each cause, and by any. None = all leavings together.
    conf_type : {"log-log", "log", "plain", "logit", "arcsine"}
        The scale of the interval.
    conf_level : float
        In (0, 1).

    Returns
    -------
    PeriodRisk
        One row a period and group (and cause), in the order of the periods' first days.

    Raises
    ------
    InvalidArgumentError, MissingColumnError, InvalidDataError
        If a period is none, is given twice or reaches out of the observation window, the horizon is not whole years
        from 1, a grouping column is not there or is called "period", or nobody was at risk in a period.

    Warns
    -----
    RiskSetWarning
        If nobody of a group was at risk up to the horizon in the period (its estimate is missing), or a risk set
        emptied.

    Notes
    -----
    Every spell gives the part of it that lies in the period: on the clock since joining it is at risk from the day
    before the period's first to its last day, its own end or the anniversary. One minus the Kaplan-Meier estimate of
    these parts is the risk, with Greenwood's variance; by causes, it is as `leaving_within` says. A leaving on
    `observed_from` itself would not have been seen:
    where a period begins on that day, the day is not in it.

    References
    ----------
    Brenner H, Gefeller O (1997). Deriving more up-to-date estimates of long-term patient survival. J Clin Epidemiol
    50:211-216. doi:10.1016/S0895-4356(97)00280-1

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> rows = pd.DataFrame({"PIN": list("abcd"), "on": ["2019-06-01", "2019-09-01", "2021-01-10", "2021-03-01"],
    ...                      "off": ["2021-04-01", None, "2021-07-01", None]})
    >>> register = wm.read_register(rows, columns={"person_id": "PIN", "joined": "on", "left": "off"},
    ...     observed_from=None, observed_to="2022-12-31", date_formats=["%Y-%m-%d"], definition="left the register")
    >>> period_risk(register, periods=[2021], horizon_years=2).frame[["period", "estimate", "n", "n_event"]]
      period  estimate  n  n_event
    0   2021      0.75  4      2.0
    """
    require_register(register)
    check_whole_years(horizon_years, "horizon_years")
    check_conf_level(conf_level)
    keys = grouping_columns(by)
    if PERIOD in keys:
        raise InvalidArgumentError("by", f"columns not called {PERIOD!r}", f"{PERIOD!r}", "rename that column")
    tables = []
    for first, last in days_of(periods, register):
        own = observed_between(register, first, last)
        cohort = build_cohort(own, horizon_years=horizon_years, causes=causes)
        risk = leaving_within(
            cohort,
            by=keys,
            causes="together" if causes is None else "apart",
            conf_type=conf_type,
            conf_level=conf_level,
        ).frame
        risk.insert(0, PERIOD, period_label(first, last))
        tables.append(risk)
    made = {**register.provenance, "horizon_years": horizon_years, "periods": len(tables)}
    made |= {"conf_type": conf_type, "conf_level": conf_level}
    return PeriodRisk(pd.concat(tables, ignore_index=True), (PERIOD, *keys), made)


def period_label(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Return what a period is called: its year where it is one, of the calendar or from April to March.

    Examples
    --------
    >>> period_label(pd.Timestamp("2024-04-01"), pd.Timestamp("2025-03-31"))
    '2024/25'
    """
    if last + ONE_DAY == first + pd.DateOffset(years=1) and first.day == 1:
        if first.month == 1:
            return f"{first.year}"
        if first.month == 4:
            return f"{first.year}/{last.year % 100:02d}"
    return f"{first.date()} to {last.date()}"


def days_of(periods: Sequence[Period], register: Register) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the first and last day of each period, in order, if they are periods within the window."""
    if isinstance(periods, (str, int)) or not len(periods):
        raise InvalidArgumentError("periods", "a list of periods", repr(periods), 'e.g. [("2024-04-01", "2025-03-31")]')
    found = sorted(_first_and_last(period) for period in periods)
    if len(set(found)) < len(found):
        raise InvalidArgumentError("periods", "each period once", "one twice", "leave the second out")
    for first, last in found:
        too_early = not pd.isna(register.observed_from) and first < register.observed_from
        if too_early or last > register.observed_to:
            opens = "the start" if pd.isna(register.observed_from) else f"{register.observed_from.date()}"
            raise InvalidArgumentError(
                "periods", f"periods within the observation window, {opens} to {register.observed_to.date()}",
                f"{first.date()} to {last.date()}", "choose periods in which every leaving would have been seen",
            )  # fmt: skip
    return found


def _first_and_last(period: Period) -> tuple[pd.Timestamp, pd.Timestamp]:
    if isinstance(period, (int, np.integer)) and not isinstance(period, bool):
        return pd.Timestamp(int(period), 1, 1), pd.Timestamp(int(period), 12, 31)
    if not isinstance(period, (tuple, list)) or len(period) != 2:
        raise InvalidArgumentError("periods", "a year or a first and a last day", repr(period), "give both days")
    first, last = _day(period[0]), _day(period[1])
    if first > last:
        raise InvalidArgumentError("periods", "a first day before the last", f"{first.date()}", "swap them")
    return first, last


def _day(value: Day) -> pd.Timestamp:
    refused = InvalidArgumentError("periods", "dates", repr(value), 'write ISO dates such as "2024-04-01"')
    if not isinstance(value, (str, date)):
        raise refused
    try:
        day = pd.Timestamp(date.fromisoformat(value) if isinstance(value, str) else value)
    except ValueError:
        raise refused from None
    if pd.isna(day) or day.tz is not None:
        raise refused
    return day.normalize()


def observed_between(register: Register, first: pd.Timestamp, last: pd.Timestamp) -> Register:
    """Return the register as it would be had it been observed in this period alone."""
    opens = first - ONE_DAY if pd.isna(register.observed_from) else max(first - ONE_DAY, register.observed_from)
    spells = register.table
    there = ~(spells["joined"] > last) & (spells["left"].isna() | (spells["left"] > opens))
    table = spells[there].reset_index(drop=True)
    table["left"] = table["left"].where(table["left"] <= last)
    return replace(register, table=table, observed_from=opens, observed_to=last, changes=None)
