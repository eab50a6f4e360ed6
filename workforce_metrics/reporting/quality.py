"""The part of a report on the data: how many rows were set aside and why, what the words mean, what is not known."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from workforce_metrics.estimation.suppression import suppress
from workforce_metrics.extracts import SET_ASIDE, LoadReport
from workforce_metrics.reporting.content import Figure, Findings, Section, Table
from workforce_metrics.reporting.sentences import counted, plain
from workforce_metrics.reporting.shown import number_of, rows_of, without_hidden
from workforce_metrics.results import Result

__all__ = ["quality_findings"]

RULE = "rule"


def quality_findings(reports: Sequence[tuple[str, LoadReport]], min_n: int) -> Findings:
    """Return what became of the rows that were read, small numbers hidden as everywhere else.

    Parameters
    ----------
    reports : sequence of (str, LoadReport)
        What was read, in words ("Survey 2024"), and its report.
    min_n : int
        Fewer rows than that are not told by number, nor those that would give them away by subtraction.
    """
    texts, tables, results = [], [], {}
    for name, report in reports:
        told, table, safe = _rows_of(name, report, min_n)
        texts.append(told)
        tables += [table] if table is not None else []
        results.update({f"rows set aside of {name}": safe} if safe is not None else {})
        changed = _changed(name, report, min_n)
        tables += [changed] if changed is not None else []
    section = Section("quality", "How good are the data", tuple(texts), blocks=tuple(tables))
    return Findings(sections=(section,), results=results)


def _rows_of(name: str, report: LoadReport, min_n: int) -> tuple[str, Table | None, Result | None]:
    """Return a sentence, and the rules by which rows were set aside as a table and a suppressed result."""
    if report.n_kept < min_n:
        return f"{name}: fewer than {min_n} rows are used.", None, None
    kept = f"{name}: {counted(report.n_kept, 'row')} {'is' if report.n_kept == 1 else 'are'} used."
    if not report.n_set_aside:
        return f"{kept} None was set aside.", None, None
    by_rule = report.rows[RULE].value_counts(sort=False).rename_axis(RULE).rename("n").reset_index()
    whole = Result(pd.DataFrame({"n": [report.n_set_aside]}))
    total, safe = suppress([whole, Result(by_rule, (RULE,))], min_n=min_n)
    if total.table["suppressed"].item():
        return f"{kept} Fewer than {min_n} were set aside.", None, None
    told = (
        f"{kept} Of {counted(report.n_read, 'row')} read, {counted(report.n_set_aside, 'row')}"
        f" {'was' if report.n_set_aside == 1 else 'were'} set aside."
    )
    shown = without_hidden(safe).frame.sort_values("n", ascending=False, kind="stable")
    if shown.empty:
        return told, None, safe
    rows = tuple((plain(row[RULE]), Figure(number_of(row, "n"), "count")) for row in rows_of(shown))
    n_hidden = len(safe.table) - len(shown)
    note = (
        f"{counted(n_hidden, 'other rule')} set aside few rows, or would tell how many such a rule did."
        if n_hidden
        else ""
    )
    return told, Table(f"{name}: rows set aside, by the first rule they met", ("Rule", "Rows"), rows, note), safe


def _changed(name: str, report: LoadReport, min_n: int) -> Table | None:
    """Return what was changed or set missing in rows that are used, where it was often enough to be told."""
    counts = report.frame
    counts = counts[~counts["action"].isin([SET_ASIDE, "note"])]
    sums = counts.groupby(["action", RULE], sort=False)["n"].sum().reset_index()
    often = sums[sums["n"] >= min_n]
    if often.empty:
        return None
    rows = tuple((plain(row[RULE]), str(row["action"]), Figure(number_of(row, "n"), "count")) for row in rows_of(often))
    n_rare = len(sums) - len(often)
    note = f"{counted(n_rare, 'other rule')} applied fewer than {min_n} times." if n_rare else ""
    return Table(f"{name}: what was changed in rows that are used", ("Rule", "What was done", "Times"), rows, note)
