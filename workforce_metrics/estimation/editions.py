"""Editions of one survey beside each other: each under its own codebook, joined by concept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from workforce_metrics.errors import CodebookError, InvalidArgumentError, MissingColumnError, close_names
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.by_name import IndicatorValues, indicator_values
from workforce_metrics.provenance import VERSION, package_version, united_inputs

__all__ = ["EDITION", "EditionStack", "editions_asked", "pooled_columns", "pooled_values", "stack_editions"]

EDITION = "edition"
"""The grouping column that a trend adds."""


@dataclass(frozen=True, repr=False, eq=False)
class EditionStack:
    """Editions of one survey, oldest first.

    Parameters
    ----------
    surveys : tuple of StaffSurvey
        One an edition, each with the codebook under which it was read.
    editions : tuple of int
        Their years, ascending, each once.
    release : str or None
        The release that the weights of all editions are from.
    provenance : mapping
        The inputs of all of them.
    """

    surveys: tuple[StaffSurvey, ...]
    editions: tuple[int, ...]
    release: str | None = None
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What a caption calls the data: the codebooks' common name and the years."""
        names = [survey.codebook.name for survey in self.surveys]
        stems = {name.removesuffix(str(year)).strip() for name, year in zip(names, self.editions, strict=True)}
        years = " to ".join(map(str, sorted({self.editions[0], self.editions[-1]})))
        name = f"{stems.pop()} {years}" if len(stems) == 1 else ", ".join(dict.fromkeys(names))
        return f"{name} (release: {self.release})" if self.release else name

    def __len__(self) -> int:
        return sum(map(len, self.surveys))

    def __repr__(self) -> str:
        counts = (f"{year} ({len(survey):,})" for year, survey in zip(self.editions, self.surveys, strict=True))
        return f"<EditionStack {self.name}: {len(self):,} respondents; {', '.join(counts)}>"


def stack_editions(surveys: StaffSurvey | Sequence[StaffSurvey], *, release: str | None = None) -> EditionStack:
    """Put editions of a survey beside each other, to follow concepts through them.

    Parameters
    ----------
    surveys : StaffSurvey or sequence of StaffSurvey
        One survey an edition, in any order, each read under its own edition; or one that holds several, read with
        `edition_column`.
    release : str, optional
        The release that the weights are from, in words ("2025 benchmark"): earlier years are re-weighted in later
        releases, so a value belongs to an edition and a release. It stands in every result.

    Returns
    -------
    EditionStack
        What `trend` and `trend_test` take.

    Raises
    ------
    InvalidArgumentError
        If it is not surveys, one has no edition, or an edition stands twice.

    Notes
    -----
    Question numbers move from year to year and codes change their meaning; so each edition keeps its own codebook, and
    what is compared is always a concept: an indicator is computed in each edition by that edition's rules. An extract
    of several years under one numbering (`edition_column`) is taken apart by year under the codebook it was read with.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> years = [wm.simulate_staff_survey(400, seed=year, edition=year) for year in (2023, 2021)]
    >>> wm.stack_editions([wm.read_staff_survey(made.extract, edition=made.settings["edition"]) for made in years])
    <EditionStack NHS Staff Survey 2021 to 2023: 800 respondents; 2021 (400), 2023 (400)>
    """
    given = [surveys] if isinstance(surveys, StaffSurvey) else surveys
    if not isinstance(given, Sequence) or not given or not all(isinstance(survey, StaffSurvey) for survey in given):
        raise InvalidArgumentError("surveys", "a list of surveys", "something else", "read each with read_staff_survey")
    parts = sorted((part for survey in given for part in _by_edition(survey)), key=lambda part: part[0])
    editions = tuple(edition for edition, _ in parts)
    twice = [edition for edition in editions if editions.count(edition) > 1]
    if twice:
        raise InvalidArgumentError("surveys", "each edition once", f"{twice[0]} more than once", "leave one out")
    made = {VERSION: package_version(), **united_inputs(survey.provenance for survey in given)}
    return EditionStack(tuple(survey for _, survey in parts), editions, release, made)


def _by_edition(survey: StaffSurvey) -> list[tuple[int, StaffSurvey]]:
    if survey.edition_column is None:
        if survey.codebook.edition is None:
            raise InvalidArgumentError(
                "surveys",
                "surveys of a known edition",
                "a codebook without one",
                "declare its edition, e.g. # edition: 2026",
            )
        return [(survey.codebook.edition, survey)]
    of_row = survey.editions()
    return [(int(year), replace(survey, table=survey.table[of_row == year])) for year in np.unique(of_row)]


def editions_asked(stack: EditionStack, name: str) -> tuple[int, ...]:
    """Return the editions that hold an indicator.

    Parameters
    ----------
    stack : EditionStack
    name : str
        As `indicator_values` takes it.

    Raises
    ------
    MissingColumnError, CodebookError
        If no edition holds it: the error of the last one.
    """
    held = []
    lacking: MissingColumnError | CodebookError | None = None
    for edition, survey in zip(stack.editions, stack.surveys, strict=True):
        try:
            indicator_values(replace(survey, table=survey.table.iloc[:1]), name)
        except (MissingColumnError, CodebookError) as error:
            lacking = error
        else:
            held.append(edition)
    if not held and lacking is not None:
        raise lacking
    return tuple(held)


def pooled_values(stack: EditionStack, name: str, held: tuple[int, ...]) -> IndicatorValues:
    """Return one indicator of all respondents, edition after edition, NaN in those that do not hold it.

    Parameters
    ----------
    stack : EditionStack
    name : str
    held : tuple of int
        What `editions_asked` returned.
    """
    parts = [
        indicator_values(survey, name)
        if edition in held
        else IndicatorValues(np.full(len(survey), np.nan), "column", name)
        for edition, survey in zip(stack.editions, stack.surveys, strict=True)
    ]
    values = np.concatenate([part.values for part in parts])  # noqa: PD011 - an array already
    return IndicatorValues(values, parts[stack.editions.index(held[-1])].kind, name)


def pooled_columns(stack: EditionStack, names: tuple[str, ...]) -> list[pd.DataFrame]:
    """Return columns of each edition, oldest first, with the column `EDITION` added.

    Raises
    ------
    MissingColumnError
        If an edition lacks one of them.
    InvalidArgumentError
        If one has the name that a trend gives to its own column.
    """
    if EDITION in names:
        raise InvalidArgumentError(
            "by",
            f"columns not named {EDITION!r}",
            repr(EDITION),
            "a trend is by edition; leave it out, or rename yours",
        )
    tables = []
    for edition, survey in zip(stack.editions, stack.surveys, strict=True):
        for name in names:
            if name not in survey.table.columns:
                raise MissingColumnError(
                    name, "a column of every edition", f"none in {edition}", close_names(name, survey.table.columns)
                )
        tables.append(survey.table[list(names)].assign(**{EDITION: edition}).reset_index(drop=True))
    return tables
