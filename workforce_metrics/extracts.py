"""The validated objects that loaders make and everything else reads: survey, register, and their reports."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.codebooks.codebook import Codebook
from workforce_metrics.errors import InvalidDataError, MissingColumnError
from workforce_metrics.results import html_of

__all__ = ["MISSING_CODE", "SET_ASIDE", "LoadReport", "Register", "StaffInPost", "StaffSurvey"]

MISSING_CODE = -1
"""What stands for "no answer" in the integer arrays that `StaffSurvey.codes` gives."""

REPORT_COLUMNS = ["action", "rule", "column", "n"]
SET_ASIDE = "row set aside"
"""What a report's table of counts calls a row that is not in the extract."""


@dataclass(frozen=True, repr=False, eq=False)
class LoadReport:
    """What became of every row of a source.

    ``n_read == n_kept + n_set_aside`` always. A row that was merged into another spell of the same person is
    kept: its information stands in that spell.

    Parameters
    ----------
    source : str
        Name of what was read (a file's name without its folder, or "data frame").
    n_read : int
        Records in the source; blank lines of a CSV file are not records.
    counts : pandas.DataFrame
        One row a rule that applied: `action` ("row set aside", "row changed", "cell set missing", "note"), `rule`,
        `column` (missing where the rule is about rows), `n`.
    rows : pandas.DataFrame
        One row for each row set aside: `row` (1 = first record below the header) and `rule`.

    Raises
    ------
    InvalidDataError
        If a row was set aside twice, or more were set aside than read: a defect, never the user's file.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"row": [3], "rule": ["no item answered"]})
    >>> counts = pd.DataFrame({"action": ["row set aside"], "rule": ["no item answered"], "column": [None], "n": [1]})
    >>> LoadReport("extract.csv", 10, counts, rows)
    <LoadReport extract.csv: 10 rows read = 9 kept + 1 set aside (1 no item answered)>
    """

    source: str
    n_read: int
    counts: pd.DataFrame
    rows: pd.DataFrame

    def __post_init__(self) -> None:
        if len(self.rows) > self.n_read or self.rows["row"].duplicated().any():
            raise InvalidDataError(
                "report", "each row set aside once", "rows set aside more than once", "report this as a defect"
            )

    @property
    def n_set_aside(self) -> int:
        """Number of rows that are not in the extract."""
        return len(self.rows)

    @property
    def n_kept(self) -> int:
        """Number of rows whose information is in the extract."""
        return self.n_read - self.n_set_aside

    @property
    def frame(self) -> pd.DataFrame:
        """One row a rule: action, rule, column, n; a fresh copy."""
        return self.counts[REPORT_COLUMNS].copy()

    def count(self, rule: str) -> int:
        """Return how often `rule` applied, over all columns; 0 where it never did."""
        return int(self.counts.loc[self.counts["rule"] == rule, "n"].sum())

    def __repr__(self) -> str:
        why = self.rows["rule"].value_counts(sort=False)
        reasons = f" ({', '.join(f'{n:,} {rule}' for rule, n in why.items())})" if len(why) else ""
        return (
            f"<LoadReport {self.source}: {self.n_read:,} rows read = {self.n_kept:,} kept"
            f" + {self.n_set_aside:,} set aside{reasons}>"
        )

    def _repr_html_(self) -> str:
        return html_of(self, self.counts[REPORT_COLUMNS])


@dataclass(frozen=True, repr=False, eq=False)
class StaffSurvey:
    """Respondents' answers by concept, with the codebook that says what they mean.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a respondent. Item columns are named by concept and hold option codes as nullable small integers;
        all other columns are the user's background columns under their own names.
    codebook : Codebook
        What each concept is: scale, direction, scores.
    report : LoadReport
        What became of the rows that were read.
    edition_column : str or None
        The column that names each respondent's edition where several are stacked.
    provenance : mapping
        What the extract was made from and how; no clock, no path, no person.
    """

    table: pd.DataFrame
    codebook: Codebook
    report: LoadReport
    edition_column: str | None = None
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def responses(self) -> pd.DataFrame:
        """One row a respondent, columns by concept; a shallow copy (columns may be added freely)."""
        return self.table.copy(deep=False)

    @property
    def concepts(self) -> tuple[str, ...]:
        """The concepts of the codebook that this extract holds, in the codebook's order."""
        return tuple(concept for concept in self.codebook.items if concept in self.table.columns)

    def codes(self, concept: str) -> npt.NDArray[np.int16]:
        """Return the option codes of one concept, shape (n_respondents,), `MISSING_CODE` for no answer.

        Raises
        ------
        MissingColumnError
            If the extract does not hold the concept.
        """
        if concept not in self.table.columns:
            raise MissingColumnError(
                concept, "a concept that the extract holds", "none of that name", "see .concepts for those it holds"
            )
        return self.table[concept].to_numpy(dtype="int16", na_value=MISSING_CODE)

    def editions(self) -> npt.NDArray[np.int64]:
        """Return each respondent's edition, shape (n_respondents,); 0 where a codebook has no edition."""
        if self.edition_column is None:
            return np.full(len(self.table), self.codebook.edition or 0, dtype=np.int64)
        return self.table[self.edition_column].to_numpy(dtype=np.int64)

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return f"<StaffSurvey {self.codebook.name}: {len(self):,} respondents, {len(self.concepts)} concepts>"

    def _repr_html_(self) -> str:
        return html_of(self, self.report.frame)


@dataclass(frozen=True, repr=False, eq=False)
class Register:
    """Spells of people on a register or in an organisation, under one definition of leaving.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a spell: `person_id` (string), `joined` and `left` (dates, `left` missing where the spell was still
        running at `observed_to`), `reason` (categorical) and every other column of the extract.
    definition : str
        What leaving means here, in words; it stands in every result.
    observed_from, observed_to : pandas.Timestamp
        A leaving after `observed_from` and on or before `observed_to` would have been seen.
        `observed_from` is missing (NaT) where every leaving since the first joining would have been.
    report : LoadReport
        What became of the rows that were read.
    provenance : mapping
        What the register was made from and how; no clock, no path, no person. `definition` and window stand in it too.
    changes : pandas.DataFrame or None
        Where it was asked for: one row for what each spell said first, and each time that it said something else.
        `person_id`, `seen_from`, `spell` (row of `table`), `valid_from` (the first day of which it is known), and the
        columns that are watched; sorted by spell and day.
    """

    table: pd.DataFrame
    definition: str
    observed_from: pd.Timestamp
    observed_to: pd.Timestamp
    report: LoadReport
    provenance: Mapping[str, object] = field(default_factory=dict)
    changes: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        days = {"observed_from": self.observed_from, "observed_to": self.observed_to}
        window = {name: None if pd.isna(day) else str(day.date()) for name, day in days.items()}
        object.__setattr__(self, "provenance", {**self.provenance, "definition": self.definition, **window})

    @property
    def spells(self) -> pd.DataFrame:
        """One row a spell; a shallow copy (columns may be added freely)."""
        return self.table.copy(deep=False)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the spells to Parquet, with definition, window, report and provenance beside them; people are in it.

        See `workforce_metrics.register_file`. `risk_table` counts such a file without reading it into memory.
        """
        from workforce_metrics.register_file import write_register

        return write_register(self, Path(path))

    @staticmethod
    def from_parquet(path: str | os.PathLike[str]) -> Register:
        """Read what `to_parquet` wrote, exactly as it was."""
        from workforce_metrics.register_file import read_register_file

        return read_register_file(Path(path))

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        window = f"observed {'from the start' if pd.isna(self.observed_from) else self.observed_from.date()} to"
        left = int(self.table["left"].notna().sum())
        return f"<Register {self.definition}: {len(self):,} spells, {left:,} left, {window} {self.observed_to.date()}>"

    def _repr_html_(self) -> str:
        return html_of(self, self.report.frame)


@dataclass(frozen=True, repr=False, eq=False)
class StaffInPost:
    """People in post in one or several periods, one row a post, before anybody is followed from one to the next.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a post: `person_id` (string), `period` (the date the post was counted on), `fte` (float64) and the
        post's other columns.
    report : LoadReport
        What became of the rows that were read.
    provenance : mapping
        What the posts were made from and how; no clock, no path, no person.
    """

    table: pd.DataFrame
    report: LoadReport
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def posts(self) -> pd.DataFrame:
        """One row a post; a shallow copy (columns may be added freely)."""
        return self.table.copy(deep=False)

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        n_people, periods = self.table["person_id"].nunique(), self.table["period"].drop_duplicates()
        when = f"{periods.iloc[0].date()}" if len(periods) == 1 else f"{len(periods):,} periods"
        return f"<StaffInPost: {len(self):,} posts of {n_people:,} identifiers, {when}>"

    def _repr_html_(self) -> str:
        return html_of(self, self.report.frame)
