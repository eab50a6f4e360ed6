"""Published figures, of a survey or of a workforce, in one tidy shape each, and what became of every cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.results import html_of

__all__ = ["FIGURE_COLUMNS", "WORKFORCE_COLUMNS", "CellReport", "PublishedSurvey", "PublishedWorkforce"]

FIGURE_COLUMNS = (
    "edition", "release", "organisation", "organisation_name", "benchmark_group", "breakdown", "level", "weighting",
    "concept", "measure", "option", "unit", "estimate", "n", "suppressed", "mark", "rounded_to", "sheet", "row",
    "column",
)  # fmt: skip
"""The columns of a `PublishedSurvey`, whatever file it was read from."""

WORKFORCE_COLUMNS = (
    "period", "start", "end", "region", "region_name", "ics", "ics_name", "organisation", "organisation_name",
    "cluster_group", "benchmark_group", "staff_group", "care_setting", "breakdown", "level", "measure", "basis", "unit",
    "estimate", "suppressed", "mark", "rounded_to", "is_total", "total_of", "sheet", "row", "column",
)  # fmt: skip
"""The columns of a `PublishedWorkforce`, whatever file it was read from."""

CELL_COLUMNS = ["sheet", "row", "column", "rule"]
COUNT_COLUMNS = ["action", "rule", "sheet", "column", "n"]
ROWS_SHOWN = 60


@dataclass(frozen=True, repr=False, eq=False)
class CellReport:
    """What became of every cell of a file of published figures.

    A cell counts as read if it stands below the header and holds anything, or is blank where a figure would stand.
    ``n_read == n_kept + n_set_aside`` always. A record of a text file with another number of fields than the
    header counts as one.

    Parameters
    ----------
    source : str
        Name of what was read (a file's name without its folder, "sheets" or "data frame").
    n_read, n_kept : int
        Cells read, and those whose content stands in the table.
    counts : pandas.DataFrame
        One row a rule, sheet and column: `action` ("cell set aside", "column set aside", "note"), `rule`, `sheet`,
        `column` (the spreadsheet's letters, or empty), `n`.
    cells : pandas.DataFrame
        One row for each cell set aside: `sheet`, `row` (1 = the sheet's first), `column`, `rule`.

    Raises
    ------
    InvalidDataError
        If the cells do not add up: a defect, never the user's file.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.DataFrame({"sheet": ["Trusts"], "row": [7], "column": ["C"], "rule": ["share outside 0 to 1"]})
    >>> counts = pd.DataFrame({"action": ["cell set aside"], "rule": ["share outside 0 to 1"], "sheet": ["Trusts"],
    ...                        "column": ["C"], "n": [1]})
    >>> CellReport("benchmark.xlsx", 10, 9, counts, cells)
    <CellReport benchmark.xlsx: 10 cells read = 9 kept + 1 set aside (1 share outside 0 to 1)>
    """

    source: str
    n_read: int
    n_kept: int
    counts: pd.DataFrame
    cells: pd.DataFrame

    def __post_init__(self) -> None:
        if self.n_read != self.n_kept + len(self.cells):
            raise InvalidDataError(
                "report", "each cell kept or set aside", "cells that do not add up", "report this as a defect"
            )

    @property
    def n_set_aside(self) -> int:
        """Number of cells whose content is not in the table."""
        return len(self.cells)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a rule, sheet and column: action, rule, sheet, column, n; a fresh copy."""
        return self.counts[COUNT_COLUMNS].copy()

    def count(self, rule: str) -> int:
        """Return how often `rule` applied, over all sheets and columns; 0 where it never did."""
        return int(self.counts.loc[self.counts["rule"] == rule, "n"].sum())

    def __repr__(self) -> str:
        why = self.cells["rule"].value_counts(sort=False)
        reasons = f" ({', '.join(f'{n:,} {rule}' for rule, n in why.items())})" if len(why) else ""
        return (
            f"<CellReport {self.source}: {self.n_read:,} cells read = {self.n_kept:,} kept"
            f" + {self.n_set_aside:,} set aside{reasons}>"
        )

    def _repr_html_(self) -> str:
        return html_of(self, self.frame.head(ROWS_SHOWN))


@dataclass(frozen=True, repr=False, eq=False)
class PublishedSurvey:
    """Published figures of a staff survey, one a row, whatever file they were read from.

    Parameters
    ----------
    table : pandas.DataFrame
        The columns of `FIGURE_COLUMNS`:

        - `edition` (int64): the survey year a figure is about; `release`: the publication it stands in. A value
          belongs to both: earlier years in a later release are re-weighted;
        - `organisation`, `organisation_name`, `benchmark_group`, `breakdown`, `level`, `weighting`: whom it describes,
          as the file writes it; empty where it does not say;
        - `concept`: an item or score of the codebook, or "response";
        - `measure`: "share" (the published percentage), "option share" (one answer), "positive share" (a
          contractor's), "score" or "response rate"; `option`: the answers counted, joined by " + ";
        - `unit`: "share" (0 to 1) or "score 0-10"; a figure of one is never in the other's scale;
        - `estimate` (float64) and `n` (Int64): the figure and its base, missing where withheld or not stated;
        - `suppressed` (bool): no figure, because a mark or a blank cell stands in its place; `mark`: what stands there
          ("blank" for nothing). A blank also stands for a question that was not asked;
        - `rounded_to` (float64): the step to which the figures of that column are written, in the unit of `estimate`;
          0 where they are not rounded;
        - `sheet`, `row`, `column`: the cell it was read from.
    report : CellReport
        What became of every cell.
    kind : str
        The layout it was read as.
    provenance : mapping
        What the figures were read from and how; no clock, no path, no person.

    Notes
    -----
    Missing text is empty, a missing number is NaN or NA.
    """

    table: pd.DataFrame
    report: CellReport
    kind: str
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def frame(self) -> pd.DataFrame:
        """The tidy table, a fresh copy: changing it changes nothing here."""
        return self.table.copy()

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        editions = sorted(self.table["edition"].unique())
        years = f"{editions[0]}" if len(editions) == 1 else f"{editions[0]} to {editions[-1]}"
        named = self.table.loc[self.table["organisation"] != "", "organisation"].nunique()
        held = int(self.table["suppressed"].sum())
        return (
            f"<PublishedSurvey {self.kind}: {len(self):,} figures ({held:,} suppressed) of {named:,} organisations,"
            f" {self.table['concept'].nunique()} concepts, editions {years}>"
        )

    def _repr_html_(self) -> str:
        return html_of(self, self.table.head(ROWS_SHOWN))


@dataclass(frozen=True, repr=False, eq=False)
class PublishedWorkforce:
    """Published figures of a workforce, one a row, whatever file they were read from.

    Parameters
    ----------
    table : pandas.DataFrame
        The columns of `WORKFORCE_COLUMNS`:

        - `period`: as the file writes it; `start`, `end` (dates): what is counted over a period is counted after
          `start` up to and on `end`; staff in post on one day have no `start`;
        - `region`, `region_name`, `ics`, `ics_name`, `organisation`, `organisation_name`, `cluster_group`,
          `benchmark_group`, `staff_group`, `care_setting`: whom it describes, as the file writes it; empty where it
          does not say;
        - `breakdown`, `level`: a further division and the part of it ("AfC band", "Band 5"; "Reason for leaving");
        - `measure`: "in_post", "in_post_at_start", "in_post_at_end", "joiners", "leavers", "joiner_rate",
          "leaver_rate", "stability_index", "fte_days_lost", "fte_days_available" or "sickness_absence_rate";
        - `basis`: "headcount" or "fte" (full-time equivalents), empty where the file does not say;
        - `unit`: "count" or "share" (a rate, 1 for all: never a percentage);
        - `estimate` (float64): the figure, missing where withheld;
        - `suppressed` (bool), `mark`: no figure because of a mark or a blank cell, and which ("blank" for nothing);
        - `rounded_to` (float64): the step to which the figures of that measure and basis are written in the sheet, in
          the unit of `estimate`; 0 where they are not rounded;
        - `is_total` (bool), `total_of`: a figure of all staff groups, levels or organisations together, and of
          which columns it is the total, joined by " + ";
        - `sheet`, `row`, `column`: the cell it was read from.
    report : CellReport
        What became of every cell.
    layout : str
        The layout it was read as.
    definition : str
        What leaving means in it, as the caller declared; empty where that was not said.
    provenance : mapping
        What it was made from and how; no clock, no path, no person.

    Notes
    -----
    Missing text is empty, a missing number is NaN, a missing date NaT.
    """

    table: pd.DataFrame
    report: CellReport
    layout: str
    definition: str = ""
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def frame(self) -> pd.DataFrame:
        """The tidy table, a fresh copy: changing it changes nothing here."""
        return self.table.copy()

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        first, last = self.table["end"].min(), self.table["end"].max()
        ends = f"{first.date()}" if first == last else f"{first.date()} to {last.date()}"
        whose = self.table["organisation"].where(self.table["organisation"] != "", self.table["organisation_name"])
        is_one = (whose != "") & ~self.table["total_of"].str.contains("organisation", regex=False)
        held = int(self.table["suppressed"].sum())
        meant = f", leaving: {self.definition}" if self.definition else ""
        return (
            f"<PublishedWorkforce {self.layout}: {len(self):,} figures ({held:,} suppressed) of"
            f" {whose[is_one].nunique():,} organisations, {self.table['measure'].nunique()} measures, {ends}{meant}>"
        )

    def _repr_html_(self) -> str:
        return html_of(self, self.table.head(ROWS_SHOWN))
