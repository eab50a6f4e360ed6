"""What is refused before a score or share is computed: no survey, absent items, foreign names, foreign codes."""

from __future__ import annotations

from collections.abc import Collection

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.extracts import StaffSurvey

__all__ = ["check_survey", "refuse_off_scale", "refuse_others", "require_items"]


def check_survey(survey: StaffSurvey) -> StaffSurvey:
    """Return `survey` if it is one, else say how to make one."""
    if not isinstance(survey, StaffSurvey):
        raise InvalidArgumentError(
            "survey", "a StaffSurvey", f"a {type(survey).__name__}", "read it with read_staff_survey first"
        )
    return survey


def require_items(survey: StaffSurvey, concepts: Collection[str], whose: str) -> None:
    """Refuse an extract that lacks one of `concepts`, with the question numbers that would bring it."""
    absent = [concept for concept in concepts if concept not in survey.table.columns]
    if absent:
        columns = [survey.codebook.item(concept).columns[0] for concept in absent]
        named = ", ".join(f"{concept} ({column})" for concept, column in zip(absent, columns, strict=True))
        raise MissingColumnError(
            ", ".join(absent),
            f"every item of {whose} in the extract",
            f"no {named}",
            f"read an extract with {', '.join(columns)}, or define a score of fewer items in your own codebook",
        )


def refuse_others(argument: str, named: Collection[str], there: Collection[str], kind: str) -> None:
    """Refuse an option that names something the score does not have."""
    if isinstance(named, str):
        raise InvalidArgumentError(argument, "a collection of names", "one text", f"write [{named!r}]")
    other = [name for name in named if name not in there]
    if other:
        raise InvalidArgumentError(argument, f"{kind}", ", ".join(map(repr, other)), f"name some of {', '.join(there)}")


def refuse_off_scale(n_off_scale: int, where: str) -> None:
    """Refuse answers whose code is not one of the item's scale; `n_off_scale` rows have one."""
    if n_off_scale:
        raise InvalidDataError(
            where,
            "codes of the item's scale",
            f"another code in {n_off_scale:,} rows",
            "read the extract with read_staff_survey, which sets such cells missing and counts them",
        )
