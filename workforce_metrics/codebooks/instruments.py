"""The documented instruments, from the tables in ``data/``."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from workforce_metrics.codebooks.instrument_records import Bands, Instrument, InstrumentScore
from workforce_metrics.errors import CodebookError, close_names

__all__ = ["instrument", "instrument_score", "instruments"]


@cache
def instruments() -> Mapping[str, Instrument]:
    """Return every instrument by its short name.

    Examples
    --------
    >>> instruments()["CBI"].scores["cbi_work"].reversed_items
    frozenset({'WB7'})
    """
    scores: dict[str, dict[str, InstrumentScore]] = defaultdict(dict)
    bands, conversions = _bands(), _conversions()
    for row in _rows("instrument_scores.csv"):
        one = _score(row, bands.get(row["score"]), conversions.get(row["score"], {}))
        scores[one.instrument][one.name] = one
    return MappingProxyType(
        {
            row["instrument"]: Instrument(
                row["instrument"],
                row["function"],
                row["title"],
                row["answers"],
                row["licence"],
                row["source"],
                row["note"],
                MappingProxyType(scores[row["instrument"]]),
            )
            for row in _rows("instruments.csv")
        }
    )


def instrument(name: str) -> Instrument:
    """Return the instrument of that short name, or say which there are like it."""
    there = instruments()
    if name not in there:
        fix = close_names(name, there, otherwise="see instruments.catalogue()")
        raise CodebookError("instrument", "the short name of an instrument", repr(name), fix)
    return there[name]


def instrument_score(name: str) -> InstrumentScore:
    """Return the score of that name of whichever instrument, or say which there are like it."""
    there = {score.name: score for one in instruments().values() for score in one.scores.values()}
    if name not in there:
        fix = close_names(name, there, otherwise="see instruments.catalogue()")
        raise CodebookError("score", "a score of an instrument", repr(name), fix)
    return there[name]


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = resources.files("workforce_metrics.codebooks").joinpath("data", name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def _score(row: Mapping[str, str], bands: Bands | None, conversion: Mapping[int, float]) -> InstrumentScore:
    return InstrumentScore(
        name=row["score"],
        instrument=row["instrument"],
        label=row["label"],
        items=tuple(row["items"].split()),
        reversed_items=frozenset(row["reversed"].split()),
        codes=_codes(row["codes"]),
        other_codes=_codes(row["other_codes"]),
        statistics=tuple(row["statistics"].split()),
        direction=row["direction"],
        min_answered=int(row["min_answered"]),
        min_answered_status=row["min_answered_status"],
        not_scored=frozenset(_codes(row["not_scored"])),
        not_scored_status=row["not_scored_status"],
        status=row["status"],
        note=row["note"],
        bands=bands,
        conversion=conversion,
    )


def _codes(text: str) -> tuple[int, ...]:
    """Read ``1-5`` (every whole number) or ``0 25 50`` (those alone)."""
    if "-" in text:
        low, high = text.split("-")
        return tuple(range(int(low), int(high) + 1))
    return tuple(map(int, text.split()))


def _bands() -> dict[str, Bands]:
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _rows("instrument_bands.csv"):
        rows[row["score"]].append(row)
    return {score: _band_set(of_score) for score, of_score in rows.items()}


def _band_set(rows: list[dict[str, str]]) -> Bands:
    labels, cut_offs = _column(rows, "band"), tuple(float(start) for start in _column(rows[1:], "from"))
    return Bands(labels, cut_offs, rows[0]["closed"], rows[0]["status"], rows[0]["note"])


def _column(rows: Iterable[Mapping[str, str]], name: str) -> tuple[str, ...]:
    return tuple(row[name] for row in rows)


def _conversions() -> dict[str, dict[int, float]]:
    tables: dict[str, dict[int, float]] = defaultdict(dict)
    for row in _rows("instrument_conversions.csv"):
        tables[row["score"]][int(row["total"])] = float(row["value"])
    return tables
