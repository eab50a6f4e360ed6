"""Leaver rate and stability index of a register over a period, with the definition beside the number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.extracts import Register
from workforce_metrics.groups import group_codes
from workforce_metrics.indicators.period import Day, period_within
from workforce_metrics.indicators.turnover_counts import (
    Counts,
    Floats,
    PeriodCounts,
    period_counts,
    poisson_interval,
    wilson_interval,
)
from workforce_metrics.results import Result, check_conf_level, grouping_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Turnover", "leaver_rate", "stability_index"]


@dataclass(frozen=True, repr=False, eq=False)
class Turnover(Result):
    """Leaver rates or stability indices: `indicator, estimate, std_error, conf_low, conf_high, n, n_event`.

    ``n`` is the denominator (of an average, a half may stand in it), ``n_event`` the leavers or the stayers. What
    leaving means, the period, the denominator and who was counted stand in ``provenance``.

    Examples
    --------
    >>> import pandas as pd
    >>> from workforce_metrics.indicators.turnover import Turnover
    >>> Turnover(pd.DataFrame({"estimate": [0.1]}), provenance={"definition": "left the trust"})
    <Turnover: 1 row; definition=left the trust>
    """

    _title: ClassVar[str] = "Turnover"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw a dot and its interval for each group."""
        from workforce_metrics.plotting.dots import draw_estimates

        return draw_estimates(self.table, by=self.by, ax=ax, percent=True, caption=self.caption)


def leaver_rate(
    register: Register,
    *,
    start: Day,
    end: Day,
    denominator: Literal["average", "start"] = "average",
    leavers: Literal["all", "in_post_at_start"] = "all",
    by: str | list[str] | tuple[str, ...] | None = None,
    conf_level: float = 0.95,
) -> Turnover:
    """Return the leavers of a period over the number in post.

    Parameters
    ----------
    register : Register
        Spells under one definition of leaving.
    start, end : str or date
        The period; within the observation window. A text must be an ISO date ("2024-04-01"), a datetime at midnight.
    denominator : {"average", "start"}
        The average of the numbers in post at start and end (NHS England), or the number at start (NHS Education for
        Scotland).
    leavers : {"all", "in_post_at_start"}
        Every spell that ended in the period, or only those in post at its start, as a comparison of two snapshots
        counts them. The published leaver rate and stability index of NHS England add up to about 100 %, so they count
        those in post at start (inferred); "all" also sees those who joined and left within the period.
    by : str or list of str, optional
        Grouping columns of the register; a missing group is a group of its own, the last.
    conf_level : float
        Level of the interval, in (0, 1).

    Returns
    -------
    Turnover
        One row a group: `indicator` ("leaver_rate"), `estimate`, `std_error`, `conf_low`, `conf_high`, `n` (the
        denominator), `n_event` (leavers); the definition of leaving, the period, the denominator and which leavers
        were counted stand in ``provenance``. Missing where `n` is 0.

    Raises
    ------
    InvalidArgumentError
        If a date is no date, or the period is empty or reaches out of the observation window.
    MissingColumnError
        If a grouping column is not in the register.

    Notes
    -----
    In post at a day d: ``joined <= d`` and not left by then (``left`` missing or ``left > d``). A leaver of the
    period: ``start < left <= end``. Spells are counted: a person who left, came back and left again left twice.

    Of those in post at start over the number at start the rate is a proportion: Wilson's score interval,
    standard error ``sqrt(p (1 - p) / n)``. Otherwise leavers are no subset of the denominator: exact Poisson limits of
    the count over the denominator, which is taken as fixed, standard error ``sqrt(n_event) / n``.

    The rate is of the whole period, not of a year. Leaver rate and stability index do not add up to 1: only with
    ``denominator="start", leavers="in_post_at_start"`` is one the complement of the other.

    References
    ----------
    .. [1] Wilson EB. Probable inference, the law of succession, and statistical inference. J Am Stat Assoc
       1927;22:209-212. doi:10.1080/01621459.1927.10502953
    .. [2] Garwood F. Fiducial limits for the Poisson distribution. Biometrika 1936;28:437-442.
       doi:10.1093/biomet/28.3-4.437

    Examples
    --------
    >>> import pandas as pd
    >>> from workforce_metrics.extracts import LoadReport, Register
    >>> from workforce_metrics.indicators.turnover import leaver_rate
    >>> spells = pd.DataFrame({"joined": pd.to_datetime(["2020-01-01"] * 4 + ["2024-06-01"]),
    ...                        "left": pd.to_datetime(["2024-09-30", None, None, None, None])})
    >>> report = LoadReport("example", 5, pd.DataFrame(columns=["rule", "n"]), pd.DataFrame({"row": [], "rule": []}))
    >>> register = Register(spells, "left the trust", pd.NaT, pd.Timestamp("2025-03-31"), report)
    >>> leaver_rate(register, start="2024-03-31", end="2025-03-31").frame[["estimate", "n", "n_event"]]
       estimate    n  n_event
    0      0.25  4.0        1
    """
    _one_of("denominator", denominator, ("average", "start"))
    _one_of("leavers", leavers, ("all", "in_post_at_start"))
    check_conf_level(conf_level)
    first, last = period_within(register, start, end)
    groups, counts = _counts(register, first, last, grouping_columns(by))
    n_event = counts.left if leavers == "all" else counts.start_left
    n = (counts.in_post_start + counts.in_post_end) / 2 if denominator == "average" else counts.in_post_start
    is_proportion = denominator == "start" and leavers == "in_post_at_start"
    interval = wilson_interval if is_proportion else poisson_interval
    settings = {"denominator": denominator, "leavers": leavers, "conf_level": conf_level}
    table = _table(groups, "leaver_rate", n, n_event, interval(n_event, n, conf_level=conf_level))
    return Turnover(table, grouping_columns(by), _provenance(register, first, last) | settings)


def stability_index(
    register: Register,
    *,
    start: Day,
    end: Day,
    by: str | list[str] | tuple[str, ...] | None = None,
    conf_level: float = 0.95,
) -> Turnover:
    """Return the share of those in post at the start of a period who stayed to its end.

    Parameters
    ----------
    register : Register
        Spells under one definition of leaving.
    start, end : str or date
        The period; within the observation window. A text must be an ISO date ("2024-04-01"), a datetime at midnight.
    by : str or list of str, optional
        Grouping columns of the register; a missing group is a group of its own, the last.
    conf_level : float
        Level of the interval, in (0, 1).

    Returns
    -------
    Turnover
        One row a group: `indicator` ("stability_index"), `estimate`, `std_error`, `conf_low`, `conf_high`, `n` (in
        post at start), `n_event` (stayers); the definition of leaving and the period stand in ``provenance``.
        Missing where `n` is 0.

    Raises
    ------
    InvalidArgumentError
        If a date is no date, or the period is empty or reaches out of the observation window.
    MissingColumnError
        If a grouping column is not in the register.

    Notes
    -----
    In post at a day d: ``joined <= d`` and not left by then (``left`` missing or ``left > d``). A stayer was in post at
    start and at end in the same spell: one who left and came back between the two did not stay. Wilson's score
    interval, standard error ``sqrt(p (1 - p) / n)``. The index and `leaver_rate` do not add up to 1 in general.

    References
    ----------
    .. [1] Wilson EB. Probable inference, the law of succession, and statistical inference. J Am Stat Assoc
       1927;22:209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> import pandas as pd
    >>> from workforce_metrics.extracts import LoadReport, Register
    >>> from workforce_metrics.indicators.turnover import stability_index
    >>> spells = pd.DataFrame({"joined": pd.to_datetime(["2020-01-01"] * 4 + ["2024-06-01"]),
    ...                        "left": pd.to_datetime(["2024-09-30", None, None, None, None])})
    >>> report = LoadReport("example", 5, pd.DataFrame(columns=["rule", "n"]), pd.DataFrame({"row": [], "rule": []}))
    >>> register = Register(spells, "left the trust", pd.NaT, pd.Timestamp("2025-03-31"), report)
    >>> stability_index(register, start="2024-03-31", end="2025-03-31").frame[["estimate", "n", "n_event"]]
       estimate  n  n_event
    0      0.75  4        3
    """
    check_conf_level(conf_level)
    first, last = period_within(register, start, end)
    groups, counts = _counts(register, first, last, grouping_columns(by))
    n = counts.in_post_start
    stayers = n - counts.start_left
    table = _table(groups, "stability_index", n, stayers, wilson_interval(stayers, n, conf_level=conf_level))
    return Turnover(table, grouping_columns(by), _provenance(register, first, last) | {"conf_level": conf_level})


def _counts(
    register: Register, first: pd.Timestamp, last: pd.Timestamp, by: tuple[str, ...]
) -> tuple[pd.DataFrame, PeriodCounts]:
    """Return the groups, one row each in their own order, and their counts."""
    groups = group_codes(register.table, by, missing="a group")
    counts = period_counts(
        register.table["joined"].to_numpy("datetime64[D]"),
        register.table["left"].to_numpy("datetime64[D]"),
        groups.codes,
        n_groups=len(groups),
        start=first.to_datetime64(),
        end=last.to_datetime64(),
    )
    return groups.labels, counts


def _table(
    groups: pd.DataFrame,
    indicator: str,
    n: Counts | Floats,
    n_event: Counts,
    interval: Floats,
) -> pd.DataFrame:
    estimate, std_error, low, high = interval
    return groups.assign(
        indicator=indicator, estimate=estimate, std_error=std_error, conf_low=low, conf_high=high, n=n, n_event=n_event
    ).reset_index(drop=True)


def _provenance(register: Register, first: pd.Timestamp, last: pd.Timestamp) -> dict[str, object]:
    return {
        **register.provenance,
        "definition": register.definition,
        "start": str(first.date()),
        "end": str(last.date()),
        "unit": "spells",
        "n_spells": len(register),
    }


def _one_of(argument: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidArgumentError(argument, f"one of {', '.join(map(repr, allowed))}", repr(value), "choose one")
