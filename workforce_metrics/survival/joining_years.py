"""One table of joining years that says which risks have been observed and which are projected."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, RiskSetWarning
from workforce_metrics.extracts import Register
from workforce_metrics.groups import group_codes
from workforce_metrics.results import Result, grouping_columns
from workforce_metrics.survival.build_cohort import check_whole_years, require_register
from workforce_metrics.survival.calendar import anniversary
from workforce_metrics.survival.intervals import ConfType, survival_interval
from workforce_metrics.survival.period_risk import period_label
from workforce_metrics.survival.service_years import JoinedTogether, StayRates, left_by_anniversary, stay_rates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["JoiningYears", "joining_years"]

Floats = npt.NDArray[np.float64]
JOINING_YEAR, OBSERVED, PROJECTED = "joining_year", "observed", "projected"


@dataclass(frozen=True, repr=False, eq=False)
class JoiningYears(Result):
    """Risk of leaving within 1, 2, ... years, by year of joining and group; `joining_years` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns: `joining_year` ("2019", or "2019/20" from April), the groups, `time` (years since joining), `term`
        ("observed": everyone who joined that year was followed so far; "projected"), `estimate`, `std_error`,
        `conf_low`, `conf_high`, `n` (joined that year), `n_event` (left within the years observed, up to `time`).
    by, provenance
        See `Result`; `by` begins with "joining_year".
    """

    _title: ClassVar[str] = "Joining years"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the risk at the horizon of each joining year: filled where observed, hollow where projected."""
        from workforce_metrics.plotting.periods import draw_periods

        frame, years = self.frame, float(str(self.provenance["horizon_years"]))
        return draw_periods(
            frame[frame["time"] == years].rename(columns={JOINING_YEAR: "year"}),
            by=self.by[1:],
            ax=ax,
            ylabel=f"Left within {years:g} years",
            title=f"Leaving within {years:g} years, by joining year",
            caption=self.caption,
        )


def joining_years(
    register: Register,
    *,
    horizon_years: int = 5,
    by: str | Sequence[str] | None = None,
    first_month: int = 1,
    conf_type: ConfType = "log-log",
    conf_level: float = 0.95,
) -> JoiningYears:
    """Tell for each joining year the risk of leaving within 1, 2, ... years: what was observed, and what is projected.

    Recent joiners have not been followed for five years. Their row stands beside the others with what has been seen of
    them, completed by the rates of the register's last twelve months, and says so.

    Parameters
    ----------
    register : Register
        Spells under one definition of leaving.
    horizon_years : int
        Whole years from joining, by calendar anniversaries as in `build_cohort`.
    by : str or sequence of str, optional
        Columns of the register to group by, known at joining.
    first_month : int
        The month in which a joining year begins: 1 for calendar years, 4 for April to March.
    conf_type : {"log-log", "log", "plain", "logit", "arcsine"}
        The scale of the interval.
    conf_level : float
        In (0, 1).

    Returns
    -------
    JoiningYears
        One row a joining year, group and year since joining. Joining years that began before the observation window
        opened are left out and counted in `provenance`: those who had left by then are not in the extract.

    Raises
    ------
    InvalidArgumentError, MissingColumnError, InvalidDataError
        If an argument is not what it must be, a grouping column is not there or is called "joining_year", or nobody
        joined in a year that was observed from its start.

    Warns
    -----
    RiskSetWarning
        If in the last twelve months nobody of a group was at risk up to the end of some year since joining: projections
        that need it are missing.

    Notes
    -----
    Within k years is *observed* if the k-th anniversary of the last to join that year (in any group) lies within
    the window: then it is the share that left. Let c be the last such k. Beyond, the probability of staying is
    *projected*: ``S(k) = S_obs(c) p_(c+1) ... p_k``, with p_j the probability of staying through the j-th year since
    joining at the rates of the last twelve months (`stay_rates`). The factors share no person's time, so variances of
    their logarithms add up. The interval of a projection is of sampling only: it does not know that rates may change.
    Where nobody left, the limit is ``1 - (alpha / 2) ** (1 / n)`` as in `leaving_within`, n being the fewest that any
    factor rests on. Projections of several rows rest on the same p_j.

    References
    ----------
    Brenner H, Rachet B (2004). Hybrid analysis for up-to-date long-term survival rates in cancer registries with
    delayed recording of incident cases. Eur J Cancer 40:2494-2501. doi:10.1016/j.ejca.2004.07.022

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> rows = pd.DataFrame({"PIN": list("abcd"), "on": ["2020-02-01", "2020-09-01", "2021-03-01", "2021-05-01"],
    ...                      "off": ["2020-12-01", None, None, "2022-11-01"]})
    >>> register = wm.read_register(rows, columns={"person_id": "PIN", "joined": "on", "left": "off"},
    ...     observed_from=None, observed_to="2022-12-31", date_formats=["%Y-%m-%d"], definition="left the register")
    >>> joining_years(register, horizon_years=2).frame[["joining_year", "time", "term", "estimate"]].round(3)
      joining_year  time       term  estimate
    0         2020   1.0   observed     0.500
    1         2020   2.0   observed     0.500
    2         2021   1.0   observed     0.000
    3         2021   2.0  projected     0.333
    """
    require_register(register)
    check_whole_years(horizon_years, "horizon_years")
    keys = _checked_keys(by, first_month)
    known = register.table["joined"].notna()
    spells = register.table[known & ~(register.table["left"] <= register.table["joined"])].reset_index(drop=True)
    joined, left = (spells[name].to_numpy(dtype="datetime64[D]") for name in ("joined", "left"))
    opens, closes, last_year = _window(register)
    groups = group_codes(spells, keys, missing="a group")
    month = joined.astype("datetime64[M]").astype(np.int64) - (first_month - 1)
    listed = np.isnat(opens) | (_first_day(month // 12, first_month) >= opens)
    if not listed.any():
        raise InvalidDataError("register", "a joining year observed from its start", "none", "load a longer window")
    cells, cell = np.unique((month // 12 * len(groups) + groups.codes)[listed], return_inverse=True)
    year, group = cells // len(groups), cells % len(groups)
    seen = left_by_anniversary(joined[listed], left[listed], cell, year, years=horizon_years, closes=closes)
    rates = stay_rates(joined, left, groups.codes, len(groups), opens=last_year, closes=closes, years=horizon_years)
    table = _figures(seen, rates, group, conf_type=conf_type, conf_level=conf_level)
    labels = groups.labels.take(np.repeat(group, horizon_years)).reset_index(drop=True)
    labels.insert(0, JOINING_YEAR, np.repeat(_labels(year, first_month), horizon_years))
    made = {**register.provenance, "horizon_years": horizon_years, "conf_type": conf_type}
    made |= {"conf_level": conf_level, "projected_from": f"{last_year + np.timedelta64(1, 'D')} to {closes}"}
    made |= {"n_joined_before_window": int((~listed).sum() + (~known).sum())}
    return JoiningYears(pd.concat([labels, table], axis=1), (JOINING_YEAR, *keys), made)


def _checked_keys(by: str | Sequence[str] | None, first_month: int) -> tuple[str, ...]:
    if isinstance(first_month, bool) or first_month not in range(1, 13):
        raise InvalidArgumentError("first_month", "a month, 1 to 12", repr(first_month), "write 4 for April to March")
    keys = grouping_columns(by)
    if JOINING_YEAR in keys:
        raise InvalidArgumentError("by", f"columns not called {JOINING_YEAR!r}", "one", "rename that column")
    return keys


def _window(register: Register) -> tuple[np.datetime64, np.datetime64, np.datetime64]:
    """Return when the window opened (NaT = always open), when it closed, and when its last twelve months began."""
    days = pd.DatetimeIndex([register.observed_from, register.observed_to]).to_numpy().astype("datetime64[D]")
    last_year = anniversary(days[1:], -1)[0]
    return days[0], days[1], last_year if np.isnat(days[0]) else max(last_year, days[0])


def _first_day(year: npt.NDArray[np.int64], first_month: int) -> npt.NDArray[np.datetime64]:
    """Return the first day of joining years, numbered from that of 1970."""
    return (year * 12 + first_month - 1).astype("datetime64[M]").astype("datetime64[D]")


def _labels(year: npt.NDArray[np.int64], first_month: int) -> list[str]:
    starts, ends = (
        pd.DatetimeIndex(_first_day(code, first_month).astype("datetime64[ns]")) for code in (year, year + 1)
    )
    return [period_label(first, after - timedelta(days=1)) for first, after in zip(starts, ends, strict=True)]


def _figures(
    seen: JoinedTogether, rates: StayRates, group: npt.NDArray[np.int64], *, conf_type: ConfType, conf_level: float
) -> pd.DataFrame:
    """Return a row a cell and year since joining: the share that left as far as observed, then the projection."""
    n_cells, years = seen.n_left.shape
    k = np.arange(1, years + 1)
    is_seen = k <= seen.followed[:, None]
    n_left = np.where(is_seen, seen.n_left, 0).max(axis=1, keepdims=True)
    n_left = np.where(is_seen, seen.n_left, n_left)
    n = seen.n[:, None].astype(float)
    stay = (n - n_left) / n * np.where(is_seen, 1.0, rates.stay.T[group]).cumprod(axis=1)
    with np.errstate(divide="ignore"):
        variance = n_left / (n * (n - n_left)) + np.where(is_seen, 0.0, rates.log_variance.T[group]).cumsum(axis=1)
    log_std_error = np.where(stay > 0, np.sqrt(variance), np.inf)
    low, high = survival_interval(stay, log_std_error, conf_type=conf_type, conf_level=conf_level)
    people = np.where(is_seen, np.inf, rates.people.T[group].astype(float))
    fewest = np.minimum(np.minimum.accumulate(people, axis=1), np.where(seen.followed[:, None] > 0, n, np.inf))
    nobody_left = stay >= 1
    low = np.where(nobody_left, ((1 - conf_level) / 2) ** (1 / np.maximum(fewest, 1)), low)
    _warn_of_unknown(stay)
    return pd.DataFrame(
        {
            "time": np.tile(k.astype(float), n_cells),
            "term": np.where(is_seen, OBSERVED, PROJECTED).ravel(),
            "estimate": (1 - stay).ravel(),
            "std_error": np.where(stay > 0, stay * np.where(stay > 0, log_std_error, 0.0), np.nan).ravel(),
            "conf_low": (1 - np.where(nobody_left, 1.0, high)).ravel(),
            "conf_high": (1 - low).ravel(),
            "n": np.repeat(seen.n, years),
            "n_event": n_left.ravel(),
        }
    )


def _warn_of_unknown(stay: Floats) -> None:
    n = int(np.isnan(stay).any(axis=1).sum())
    if n:
        warnings.warn(
            f"in {n:,} joining year(s) and group(s) nobody was at risk through some year since joining in the last"
            " twelve months, so projections that need it are missing; ask for fewer years or merge groups",
            RiskSetWarning,
            stacklevel=4,
        )
