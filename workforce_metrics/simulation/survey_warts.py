"""What goes wrong in real survey files, added to a simulated one in known numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.codebooks.codebook import Codebook

__all__ = ["add_survey_warts"]

Integers = npt.NDArray[np.int64]

SHARE = 0.002
LABELLED = ("burnout_burnt_out", "teams_work_well_together", "level_of_pay", "violence_public", "think_about_leaving")
LABELLED_SHARE = 0.3
FIVE_POINT = ("agree5", "freq5", "satis5")
N_COLUMNS = 12
IN_BLANK_CELLS = {
    "a code outside the scale": ("7", "55", "0"),
    "99 for not answered": ("99",),
    "text that is no answer of the scale": ("see comment",),
}


def add_survey_warts(
    rng: np.random.Generator, extract: pd.DataFrame, codebook: Codebook
) -> tuple[pd.DataFrame, pd.Series]:
    """Return the extract with malformed cells and rows added, in another order of rows, and their number by rule.

    Notes
    -----
    Codes outside the scale, 99 and stray text stand only in cells that were blank; answers that contradict the routing
    only where nothing was asked; labels stand for the same answer. Reading them as missing, or as their label,
    gives back every answer of the clean extract. Malformed rows are added, each with one defect.
    """
    table = extract.copy()
    filled, counts = _fill_blank_cells(rng, table, codebook)
    contradicted, more = _contradict_routing(rng, table, codebook)
    counts |= more | _write_labels(rng, table, codebook)
    untouched = np.setdiff1d(np.arange(len(table)), np.concatenate([filled, contradicted]))
    rows, row_counts = _malformed_rows(rng, table, codebook, untouched)
    dirty = pd.concat([table, *rows], ignore_index=True)
    dirty = dirty.iloc[rng.permutation(len(dirty))].reset_index(drop=True)
    return dirty, pd.Series(counts | row_counts, dtype="int64", name="n").rename_axis("rule")


def _number(n_rows: int) -> int:
    return max(2, round(SHARE * n_rows))


def _fill_blank_cells(
    rng: np.random.Generator, table: pd.DataFrame, codebook: Codebook
) -> tuple[Integers, dict[str, int]]:
    """Write what is no answer where there was none. Changes `table`; returns the rows and the counts."""
    five_point = [item for item in codebook.items.values() if item.scale.name in FIVE_POINT and not item.routes]
    columns = rng.choice([item.columns[0] for item in five_point], N_COLUMNS, replace=False).tolist()
    rows, positions = np.nonzero(table[columns].isna().to_numpy())
    n_each = min(_number(len(table)), len(rows) // len(IN_BLANK_CELLS))
    cells = rng.permutation(len(rows))[: n_each * len(IN_BLANK_CELLS)]
    text = np.concatenate([np.resize(np.array(marks, dtype=object), n_each) for marks in IN_BLANK_CELLS.values()])
    for position, column in enumerate(columns):
        mine = positions[cells] == position
        written = table[column].astype("string")
        written.iloc[rows[cells[mine]]] = text[mine]
        table[column] = written
    return rows[cells], dict.fromkeys(IN_BLANK_CELLS, n_each)


def _contradict_routing(
    rng: np.random.Generator, table: pd.DataFrame, codebook: Codebook
) -> tuple[Integers, dict[str, int]]:
    """Answer what follows a "yes" after a "no". Changes `table`; returns the rows and the count."""
    asked = codebook.item("work_despite_unwell").columns[0]
    routed = codebook.item("pressure_from_manager_to_work").columns[0]
    not_led = np.flatnonzero(table[asked].eq(2).to_numpy(dtype=bool, na_value=False))
    chosen = rng.permutation(not_led)[: _number(len(table))]
    answers = table[routed].copy()
    answers.iloc[chosen] = rng.integers(1, 3, len(chosen))
    table[routed] = answers
    return chosen, {"an answer to a question not asked": len(chosen)}


def _write_labels(rng: np.random.Generator, table: pd.DataFrame, codebook: Codebook) -> dict[str, int]:
    """Write labels for some codes, in odd case and spacing or as published. Changes `table`."""
    n_labels = 0
    for concept in LABELLED:
        item = codebook.item(concept)
        code = table[item.columns[0]].astype("string").fillna("").to_numpy(dtype=object)
        text = code.copy()
        text[code == ""] = None
        chosen = rng.random(len(text)) < LABELLED_SHARE
        style = rng.integers(0, 4, len(text))
        for option in item.scale.options:
            mine = chosen & (code == str(option.code))
            for number, label in enumerate(_styles(option.label)):
                text[mine & (style == number)] = label
            n_labels += int(mine.sum())
        table[item.columns[0]] = pd.array(text, dtype="string")
    return {"a label instead of a code": n_labels}


def _styles(label: str) -> tuple[str, ...]:
    return label.upper(), f" {label.lower()} ", label.replace(" ", "  "), label


def _malformed_rows(
    rng: np.random.Generator, table: pd.DataFrame, codebook: Codebook, source: Integers
) -> tuple[list[pd.DataFrame], dict[str, int]]:
    """Return rows made of those at `source`, each with one defect, and their number by rule."""
    n_each = min(_number(len(table)), len(source))
    questions = [column for column in table.columns if column.startswith("q")]

    def some(kind: str | None = None) -> pd.DataFrame:
        rows = table.iloc[rng.permutation(source)[:n_each]].copy()
        if kind is not None:
            rows["respondent_id"] = [f"SIM-{kind}-{number}" for number in range(1, n_each + 1)]
        return rows

    repeated = some()
    first, other = some("twice"), some("twice")
    burnt_out = codebook.item("burnout_burnt_out").columns[0]
    first[burnt_out], other[burnt_out] = pd.array(["1"] * n_each, "string"), pd.array(["5"] * n_each, "string")
    no_id, empty, no_weight = some(), some("empty"), some("weight")
    no_id["respondent_id"] = None
    for column in questions:
        empty[column] = empty[column].where(np.zeros(n_each, dtype=bool))
    no_weight["weight"] = np.nan
    rows = [repeated, first, other, no_id, empty, no_weight]
    return rows, {
        "a repeated row": n_each,
        "one respondent id on two different rows": 2 * n_each,
        "no respondent id": n_each,
        "no question answered": n_each,
        "no weight": n_each,
    }
