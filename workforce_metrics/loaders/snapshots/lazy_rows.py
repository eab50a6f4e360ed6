"""A lazy frame's columns as the engine needs them: who, what settles several posts, what is carried, and flags."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import narwhals as nw

from workforce_metrics.errors import InvalidDataError, MissingColumnError, close_names
from workforce_metrics.loaders.arguments import AS_IN_THE_HEADER
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.definitions import KEY_OF, NOT_ACTIVE
from workforce_metrics.loaders.snapshots.lazy_cells import Number, flag_of, identifier_of, is_text, number_of, tidy
from workforce_metrics.loaders.snapshots.lazy_dates import unreadable, with_dates
from workforce_metrics.loaders.snapshots.lazy_endings import STATED
from workforce_metrics.loaders.snapshots.lazy_steps import Frame
from workforce_metrics.loaders.snapshots.lazy_windows import KEY, PERSON, Units

__all__ = [
    "ACTIVE",
    "BIRTH",
    "COUNTED",
    "ID_LOST",
    "ID_MISSING",
    "ORGANISATION",
    "RAW",
    "UNREADABLE",
    "PreparedRows",
    "prepared_rows",
]

RAW, ACTIVE, BIRTH, ORGANISATION = "_wm_raw", "_wm_active", "_wm_birth", "_wm_organisation"
"""The period as it stands; whether a post is active; the date of birth; the organisation as text."""

UNREADABLE = "_wm_unreadable"
"""1 where the date of joining is there and none."""

ID_MISSING, ID_LOST = "_wm_id_missing", "_wm_id_lost"
_ID_DECIMAL, _FTE_UNREADABLE, _FTE_OUT = "_wm_id_decimal", "_wm_fte_unreadable", "_wm_fte_out"
_ACTIVE_MISSING, _BIRTH_UNREADABLE = "_wm_active_missing", "_wm_birth_unreadable"
COUNTED = {
    _ID_DECIMAL: ("note", "person_id read as a whole number", None),
    _FTE_UNREADABLE: ("cell set missing", "fte unreadable", "fte"),
    _FTE_OUT: ("cell set missing", "fte out of range", "fte"),
    _ACTIVE_MISSING: ("row changed", "active missing read as not active", "active"),
    _BIRTH_UNREADABLE: ("cell set missing", "birth_date unreadable", "birth_date"),
}
"""Columns of 0 and 1 to what they count among the rows that are kept: action, rule, role of the column."""

_FTE, _POST, _INACTIVE = "_wm_fte", "_wm_post", "_wm_inactive"
_LABELS = {"organisation": ORGANISATION, "staff_group": "_wm_staff_group"}
_DATED = {"joined": "_wm_joined", "birth_date": "_wm_born"}
_EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class PreparedRows:
    """One row a row of the source, under names that no column of the source has.

    Parameters
    ----------
    frame : LazyFrame
        With `RAW`, `PERSON`, `ID_MISSING`, `ID_LOST`, `STATED`, some of `COUNTED`, and what else is mapped.
    order : tuple of str
        Columns whose smallest values make a row of several count, the most important first.
    carried : mapping of str to str
        Columns of the register to their names here.
    """

    frame: Frame
    order: tuple[str, ...]
    carried: Mapping[str, str]

    def under(self, definition: str, posts: str) -> tuple[PreparedRows, Units]:
        """Return the rows with the key of a definition, and what a spell is a spell of."""
        role = KEY_OF[definition]
        frame, order = self.frame, self.order
        if role is not None:
            frame = frame.with_columns(nw.col(_LABELS[role]).fill_null("").alias(KEY))
        if definition == NOT_ACTIVE:  # a person is active in a period if any post is
            order = (_INACTIVE, *order)
        units = Units(by_key=posts == "all" and role is not None, has_key=role is not None)
        return PreparedRows(frame, order, self.carried), units


def prepared_rows(frame: Frame, settings: Settings) -> PreparedRows:
    """Return the columns that the settings ask for, cleaned.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError, InvalidArgumentError
        If one is of a type that cannot hold what was declared.
    """
    cells = _tidy_cells(frame, settings)
    covariates = {name: f"_wm_covariate_{place}" for place, name in enumerate(settings.covariates)}
    settles = _what_settles(cells, settings)
    settles |= {short: nw.col(cells.named[name]) for name, short in covariates.items()}
    settling = [name for name in settles if name != _FTE or settings.posts != "first"]
    made = {**_who_and_when(cells, settings), **settles, **_flags(cells, settings)}
    if STATED not in made:
        made[STATED] = nw.lit(None, nw.Date)
    rows = cells.frame.select(**made)
    # engines put the missing first: a flag before each column puts them last
    rows = rows.with_columns(nw.col(name).is_null().cast(nw.Int64).alias(f"{name}_none") for name in settling)
    order = [part for name in settling for part in (f"{name}_none", name)]
    labels = {role: name for role, name in _LABELS.items() if role in settings.columns}
    return PreparedRows(rows, tuple(order), labels | covariates)


@dataclass(frozen=True)
class _Cells:
    """The columns that are needed, tidy, each worked out once.

    Parameters
    ----------
    frame : LazyFrame
    named : mapping of str to str
        Column of the source to its name here; by role, dates of joining and birth have columns of their own.
    kinds : mapping of str to DType
        By name here.
    """

    frame: Frame
    named: Mapping[str, str]
    kinds: Mapping[str, nw.dtypes.DType]


def _tidy_cells(frame: Frame, settings: Settings) -> _Cells:
    kinds = frame.collect_schema()
    for argument, name in _named(settings):
        if name not in kinds:
            fix = close_names(name, kinds.names(), otherwise=AS_IN_THE_HEADER)
            raise MissingColumnError(argument, "a column of the source", f"{name!r}, not there", fix)
    needed = dict.fromkeys(name for _, name in _named(settings))
    named = {name: f"_wm_cell_{place}" for place, name in enumerate(needed)}
    there = {short: nw.String() if is_text(kinds[name]) else kinds[name] for name, short in named.items()}
    cells = frame.select(**{short: tidy(name, kinds[name]) for name, short in named.items()})
    for role, dated in _DATED.items():
        if role in settings.columns:  # beside the column as it stands, which may be a covariate too
            name = settings.columns[role]
            cells = cells.with_columns(nw.col(named[name]).alias(dated))
            cells = with_dates(cells, dated, there[named[name]], formats=settings.date_formats, name=name)
    return _Cells(cells, named, there)


def _named(settings: Settings) -> Iterator[tuple[str, str]]:
    yield from ((f"columns[{role!r}]", name) for role, name in settings.columns.items())
    yield from (("covariates", name) for name in settings.covariates)


def _who_and_when(cells: _Cells, settings: Settings) -> dict[str, nw.Expr]:
    who, when = (cells.named[settings.columns[role]] for role in ("person_id", "period"))
    person = identifier_of(who, cells.kinds[who], name=settings.columns["person_id"])
    return {
        PERSON: person.person,
        RAW: _period(when, cells.kinds[when], name=settings.columns["period"]),
        ID_MISSING: person.missing.cast(nw.Int64),
        ID_LOST: person.lost_digits.cast(nw.Int64),
        _ID_DECIMAL: person.decimal.cast(nw.Int64),
    }


def _period(column: str, kind: nw.dtypes.DType, *, name: str) -> nw.Expr:
    if isinstance(kind, nw.Datetime):
        return nw.col(column).dt.date()
    if kind not in (nw.Date, nw.String) and not kind.is_integer():
        raise InvalidDataError(name, "dates, text or whole numbers", f"a column of type {kind}", "map another column")
    return nw.col(column)


def _what_settles(cells: _Cells, settings: Settings) -> dict[str, nw.Expr]:
    """Return what settles which of several posts counts, the most important first, the covariates left out."""
    columns, made = settings.columns, {}
    if "fte" in columns:
        made[_FTE] = 0.0 - _number(cells, settings).value
    if "post" in columns:
        made[_POST] = nw.col(cells.named[columns["post"]])
    made |= {
        name: nw.col(cells.named[columns[role]]).cast(nw.String) for role, name in _LABELS.items() if role in columns
    }
    if "active" in columns:
        made[_INACTIVE] = (~_active(cells, settings).fill_null(value=False)).cast(nw.Int64)
    if "joined" in columns:
        stated = nw.col(_DATED["joined"])
        sentinels = [dt.date.fromordinal(day + _EPOCH) for day in sorted(settings.sentinels)]
        made[STATED] = nw.when(~stated.is_in(sentinels)).then(stated) if sentinels else stated
    return made


def _flags(cells: _Cells, settings: Settings) -> dict[str, nw.Expr]:
    made: dict[str, nw.Expr] = {}
    if "fte" in settings.columns:
        fte = _number(cells, settings)
        made |= {_FTE_UNREADABLE: fte.unreadable.cast(nw.Int64), _FTE_OUT: fte.out_of_range.cast(nw.Int64)}
    if "active" in settings.columns:
        active = _active(cells, settings)
        made |= {ACTIVE: active.fill_null(value=False), _ACTIVE_MISSING: active.is_null().cast(nw.Int64)}
    if "joined" in settings.columns:
        made[UNREADABLE] = nw.col(unreadable(_DATED["joined"]))
    if "birth_date" in settings.columns:
        dated = _DATED["birth_date"]
        made |= {BIRTH: nw.col(dated), _BIRTH_UNREADABLE: nw.col(unreadable(dated))}
    return made


def _number(cells: _Cells, settings: Settings) -> Number:
    column = cells.named[settings.columns["fte"]]
    return number_of(column, cells.kinds[column], largest=settings.fte_max)


def _active(cells: _Cells, settings: Settings) -> nw.Expr:
    name = settings.columns["active"]
    column = cells.named[name]
    return flag_of(column, cells.kinds[column], values=settings.active_values, name=name)
