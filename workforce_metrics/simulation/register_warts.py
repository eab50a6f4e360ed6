"""What goes wrong in real register files, added to a simulated one in known numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.simulation.register_rows import as_text
from workforce_metrics.simulation.service_dates import ONE_DAY

__all__ = ["add_register_warts"]

Integers = npt.NDArray[np.int64]

SHARE = 0.002
OTHER_FORMAT_SHARE = 0.15
LONG_ENOUGH = 60
UNKNOWN_REASON = "Local code 77"
RESIGNED = "Voluntary Resignation - Other/Not Known"
DATES = ("First registration", "Lapsed")


def add_register_warts(
    rng: np.random.Generator, extract: pd.DataFrame, spells: pd.DataFrame, *, start: np.datetime64, end: np.datetime64
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Return the extract with malformed cells and rows, in another order of rows, the true spells, and the counts.

    Notes
    -----
    A changed cell says the same in another way (another date format, a sentinel for a blank, an id as a float),
    or too much (a leaving after the window, a reason without a leaving). Added rows are either copies of, parts of or
    transfers within a true spell, or belong to people who are not in the clean extract and have one defect each. Read
    by the rules (gaps of up to 183 days joined), what is kept are the true spells. The true spells come back
    because some of their people have another identifier.
    """
    table = extract.astype({"Lapse reason": "object"})
    n_each = max(2, round(SHARE * len(table)))
    counts = _change_running(rng, table, n_each, end)
    table, more = _split_and_overlap(rng, table, n_each, start, end)
    counts |= more
    table, spells, n_floats = _float_ids(rng, table, spells, n_each)
    table, n_formats = _other_format(rng, table)
    plain = rng.permutation(np.flatnonzero(_is_plain(table, start, end)))
    copies = table.iloc[plain[:n_each]]
    strangers, more = _strangers(rng, table, n_each, start, end)
    counts |= {
        "an id as a float": n_floats,
        "a date as day/month/year": n_formats,
        "a repeated row": len(copies),
    } | more
    dirty = pd.concat([table, copies, strangers], ignore_index=True)
    dirty = dirty.iloc[rng.permutation(len(dirty))].reset_index(drop=True)
    return dirty, spells, pd.Series(counts, dtype="int64", name="n").rename_axis("rule")


def _change_running(rng: np.random.Generator, table: pd.DataFrame, n_each: int, end: np.datetime64) -> dict[str, int]:
    """Write something where a spell goes on: nothing of it is a leaving within the window. Changes `table`."""
    running = rng.permutation(np.flatnonzero(table["Lapsed"].isna()))
    parts = [running[number * n_each : (number + 1) * n_each] for number in range(4)]
    lapsed, reason = table["Lapsed"].to_numpy(dtype=object).copy(), table["Lapse reason"].to_numpy(dtype=object).copy()
    lapsed[parts[0]] = "9999-12-31"
    lapsed[parts[1]] = "1900-01-01"
    lapsed[parts[2]] = as_text(end + rng.integers(1, 200, len(parts[2])) * ONE_DAY)
    reason[parts[2]] = RESIGNED
    reason[parts[3]] = RESIGNED
    table["Lapsed"], table["Lapse reason"] = lapsed, reason
    rules = ("left 9999-12-31", "left 1900-01-01", "left after observed_to", "a reason without a leaving")
    return {rule: len(part) for rule, part in zip(rules, parts, strict=True)}


def _split_and_overlap(
    rng: np.random.Generator, table: pd.DataFrame, n_each: int, start: np.datetime64, end: np.datetime64
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Cut rows in two at a same-day transfer, and add rows that lie within another row of the same person."""
    joined = table["First registration"].to_numpy(dtype="datetime64[D]")
    left = table["Lapsed"].where(table["Lapsed"].notna(), str(end)).to_numpy(dtype="datetime64[D]")
    earliest, until = np.maximum(joined, start), np.minimum(left, end)
    n_days = (until - earliest).astype(np.int64)
    long_enough = rng.permutation(np.flatnonzero((n_days > LONG_ENOUGH) & (left > start)))
    cut, within = long_enough[:n_each], long_enough[n_each : 2 * n_each]
    middle = as_text(earliest[cut] + n_days[cut] // 2 * ONE_DAY)
    before, after, inside = table.iloc[cut].copy(), table.iloc[cut].copy(), table.iloc[within].copy()
    before["Lapsed"], before["Lapse reason"], after["First registration"] = middle, "Employee Transfer", middle
    inside["First registration"] = as_text(earliest[within] + 10 * ONE_DAY)
    inside["Lapsed"] = as_text(until[within] - 10 * ONE_DAY)
    inside["Lapse reason"] = UNKNOWN_REASON
    rest = table.drop(index=table.index[cut])
    counts = {
        "a same-day transfer": len(cut),
        "an overlapping spell": len(within),
        "a reason on no list": len(within),
    }
    return pd.concat([rest, before, after, inside], ignore_index=True), counts


def _float_ids(
    rng: np.random.Generator, table: pd.DataFrame, spells: pd.DataFrame, n_each: int
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Give some people a number as identifier, written as a float in the first of their rows."""
    people = spells["person_id"].unique()
    chosen = people[rng.choice(len(people), min(n_each, len(people)), replace=False)]
    number_of = {person: "9" + str(person).removeprefix("SIM") for person in chosen}
    theirs = table["PIN"].isin(number_of).to_numpy()
    first = theirs & ~table["PIN"].duplicated().to_numpy()
    pin = table["PIN"].replace(number_of).to_numpy(dtype=object).copy()
    pin[first] = pin[first] + ".0"
    return (
        table.assign(PIN=pin),
        spells.assign(person_id=spells["person_id"].replace(number_of)),
        int(first.sum()),
    )


def _other_format(rng: np.random.Generator, table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Write some dates day first; only those after the 12th, which no other order of day and month fits."""
    changed: dict[str, npt.NDArray[np.object_]] = {}
    n_changed = 0
    for column in DATES:
        text = table[column].to_numpy(dtype=object).copy()
        year, month, day = (table[column].str.slice(*place) for place in ((0, 4), (5, 7), (8, 10)))
        late = pd.to_numeric(day).gt(12) & ~year.isin(["9999", "1900"])
        chosen = late.to_numpy() & (rng.random(len(text)) < OTHER_FORMAT_SHARE)
        text[chosen] = (day + "/" + month + "/" + year).to_numpy(dtype=object)[chosen]
        changed[column] = text
        n_changed += int(chosen.sum())
    return table.assign(**changed), n_changed


def _is_plain(table: pd.DataFrame, start: np.datetime64, end: np.datetime64) -> npt.NDArray[np.bool_]:
    """Return which rows hold nothing that another rule counts, so that a copy adds to no other count."""
    lapsed, reason = table["Lapsed"], table["Lapse reason"]
    in_window = lapsed.gt(str(start)) & lapsed.le(str(end)) & ~reason.isin([UNKNOWN_REASON, "Employee Transfer"])
    plain = (in_window | (lapsed.isna() & reason.isna())) & ~table["PIN"].str.endswith(".0")
    for column in DATES:
        plain &= ~table[column].str.contains("/", na=False)
    return plain.to_numpy(dtype=bool)


def _strangers(
    rng: np.random.Generator, table: pd.DataFrame, n_each: int, start: np.datetime64, end: np.datetime64
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return rows of people who are not in the clean extract, each with one defect, and their number by rule."""
    third = (end - start) // 3
    in_window, later = str(start + third), str(start + 2 * third)
    before, long_before = str(start - 30 * ONE_DAY), str(start - 900 * ONE_DAY)
    defects: dict[str, dict[str, str | None]] = {
        "no date of joining": {"First registration": None},
        "joined 1900-01-01": {"First registration": "1900-01-01"},
        "a date of joining that is none": {"First registration": "31/02/2021"},
        "a date of leaving that is none": {"Lapsed": "not known", "Lapse reason": RESIGNED},
        "left before joining": {"First registration": later, "Lapsed": in_window, "Lapse reason": RESIGNED},
        "left on the day of joining": {"Lapsed": in_window, "Lapse reason": RESIGNED},
        "joined after observed_to": {"First registration": str(end + 30 * ONE_DAY)},
        "left before observed_from": {"First registration": long_before, "Lapsed": before, "Lapse reason": RESIGNED},
        "no id": {"PIN": None},
        "an id in scientific notation": {"PIN": "1.23457E+11"},
    }
    rows = []
    for number, cells in enumerate(defects.values()):
        some = table.iloc[rng.choice(len(table), min(n_each, len(table)), replace=False)].copy()
        some["PIN"] = [f"SIM-X{number}{person:05d}" for person in range(1, len(some) + 1)]
        some["First registration"], some["Lapsed"], some["Lapse reason"] = in_window, None, None
        rows.append(some.assign(**cells))
    return pd.concat(rows, ignore_index=True), {rule: len(some) for rule, some in zip(defects, rows, strict=True)}
