"""The period of a turnover figure: two days within a register's observation window."""

from __future__ import annotations

from datetime import date

import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.extracts import Register

__all__ = ["Day", "period_within"]

Day = str | date
"""A day: ISO text ("2024-04-01"), a date, or a `datetime` or `pandas.Timestamp` at midnight; all else is refused."""


def period_within(register: Register, start: Day, end: Day) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return start and end as days, if they are a period within the observation window of the register."""
    first, last = _to_day("start", start), _to_day("end", end)
    if not first < last:
        raise InvalidArgumentError("end", "a day after start", f"{last.date()}", "give start before end")
    too_early = not pd.isna(register.observed_from) and first < register.observed_from
    if too_early or last > register.observed_to:
        opens = "the start" if pd.isna(register.observed_from) else f"{register.observed_from.date()}"
        raise InvalidArgumentError(
            "start" if too_early else "end",
            f"a period within the observation window, {opens} to {register.observed_to.date()}",
            f"{first.date()} to {last.date()}",
            "choose a period in which every leaving would have been seen",
        )
    return first, last


def _to_day(argument: str, value: Day) -> pd.Timestamp:
    """Return a date or an ISO text as a day."""
    refused = InvalidArgumentError(argument, "a date", repr(value), 'write an ISO date such as "2024-04-01"')
    if not isinstance(value, (str, date)):
        raise refused
    try:
        day = pd.Timestamp(date.fromisoformat(value) if isinstance(value, str) else value)
    except ValueError:
        raise refused from None
    if pd.isna(day) or day.tz is not None or day != day.normalize():
        raise refused
    return day
