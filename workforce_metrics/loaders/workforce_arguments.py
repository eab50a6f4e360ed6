"""Arguments of `read_published_workforce`, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workforce_metrics.codebooks.scale import normalise_label
from workforce_metrics.errors import InvalidArgumentError, close_names
from workforce_metrics.loaders.answers import missing_marks
from workforce_metrics.loaders.arguments import check_mapping, listed, shown
from workforce_metrics.loaders.published_cells import SUPPRESSION_MARKS
from workforce_metrics.loaders.reasons_for_leaving import REASONS
from workforce_metrics.loaders.workforce_figures import WorkforceSettings
from workforce_metrics.loaders.workforce_layouts import LAYOUTS, header_key
from workforce_metrics.loaders.workforce_periods import check_period_formats

__all__ = ["BREAKDOWN", "WorkforceDeclared", "declare_workforce"]

BREAKDOWN = "breakdown"


@dataclass(frozen=True)
class WorkforceDeclared:
    """What a caller declared of a file, checked.

    Parameters
    ----------
    layout : str or None
        Its layout.
    columns : mapping of str to str
        Role to header.
    formats : tuple of str
        How periods are written.
    settings : WorkforceSettings
        How cells are read.
    """

    layout: str | None
    columns: Mapping[str, str]
    formats: Sequence[str]
    settings: WorkforceSettings


def declare_workforce(
    *,
    layout: object,
    rates: object,
    columns: object,
    totals: object,
    marks: object,
    counts_rounded_to: object,
    date_formats: object,
) -> WorkforceDeclared:
    """Check what a caller declared.

    Raises
    ------
    InvalidArgumentError
        If an argument is of another kind than it must be.
    """
    known = (*LAYOUTS, REASONS)
    if layout is not None and (not isinstance(layout, str) or layout not in known):
        raise InvalidArgumentError("layout", f"one of {', '.join(map(repr, known))}", shown(layout), "name one of them")
    if rates is not None and (not isinstance(rates, str) or rates not in {"percent", "fraction"}):
        raise InvalidArgumentError("rates", "'percent' or 'fraction'", shown(rates), "say how rates stand in the file")
    whole = isinstance(counts_rounded_to, int) and not isinstance(counts_rounded_to, bool) and counts_rounded_to > 0
    if counts_rounded_to is not None and not whole:
        got = shown(counts_rounded_to)
        raise InvalidArgumentError("counts_rounded_to", "a whole number above 0", got, "for example 5")
    settings = WorkforceSettings(
        marks=SUPPRESSION_MARKS | missing_marks(marks),  # type: ignore[arg-type]
        rates=rates,  # type: ignore[arg-type]
        totals=frozenset(map(normalise_label, _labels(totals))),
        counts_rounded_to=counts_rounded_to,  # type: ignore[arg-type]
    )
    formats = check_period_formats(date_formats)  # type: ignore[arg-type]
    return WorkforceDeclared(layout, _columns(columns, layout), formats, settings)


def _labels(totals: object) -> list[str]:
    expected, fix = "labels of totals", "for example totals=['All HCHS doctors']"
    labels = listed(totals, "totals", expected=expected, fix=fix)
    for label in labels:
        if not isinstance(label, str):
            raise InvalidArgumentError("totals", expected, shown(label), fix)
    return [str(label) for label in labels]


def _columns(columns: object, layout: str | None) -> dict[str, str]:
    if columns is None:
        return {}
    expected, fix = "a mapping of role to header", "write columns={'leavers': 'Leavers (HC)'}"
    check_mapping(columns, "columns", expected=expected, fix=fix)
    declared = {str(role): str(name) for role, name in columns.items()}  # type: ignore[attr-defined]
    layouts = [each for name, each in LAYOUTS.items() if layout in {None, name}]
    roles = {BREAKDOWN, *(role for each in layouts for role in each.roles)} if layouts else set()
    for role in declared:
        if role not in roles:
            raise InvalidArgumentError("columns", "roles of the layout", shown(role), close_names(role, roles))
    keys = [header_key(name) for name in declared.values()]
    if "" in keys or len({*keys}) < len(keys):
        raise InvalidArgumentError("columns", "a header of its own for each role", "one twice, or none", fix)
    return declared
