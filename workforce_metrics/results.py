"""What every result shares: a tidy frame, a one-line repr, provenance and the column names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from html import escape
from statistics import NormalDist
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.provenance import DATA_FRAME, VERSION, one_line, package_version

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "DATA_FRAME",
    "DISCLOSURE_SETTINGS",
    "RESULT_COLUMNS",
    "Result",
    "as_floats",
    "check_conf_level",
    "column_list",
    "grouping_columns",
    "html_of",
    "is_finite_number",
    "normal_quantile",
    "numbers_asked",
]

RESULT_COLUMNS = (
    "breakdown", "level", "term", "indicator", "measure", "outcome", "side", "cause", "time", "against", "probability",
    "estimate", "possible_low", "possible_high", "too_close", "std_error", "model_std_error", "statistic", "p_value",
    "p_adjusted", "conf_low", "conf_high", "group_estimate", "against_estimate", "n", "n_missing", "n_against",
    "n_effective", "deff", "weight_sum", "n_risk", "n_event", "n_censor", "n_entry", "n_groups", "df", "truncated",
    "break_before", "suppressed",
)  # fmt: skip
"""The names that a result's own columns may have; every other column is a group of the user's."""

DISCLOSURE_SETTINGS = (
    "min_n", "complementary", "hide_unanimous", "min_event", "round_to", "together", "suppressed_rows",
)  # fmt: skip
"""What provenance says of a table that went through disclosure control."""

ROWS_SHOWN = 60
"""How many rows of a table a notebook shows."""


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """A tidy table with what was asked for beside it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an estimate; columns from `RESULT_COLUMNS` after the grouping columns.
    by : tuple of str
        Names of the grouping columns.
    provenance : mapping
        What was asked and of what: settings, definition, window, number of rows used, `inputs` with their rows and
        options (see `workforce_metrics.provenance.Input`), `version` of the package. No clock, no path, no person.

    Examples
    --------
    >>> import pandas as pd
    >>> from workforce_metrics.results import Result
    >>> Result(pd.DataFrame({"estimate": [0.5]}), provenance={"conf_level": 0.95})
    <Result: 1 row; conf_level=0.95>
    """

    table: pd.DataFrame
    by: tuple[str, ...] = ()
    provenance: Mapping[str, object] = field(default_factory=dict)

    _title: ClassVar[str] = ""

    publishable: ClassVar[frozenset[str]] = frozenset({"table", "by", "provenance"})
    """Fields that tell nothing of people once the table is safe; a result with others is not made safe by it."""

    times_were_asked: ClassVar[bool] = False
    """Whether the column `time` holds times that somebody asked for, none at which people left."""

    def __post_init__(self) -> None:
        made = {VERSION: package_version(), **self.provenance}
        object.__setattr__(self, "provenance", MappingProxyType(made))

    def __reduce__(self) -> tuple[Callable[..., Result], tuple[type[Result], dict[str, object]]]:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        plain = {name: dict(value) if isinstance(value, MappingProxyType) else value for name, value in values.items()}
        return _remade, (type(self), plain)

    @property
    def frame(self) -> pd.DataFrame:
        """The tidy table, a fresh copy: changing it changes nothing here."""
        return self.table.copy()

    def with_table(self, table: pd.DataFrame, **provenance: object) -> Self:
        """Return the same kind of result over another table, with settings added to the provenance.

        What the provenance said of disclosure control is left out: the other table has not been through it.
        """
        kept = {name: value for name, value in self.provenance.items() if name not in DISCLOSURE_SETTINGS}
        return replace(self, table=table, provenance={**kept, **provenance})

    def is_share(self) -> npt.NDArray[np.bool_]:
        """Return which rows' estimates are shares of people who answered alike; disclosure control looks at them."""
        return np.zeros(len(self.table), dtype=bool)

    def is_unanimous(self) -> npt.NDArray[np.bool_]:
        """Return which rows tell the answer of every member: shares of nobody or of all."""
        is_share = self.is_share()
        return np.asarray(is_share & self.table["estimate"].isin([0.0, 1.0])) if is_share.any() else is_share

    def n_told_of(self) -> npt.NDArray[np.float64]:
        """Return how many people each row tells of, which must not be few."""
        return np.asarray(self.table["n"].to_numpy(dtype=np.float64, na_value=np.nan))

    def n_counted(self) -> npt.NDArray[np.float64]:
        """Return how many of each row's `n` people are counted in its estimate; NaN where that is not what it is."""
        if "n_event" not in self.table:
            return np.full(len(self.table), np.nan)
        return np.asarray(self.table["n_event"].to_numpy(dtype=np.float64, na_value=np.nan))

    def plot(self, ax: Axes | None = None) -> Axes:  # noqa: ARG002 - the signature that every result overrides
        """Draw the result on `ax`, or on new axes; each kind of result says how."""
        raise InvalidArgumentError(
            "plot", "a result that has a picture", type(self).__name__, "plot the columns of .frame"
        )

    @property
    def caption(self) -> str:
        """What stands under the picture: the data, what leaving means, the period, the level of the intervals."""
        made, parts = self.provenance, []
        if made.get("data", DATA_FRAME) != DATA_FRAME:
            parts.append(str(made["data"]))
        if made.get("definition"):
            parts.append(f"leaving: {made['definition']}")
        if made.get("start") and made.get("end"):
            parts.append(f"{made['start']} to {made['end']}")
        if isinstance(made.get("conf_level"), float):
            parts.append(f"{100 * float(str(made['conf_level'])):g} % confidence intervals")
        return "; ".join(parts)

    def __repr__(self) -> str:
        rows = len(self.table)
        parts = [f"{rows} row{'' if rows == 1 else 's'}"]
        if self.by:
            parts[0] += f" by {', '.join(self.by)}"
        return f"<{self._title or type(self).__name__}: {'; '.join([*parts, *one_line(self.provenance)])}>"

    def _repr_html_(self) -> str:
        return html_of(self, self.table.head(ROWS_SHOWN))


def _remade(kind: type[Result], values: dict[str, Any]) -> Result:
    """Return a result from its fields, as pickling needs it: a read-only mapping cannot be pickled."""
    return kind(**values)


def html_of(described: object, table: pd.DataFrame) -> str:
    """Return an object's one line and a table of it as HTML, every value escaped.

    Examples
    --------
    >>> "&lt;script&gt;" in html_of("a result", pd.DataFrame({"organisation": ["<script>"]}))
    True
    """
    line = escape(repr(described).removeprefix("<").removesuffix(">"))
    return f"<p>{line}</p>{table.to_html(index=False, escape=True, float_format='{:.4g}'.format)}"


def check_conf_level(conf_level: float) -> float:
    """Return `conf_level` if it is a number strictly between 0 and 1, else refuse it.

    Examples
    --------
    >>> check_conf_level(0.95)
    0.95
    """
    is_number = isinstance(conf_level, (int, float, np.floating)) and not isinstance(conf_level, bool)
    if not is_number or not 0 < conf_level < 1:
        raise InvalidArgumentError("conf_level", "a number in (0, 1)", repr(conf_level), "write 0.95 for 95 %")
    return float(conf_level)


def is_finite_number(value: object) -> bool:
    """Return whether a value is a number of Python or NumPy, not a boolean, and finite."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return bool(np.isfinite(value))


def as_floats(values: npt.ArrayLike, argument: str) -> npt.NDArray[np.float64]:
    """Return numbers as an array of their shape, missing ones as NaN; refuse what is no number.

    Raises
    ------
    InvalidArgumentError
        If there is anything else among them.

    Examples
    --------
    >>> as_floats([1, None], "score")
    array([ 1., nan])
    """
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidArgumentError(argument, "numbers", "something else", "give a list or column of numbers") from None


def numbers_asked(values: float | Sequence[float], argument: str) -> npt.NDArray[np.float64]:
    """Return one number or several as an array of one dimension, each finite.

    Raises
    ------
    InvalidArgumentError
        If there is none, or one that is not a finite number.

    Examples
    --------
    >>> numbers_asked(5, "at"), numbers_asked([1, 2.5], "at")
    (array([5.]), array([1. , 2.5]))
    """
    try:
        found = np.atleast_1d(np.asarray(values))
    except ValueError:
        found = np.zeros(0)
    if found.dtype.kind not in "iuf" or found.ndim != 1 or not len(found) or not np.isfinite(found).all():
        raise InvalidArgumentError(argument, "a number or a list of numbers", repr(values), f"write {argument}=5")
    return found.astype(np.float64)


def normal_quantile(conf_level: float) -> float:
    """Return how many standard errors a two-sided normal interval reaches to either side.

    Examples
    --------
    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    return NormalDist().inv_cdf((1 + check_conf_level(conf_level)) / 2)


def column_list(names: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return column names as a tuple: none, one name, or several.

    Examples
    --------
    >>> column_list("route"), column_list(None)
    (('route',), ())
    """
    if names is None:
        return ()
    found = (names,) if isinstance(names, str) or not isinstance(names, Iterable) else tuple(names)
    if not all(isinstance(name, str) for name in found):
        raise InvalidArgumentError(
            "columns", "the name of a column, or a list of names", repr(names), "give names as text"
        )
    return found


def grouping_columns(by: str | Sequence[str] | None, argument: str = "by") -> tuple[str, ...]:
    """Return the grouping columns of a result as a tuple.

    Parameters
    ----------
    by : str, sequence of str or None
    argument : str
        What the caller calls it.

    Raises
    ------
    InvalidArgumentError
        If a column stands twice or is named as a column of the result.

    Examples
    --------
    >>> grouping_columns(["route", "sex"])
    ('route', 'sex')
    """
    names = column_list(by)
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise InvalidArgumentError(argument, "each name once", f"{twice[0]!r} more than once", "leave one out")
    taken = [name for name in names if name in RESULT_COLUMNS]
    if taken:
        raise InvalidArgumentError(
            argument, "columns not named as a column of the result", repr(taken[0]), "rename the column in the data"
        )
    return names
