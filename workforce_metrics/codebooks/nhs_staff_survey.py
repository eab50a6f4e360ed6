"""The NHS Staff Survey 2021-2025 as codebooks, from the tables in ``data/``."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import resources

from workforce_metrics.codebooks.codebook import Codebook, Item, Score
from workforce_metrics.codebooks.scale import Option, Scale
from workforce_metrics.errors import CodebookError

__all__ = ["EDITIONS", "MISSING_MARKS", "minimum_answered", "nhs_staff_survey"]

EDITIONS = (2021, 2022, 2023, 2024, 2025)
"""The editions whose numbering and codes are shipped."""

MISSING_MARKS = frozenset({"99", "-", "*", "NA", "N/A", ".", "..", "NULL", "[c]", "[z]", "<10", "<11"})
"""What stands for no answer in the exports seen; 99 counts only where it is not one of the item's codes."""


def minimum_answered(n_members: int) -> int:
    """Return two thirds of `n_members`, rounded up: the rule where none is documented.

    It reproduces the documented 5 of 7 of the burnout score; that it holds elsewhere is inferred, so every score
    function takes `min_answered`.

    Examples
    --------
    >>> minimum_answered(7), minimum_answered(3), minimum_answered(1)
    (5, 2, 1)
    """
    return -(-2 * n_members // 3)


@cache
def nhs_staff_survey(edition: int) -> Codebook:
    """Return the codebook of one edition of the NHS Staff Survey.

    Parameters
    ----------
    edition : int
        The survey year, 2021 to 2025. It decides the question numbers, which moved in 2022 and 2023, and the codes.

    Returns
    -------
    Codebook
        Concepts with their column, scale, direction, routing and published-percentage rule; the 30 scores
        (7 People Promise elements, 2 themes, 21 sub-scores). No question wording.

    Raises
    ------
    CodebookError
        If `edition` is not one that is shipped.

    Notes
    -----
    Facts are from the questionnaires and technical documents of the survey (https://www.nhsstaffsurveys.com), as
    publicly quoted up to November 2026. What is not documented carries the status "inferred", "unverified" or
    "unknown".

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> [wm.nhs_staff_survey(year).items["think_about_leaving"].columns[0] for year in (2021, 2022, 2023)]
    ['q22a', 'q24a', 'q26a']
    """
    if edition not in EDITIONS:
        raise CodebookError(
            "edition",
            f"a year from {EDITIONS[0]} to {EDITIONS[-1]}",
            repr(edition),
            "for another survey pass codebook=",
        )
    scales = _scales()
    items = {item.concept: item for item in _items(edition, scales)}
    return Codebook(f"NHS Staff Survey {edition}", items, _scores(), edition, MISSING_MARKS)


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = resources.files("workforce_metrics.codebooks").joinpath("data", name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


@cache
def _scales() -> dict[str, Scale]:
    options: dict[str, list[Option]] = defaultdict(list)
    status: dict[str, str] = {}
    for row in _rows("nss_scales.csv"):
        value = float(row["value"]) if row["value"] else None
        options[row["scale"]].append(Option(int(row["code"]), row["label"], value))
        status[row["scale"]] = row["status"]
    return {name: Scale(name, tuple(answers), status[name]) for name, answers in options.items()}


def _items(edition: int, scales: dict[str, Scale]) -> Iterator[Item]:
    for row in _rows("nss_items.csv"):
        columns = tuple(row[f"q{edition}"].split())
        if not columns:
            continue
        scale = scales[row["scale"]]
        if row["extra"]:
            code, label = row["extra"].split(":")
            scale = Scale(f"{scale.name}+{code}", (*scale.options, Option(int(code), label)), scale.status)
        yield Item(
            concept=row["concept"],
            columns=columns,
            scale=scale,
            direction=row["direction"],
            routes=_routes(row["routed_from"]),
            counted=frozenset(map(int, row["counted"].split())),
            base=frozenset(map(int, row["base"].split())),
            base_status=row["base_status"],
            favourable=row["favourable"] or "n/a",
            break_at=int(row["break_at"]) if row["break_at"] else None,
            note=row["note"],
            break_reason=_break_reasons().get(row["concept"], ""),
        )


@cache
def _break_reasons() -> dict[str, str]:
    return {row["concept"]: row["reason"] for row in _rows("nss_breaks.csv")}


def _routes(text: str) -> dict[str, frozenset[int]]:
    """Read ``a=1|b=1``: the answers any of which leads to the question."""
    pairs = (route.split("=") for route in text.split("|") if route)
    return {concept: frozenset({int(code)}) for concept, code in pairs}


@cache
def _scores() -> dict[str, Score]:
    rows = list(_rows("nss_scores.csv"))
    scores = {}
    for row in rows:
        items = tuple(row["items"].split())
        parts = () if items else tuple(part["score"] for part in rows if part["parent"] == row["score"])
        scores[row["score"]] = Score(
            name=row["score"],
            label=row["label"],
            items=items,
            parts=parts,
            min_answered=int(row["min_answered"] or minimum_answered(len(items or parts))),
            min_answered_status=row["min_answered_status"],
            code=row["code"],
            level=row["level"],
        )
    return scores
