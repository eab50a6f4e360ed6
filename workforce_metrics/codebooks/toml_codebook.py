"""A codebook written as TOML: tables of scales, items and scores."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from typing import TypeVar

from workforce_metrics.codebooks.codebook import DIRECTIONS, Codebook, Item, Score
from workforce_metrics.codebooks.declarations import (
    FAVOURABLE,
    check_choice,
    check_columns,
    check_finite,
    check_minimum,
    check_names,
    check_once,
    placed,
    read_routes,
)
from workforce_metrics.codebooks.scale import Option, Scale
from workforce_metrics.errors import CodebookError

__all__ = ["parse_toml"]

T = TypeVar("T")
Cells = Mapping[str, object]
_BOOK_KEYS = ("name", "edition", "missing", "scales", "items", "scores")
_SCALE_KEYS = ("options", "status")
_OPTION_KEYS = ("code", "label", "value")
_EXTRA_KEYS = ("code", "label")
_ITEM_KEYS = (
    "column", "columns", "scale", "direction", "extra", "routed_from", "counted", "base", "base_status", "favourable",
    "break_at", "break_reason", "note",
)  # fmt: skip
_SCORE_KEYS = ("label", "items", "parts", "min_answered", "code", "level")
_KINDS: Mapping[type, str] = {
    str: "text", int: "a whole number", float: "a number with a fraction", bool: "true or false", list: "a list",
    dict: "a table",
}  # fmt: skip


def parse_toml(text: str, name: str) -> Codebook:
    r"""Build the codebook that TOML text declares.

    Parameters
    ----------
    text : str
        The contents of the file.
    name : str
        The file's name, with which every message starts.

    Returns
    -------
    Codebook

    Raises
    ------
    CodebookError
        Naming the table and key at fault, or the line where the text is not TOML.

    Examples
    --------
    >>> book = parse_toml('name = "Example"\n[scales.freq]\noptions = [{code = 1, label = "Never"}]\n'
    ...     '[items.tired]\ncolumn = "Q1"\nscale = "freq"\ndirection = "negative"', "example.toml")
    >>> book
    <Codebook Example: 1 items, 0 scores>
    """
    with placed(name):
        cells = _parsed(text)
        check_names(cells, required=("name", "scales", "items"), allowed=_BOOK_KEYS)
        scales = {key: _scale(key, table) for key, table in _tables(cells, "scales").items()}
        items = {concept: _item(concept, table, scales) for concept, table in _tables(cells, "items").items()}
        if not items:
            raise CodebookError("items", "at least one item", "none", "declare each item under [items.its_concept]")
        return Codebook(
            _text(cells, "name"),
            items,
            {key: _score(key, table) for key, table in _tables(cells, "scores").items()},
            _optional_int(cells, "edition"),
            frozenset(_texts(cells, "missing")),
        )


def _parsed(text: str) -> Cells:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise CodebookError("the text", "a few levels of lists", "too many", "write plain lists of codes") from error
    except ValueError as error:  # TOMLDecodeError, and a number of more digits than Python reads
        raise CodebookError(
            "the text", "TOML", str(error), "correct the line; text stands in quotation marks"
        ) from error


def _scale(name: str, cells: Cells) -> Scale:
    with placed(f"scales.{name}"):
        check_names(cells, required=("options",), allowed=_SCALE_KEYS)
        options = []
        for number, row in enumerate(_list(cells, "options"), start=1):
            with placed(f"options[{number}]"):
                options.append(_option(_typed("the entry", row, dict)))
        return Scale(name, tuple(options), _text(cells, "status", "declared"))


def _option(cells: Cells) -> Option:
    check_names(cells, required=("code",), allowed=_OPTION_KEYS)
    return Option(_typed("code", cells["code"], int), _text(cells, "label"), _optional_number(cells, "value"))


def _item(concept: str, cells: Cells, scales: Mapping[str, Scale]) -> Item:
    with placed(f"items.{concept}"):
        check_names(cells, required=("scale", "direction"), allowed=_ITEM_KEYS)
        if ("column" in cells) == ("columns" in cells):
            raise CodebookError("column", "either column or columns", "both or neither", "name the column of the file")
        return Item(
            concept=concept,
            columns=check_columns(_texts(cells, "columns") or [_text(cells, "column")]),
            scale=_extended(scales[check_choice("scale", _text(cells, "scale"), scales)], _list(cells, "extra")),
            direction=check_choice("direction", _text(cells, "direction"), DIRECTIONS),
            routes=read_routes("routed_from", _text(cells, "routed_from")),
            counted=_codes(cells, "counted"),
            base=_codes(cells, "base"),
            base_status=_text(cells, "base_status", "declared"),
            favourable=check_choice("favourable", _text(cells, "favourable", "n/a"), FAVOURABLE),
            break_at=_optional_int(cells, "break_at"),
            note=_text(cells, "note"),
            break_reason=_text(cells, "break_reason"),
        )


def _extended(scale: Scale, rows: list[object]) -> Scale:
    """Return the scale with an item's own unscored answers added."""
    extra = []
    for number, row in enumerate(rows, start=1):
        with placed(f"extra[{number}]"):
            cells = _typed("the entry", row, dict)
            check_names(cells, required=("code", "label"), allowed=_EXTRA_KEYS)
            extra.append(_option(cells))
    if not extra:
        return scale
    name = "+".join([scale.name, *(str(option.code) for option in extra)])
    return Scale(name, (*scale.options, *extra), scale.status)


def _score(name: str, cells: Cells) -> Score:
    with placed(f"scores.{name}"):
        check_names(cells, required=(), allowed=_SCORE_KEYS)
        items, parts = _texts(cells, "items"), _texts(cells, "parts")
        members = items or parts
        check_once("items" if items else "parts", members)
        return Score(
            name=name,
            label=_text(cells, "label", name.replace("_", " ")),
            items=items,
            parts=parts,
            min_answered=check_minimum("min_answered", cells.get("min_answered"), len(members)) if members else 1,
            code=_text(cells, "code"),
            level=_text(cells, "level", "score"),
        )


def _typed(where: str, value: object, kind: type[T]) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        got = _KINDS.get(type(value), f"a {type(value).__name__}")
        fix = "put it in quotation marks" if kind is str else f"write {_KINDS[kind]}"
        raise CodebookError(where, _KINDS[kind], got, fix)
    return value


def _text(cells: Cells, key: str, default: str = "") -> str:
    return _typed(key, cells.get(key, default), str)


def _optional_int(cells: Cells, key: str) -> int | None:
    return _typed(key, cells[key], int) if key in cells else None


def _optional_number(cells: Cells, key: str) -> float | None:
    if key not in cells:
        return None
    value = cells[key]
    try:
        number = value if isinstance(value, float) else float(_typed(key, value, int))
    except OverflowError:
        number = math.inf
    return check_finite(key, number)


def _list(cells: Cells, key: str) -> list[object]:
    return _typed(key, cells.get(key, []), list)


def _texts(cells: Cells, key: str) -> tuple[str, ...]:
    return tuple(_typed(key, value, str) for value in _list(cells, key))


def _codes(cells: Cells, key: str) -> frozenset[int]:
    return frozenset(_typed(key, value, int) for value in _list(cells, key))


def _tables(cells: Cells, key: str) -> dict[str, Cells]:
    tables: dict[str, object] = _typed(key, cells.get(key, {}), dict)
    return {name: _typed(f"{key}.{name}", table, dict) for name, table in tables.items()}
