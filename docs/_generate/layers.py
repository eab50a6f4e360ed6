"""Draw the house: the layers of pyproject.toml as a picture for the architecture page.

    python docs/_generate/layers.py

The layers are read from import-linter's contract, so that the picture shows the house that is held.
"""

from __future__ import annotations

import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "images" / "layers.svg"
WHAT = {
    "reporting": "suppressed results → one report: page, workbook, text",
    "estimation": "scores → estimates: design, totals, intervals, groups, suppression",
    "loaders": "files → extracts",
    "indicators": "answers → scores, shares",
    "survival": "cohort → curves, models",
    "simulation": "extracts with known truth",
    "extracts": "StaffSurvey, Register, LoadReport",
    "figures": "PublishedSurvey, CellReport",
    "results": "what every result shares",
    "groups": "groups as whole numbers",
    "multiplicity": "many tests at once",
    "typed_parquet": "frames in Parquet, exactly",
    "snapshot_report": "the account of snapshots",
    "register_file": "a register in a file and back",
    "typed_columns": "columns' exact types",
    "plotting": "tidy frames → axes; the only room with matplotlib",
    "codebooks": "facts as data files, and the code that reads them",
    "provenance": "what everything was made from",
    "whole_files": "files written whole or not at all",
    "errors": "every exception and warning",
}
"""What a room is for, in a few words. A room that is not listed is drawn with its name alone."""
WIDTH, FLOOR, GAP, EDGE = 940, 62, 12, 16
COLOURS = ("#e8f1f8", "#ffffff")
INK, LINE, FAINT = "#1c2b36", "#3c6e91", "#4a5a66"


def layers() -> list[list[str]]:
    """Return the rooms of each floor, from the top floor to the ground."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    return [
        [room.strip().removeprefix("workforce_metrics.") for room in floor.split("|")] for floor in contract["layers"]
    ]


def text() -> str:
    """Return the picture."""
    floors = layers()
    height = 2 * EDGE + len(floors) * FLOOR + (len(floors) - 1) * GAP
    rooms = [
        one
        for number, names in enumerate(floors)
        for one in floor_of(names, EDGE + number * (FLOOR + GAP), COLOURS[number % 2])
    ]
    named = escape("; ".join(" | ".join(names) for names in floors))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{named}">',
            f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#fff"/>',
            '<g font-family="system-ui, sans-serif" text-anchor="middle">',
            *rooms,
            "</g>",
            "</svg>",
            "",
        ]
    )


def floor_of(names: list[str], top: int, colour: str) -> list[str]:
    """Return the boxes of one floor, side by side."""
    wide = (WIDTH - 2 * EDGE - (len(names) - 1) * GAP) / len(names)
    boxes = []
    for place, name in enumerate(names):
        left = EDGE + place * (wide + GAP)
        middle, what = left + wide / 2, WHAT.get(name, "")
        place_of_name = f'x="{middle:.1f}" y="{top + (27 if what else 37)}"'
        box = f'x="{left:.1f}" y="{top}" width="{wide:.1f}" height="{FLOOR}"'
        boxes += [
            f'<rect {box} rx="6" fill="{colour}" stroke="{LINE}"/>',
            f'<text {place_of_name} font-size="17" font-weight="600" fill="{INK}">{name}</text>',
        ]
        if what:
            size = min(13.0, (wide - 16) / (0.52 * len(what)))
            boxes.append(
                f'<text x="{middle:.1f}" y="{top + 47}" font-size="{size:.1f}" fill="{FAINT}">{escape(what)}</text>'
            )
    return boxes


if __name__ == "__main__":
    PICTURE.write_text(text(), encoding="utf-8")
