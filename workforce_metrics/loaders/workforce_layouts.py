"""Layouts of published workforce files that are one table below one header: which column is what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workforce_metrics.loaders.workforce_periods import PeriodKind

__all__ = [
    "IDENTITY_ROLES",
    "LAYOUTS",
    "FigureColumn",
    "Header",
    "WorkforceLayout",
    "find_header",
    "header_key",
    "missing_roles",
]

IDENTITY_ROLES: Mapping[str, tuple[str, ...]] = {
    "region": ("nhseregioncode", "heeregioncode", "regioncode"),
    "region_name": ("nhseregionname", "heeregionname", "regionname"),
    "ics": ("icscode", "icbcode"),
    "ics_name": ("icsname", "icbname"),
    "organisation": ("orgcode", "organisationcode"),
    "organisation_name": ("orgname", "organisationname"),
    "cluster_group": ("clustergroup", "orgtype"),
    "benchmark_group": ("benchmarkgroup",),
    "staff_group": ("staffgroup",),
    "care_setting": ("caresetting",),
}
"""Role to the names of its column, as compared, in order of preference."""

PERIOD_NAMES = ("date", "period", "tmenddate")
BREAKDOWNS = frozenset({"afcband", "gender", "ageband", "ethnicgroup"})
SORT_ORDERS = frozenset({"staffgroupsortorder", "sortdate"})
DEEPEST_HEADER = 40
"""How many rows from the top a header is looked for."""

_NOTE = re.compile(r"\[[^\]]*\]")
_SEPARATORS = re.compile(r"[\s_().:\-]+")


@dataclass(frozen=True)
class FigureColumn:
    """A column of figures.

    Parameters
    ----------
    names : tuple of str
        Its names, as compared.
    measure, basis : str
        What its figures are; empty where a column of the row says it.
    """

    names: tuple[str, ...]
    measure: str = ""
    basis: str = ""


@dataclass(frozen=True)
class WorkforceLayout:
    """One layout.

    Parameters
    ----------
    name : str
        What `read_published_workforce` calls it.
    period : {"day", "month", "span"}
        What its figures are about.
    figures : mapping of str to FigureColumn
        Role to column of figures.
    needed : tuple of str
        Roles that tell it from every other layout.
    said : mapping of str to tuple of str
        Roles whose column says what the figures of a row are ("basis", "measure"), with their names.
    """

    name: str
    period: PeriodKind
    figures: Mapping[str, FigureColumn]
    needed: tuple[str, ...]
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def roles(self) -> dict[str, tuple[str, ...]]:
        """Every role of the layout and the names of its column."""
        figures = {role: column.names for role, column in self.figures.items()}
        return {"period": PERIOD_NAMES, **IDENTITY_ROLES, **self.said, **figures}


_TURNOVER = {
    "in_post_at_start": FigureColumn(("denominatoratstartofperiod",), "in_post_at_start"),
    "in_post_at_end": FigureColumn(("denominatoratendofperiod",), "in_post_at_end"),
    "joiners": FigureColumn(("joiner", "joiners"), "joiners"),
    "leavers": FigureColumn(("leaver", "leavers"), "leavers"),
    "joiner_rate": FigureColumn(("joinerrate", "joinerratepercent"), "joiner_rate"),
    "leaver_rate": FigureColumn(("leaverrate", "leaverratepercent"), "leaver_rate"),
    "stability_index": FigureColumn(("stabilityindex", "stabilityindexpercent"), "stability_index"),
}
LAYOUTS: Mapping[str, WorkforceLayout] = {layout.name: layout for layout in (
    WorkforceLayout(
        "staff in post", "day", {"in_post": FigureColumn(("total",), "in_post")},
        needed=("period", "staff_group", "basis", "in_post"), said={"basis": ("datatype",)},
    ),
    WorkforceLayout(
        "turnover", "span", _TURNOVER, needed=("period", "basis", "leavers"), said={"basis": ("type",)},
    ),
    WorkforceLayout(
        "turnover by type", "span",
        {"headcount": FigureColumn(("hc", "headcount"), basis="headcount"), "fte": FigureColumn(("fte",), basis="fte")},
        needed=("period", "measure", "headcount", "fte"), said={"measure": ("type",)},
    ),
    WorkforceLayout(
        "sickness absence", "month",
        {
            "fte_days_lost": FigureColumn(("ftedayslost", "ftedayssick"), "fte_days_lost", "fte"),
            "fte_days_available": FigureColumn(("ftedaysavailable",), "fte_days_available", "fte"),
            "sickness_absence_rate": FigureColumn(
                ("sicknessabsenceratepercent", "saratepercent", "sicknessabsencerate"), "sickness_absence_rate", "fte"
            ),
        },
        needed=("period", "fte_days_lost", "fte_days_available"),
    ),
)}  # fmt: skip
"""The layouts by name. Status: "staff in post" and "turnover" documented; the others quoted from public scripts."""


@dataclass(frozen=True, eq=False)
class Header:
    """Which column of a sheet is what.

    Parameters
    ----------
    layout : WorkforceLayout
        The layout it has.
    row : int
        The row it stands in, 0 = the first.
    names : tuple of str
        What stands in it, column by column, empty where nothing does.
    columns : mapping of str to int
        Role to column.
    breakdowns : tuple of int
        The columns that divide further.
    """

    layout: WorkforceLayout
    row: int
    names: tuple[str, ...]
    columns: Mapping[str, int]
    breakdowns: tuple[int, ...]

    @property
    def said(self) -> list[int]:
        """The columns that say whom, when and what the figures of a row are about."""
        roles = [column for role, column in self.columns.items() if role not in self.layout.figures]
        return sorted({*roles, *self.breakdowns})

    @property
    def keys(self) -> list[str]:
        """The names as compared."""
        return [header_key(name) for name in self.names]


def header_key(name: str) -> str:
    """Return a column's name as names are compared: small letters, no separators, no note, "%" in words.

    Examples
    --------
    >>> header_key("NHSE_Region_Code"), header_key("Sickness absence rate (%) [note 2]")
    ('nhseregioncode', 'sicknessabsenceratepercent')
    """
    return _SEPARATORS.sub("", _NOTE.sub("", name).replace("%", "percent").casefold())


def find_header(
    rows: Sequence[Sequence[str]], layouts: Sequence[WorkforceLayout], columns: Mapping[str, str]
) -> Header | None:
    """Return the first header of one of these layouts among the first rows, None where there is none.

    Parameters
    ----------
    rows : sequence of sequence of str
        The cells as text, from the top.
    layouts : sequence of WorkforceLayout
        Those it may have.
    columns : mapping of str to str
        Role to name of the column, before the layout's own; "breakdown" names a column that divides further.

    Examples
    --------
    >>> header = find_header([["A title"], ["Date", "Staff Group", "Data_Type", "TOTAL"]], [*LAYOUTS.values()], {})
    >>> header.layout.name, header.row, header.columns["basis"]
    ('staff in post', 1, 2)
    """
    for number, row in enumerate(rows[:DEEPEST_HEADER]):
        keys = [header_key(name) for name in row]
        for layout in layouts:
            at = _columns(keys, layout, columns)
            if set(layout.needed) <= at.keys():
                taken = set(at.values())
                wanted = {header_key(columns["breakdown"])} if "breakdown" in columns else BREAKDOWNS
                parts = [keys.index(key) for key in dict.fromkeys(keys) if key in wanted]
                return Header(layout, number, tuple(row), at, tuple(part for part in parts if part not in taken))
    return None


def missing_roles(rows: Sequence[Sequence[str]], layout: WorkforceLayout, columns: Mapping[str, str]) -> list[str]:
    """Return the needed roles without a column in the row that has the most of them.

    Examples
    --------
    >>> missing_roles([["A title"], ["Date", "Staff Group", "Count"]], LAYOUTS["staff in post"], {})
    ['basis', 'in_post']
    """
    lacking = [
        [role for role in layout.needed if role not in _columns([header_key(name) for name in row], layout, columns)]
        for row in rows
    ]
    return min(lacking, key=len, default=[*layout.needed])


def _columns(keys: Sequence[str], layout: WorkforceLayout, columns: Mapping[str, str]) -> dict[str, int]:
    """Return role to column."""
    names = {role: (header_key(columns[role]),) if role in columns else known for role, known in layout.roles.items()}
    found = {role: next((name for name in known if name and name in keys), "") for role, known in names.items()}
    return {role: keys.index(name) for role, name in found.items() if name}
