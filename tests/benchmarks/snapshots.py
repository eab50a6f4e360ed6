"""National snapshots to spells: our time against a bare NumPy pass over the same files, and the memory held.

    python tests/benchmarks/snapshots.py --rows 10M --layout files
    python tests/benchmarks/snapshots.py --rows 86M --layout unsorted --memory-limit 2GB
    python tests/benchmarks/snapshots.py --rows 86M --identifiers text

Every measurement is a process of its own. The bare pass reads the same columns period by period and updates the first
and last snapshot and the organisation of each person by direct index; it checks nothing, knows one post a person and
makes no register.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from timing import peak_mb

N_PERIODS = 60
ROWS = {"1M": 1_000_000, "10M": 10_000_000, "30M": 30_000_000, "86M": 86_000_000}
COLUMNS = {
    "person_id": "person_id",
    "period": "period",
    "organisation": "organisation",
    "fte": "fte",
    "joined": "joined",
}
READ = ["person_id", "organisation", "fte", "joined"]
N_ORGANISATIONS = 230
SECOND_POSTS = 0.03


def month_ends() -> np.ndarray:
    """Return the last days of sixty months."""
    months = np.arange("2020-01", "2025-01", dtype="datetime64[M]")
    return ((months + 1).astype("datetime64[D]") - 1).astype("datetime64[D]")


def periods_of_rows(n_rows: int, *, as_text: bool, seed: int = 5):
    """Yield the table of one month after another: leavers, joiners, moves, gaps and second posts."""
    rng = np.random.default_rng(seed)
    n = int(n_rows / N_PERIODS / (1 + SECOND_POSTS))
    there = np.arange(n)
    organisation = rng.integers(0, N_ORGANISATIONS, n).astype(np.int16)
    days = month_ends()
    joined = (days[0] - rng.integers(0, 9000, n).astype("timedelta64[D]")).astype("datetime64[D]")
    n_known = n
    names = pa.array([f"R{code:03d}" for code in range(N_ORGANISATIONS)])
    for day in days:
        table_rows = np.flatnonzero(rng.random(len(there)) > 0.004)  # some are missing once
        second = table_rows[rng.random(len(table_rows)) < SECOND_POSTS]
        rows = rng.permutation(np.concatenate([table_rows, second]))
        person = there[rows]
        yield pa.table(
            {
                "person_id": pa.array([f"E{code:09d}" for code in person]) if as_text else pa.array(person),
                "period": pa.array(np.repeat(day, len(rows))),
                "organisation": pa.DictionaryArray.from_arrays(
                    pa.array(organisation[rows].astype(np.int32)), names
                ).cast(pa.string()),
                "fte": pa.array(rng.choice([1.0, 1.0, 0.8, 0.6, 0.5], len(rows))),
                "joined": pa.array(joined[rows]),
            }
        )
        stay = rng.random(len(there)) > 0.009
        n_new = int((~stay).sum())
        moved = rng.random(len(there)) < 0.004
        organisation[moved] = rng.integers(0, N_ORGANISATIONS, int(moved.sum()))
        there = np.concatenate([there[stay], np.arange(n_known, n_known + n_new)])
        organisation = np.concatenate([organisation[stay], rng.integers(0, N_ORGANISATIONS, n_new).astype(np.int16)])
        joined = np.concatenate([joined[stay], day + rng.integers(1, 29, n_new).astype("timedelta64[D]")])
        n_known += n_new


def write(folder: Path, n_rows: int, *, layout: str, as_text: bool) -> None:
    """Write the snapshots as a file a month, or as one file in no order."""
    tables = periods_of_rows(n_rows, as_text=as_text)
    if layout == "files":
        for day, table in zip(month_ends(), tables, strict=True):
            parquet.write_table(table, folder / f"{day}.parquet")
        return
    rng = np.random.default_rng(1)
    writer = None
    held: list[pa.Table] = []
    # every row group holds rows of all months: months are cut into as many parts as there are row groups
    with tempfile.TemporaryDirectory(dir=folder.parent) as parts:
        n_parts = max(n_rows // 1_000_000, 1)
        for month, ordered in enumerate(tables):
            table = ordered.take(pa.array(rng.permutation(ordered.num_rows)))
            size = -(-table.num_rows // n_parts)
            parquet.write_table(table, Path(parts) / f"{month}.parquet", row_group_size=size)
        sources = [parquet.ParquetFile(Path(parts) / f"{month}.parquet") for month in range(N_PERIODS)]
        for part in range(n_parts):
            held = [source.read_row_group(part) for source in sources if part < source.num_row_groups]
            table = pa.concat_tables(held)
            table = table.take(pa.array(rng.permutation(table.num_rows)))
            writer = writer or parquet.ParquetWriter(folder / "all.parquet", table.schema)
            writer.write_table(table, row_group_size=table.num_rows)
        writer.close()
        for source in sources:
            source.close()


def bare(folder: Path) -> dict[str, float]:
    """Update first and last snapshot of each person, file by file, with one missed snapshot tolerated."""
    files = sorted(folder.glob("*.parquet"))
    begun = time.perf_counter()
    size = 1 << 16
    first, last = np.full(size, -1, np.int16), np.full(size, -9, np.int16)
    where, start = np.zeros(size, np.int32), np.zeros(size, np.int32)
    n_spells, codes = 0, dict[str, int]()
    for t, file in enumerate(files):
        table = parquet.ParquetFile(file, read_dictionary=["organisation"]).read(READ)
        person = table["person_id"].to_numpy()
        chunks = table["organisation"].unify_dictionaries().chunks
        known = [codes.setdefault(name, len(codes)) for name in chunks[0].dictionary.to_pylist()]
        code = np.array(known, np.int32)[np.concatenate([chunk.indices.to_numpy() for chunk in chunks])]
        joined = table["joined"].cast(pa.int32()).to_numpy()
        table["fte"].to_numpy()
        most = int(person.max()) + 1
        if most > size:
            more = 2 * most - size
            first, last = np.append(first, np.full(more, -1, np.int16)), np.append(last, np.full(more, -9, np.int16))
            where, start = np.append(where, np.zeros(more, np.int32)), np.append(start, np.zeros(more, np.int32))
            size += more
        new = (last[person] < t - 2) | (where[person] != code)
        begins = person[new]
        first[begins], where[begins], start[begins] = t, code[new], joined[new]
        last[person] = t
        n_spells += len(begins)
    return {"seconds": time.perf_counter() - begun, "n": n_spells}


def ours(folder: Path, memory_limit: str) -> dict[str, float]:
    """Read the same into a register."""
    import workforce_metrics as wm

    begun = time.perf_counter()
    register = wm.read_snapshots(
        folder, columns=COLUMNS, definition="left the organisation", gap_periods=1, memory_limit=memory_limit
    )
    return {"seconds": time.perf_counter() - begun, "n": len(register)}


def child(kind: str, folder: Path, memory_limit: str) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    command = [sys.executable, __file__, "--child", kind, "--folder", str(folder), "--memory-limit", memory_limit]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    said = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - this very script
    if said.returncode:
        raise SystemExit(said.stderr)
    return json.loads(said.stdout.splitlines()[-1])


def main() -> None:
    """Make the files, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", choices=ROWS, default="10M")
    parser.add_argument("--layout", choices=["files", "unsorted"], default="files")
    parser.add_argument("--identifiers", choices=["numbers", "text"], default="numbers")
    parser.add_argument("--memory-limit", default="1GB")
    parser.add_argument("--folder", type=Path, help="keep the files here, and take those that are there")
    parser.add_argument("--child", choices=["ours", "bare"])
    asked = parser.parse_args()
    if asked.child:
        done = ours(asked.folder, asked.memory_limit) if asked.child == "ours" else bare(asked.folder)
        print(json.dumps({**done, "peak_mb": peak_mb()}))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = (asked.folder or Path(made)) / f"{asked.rows}_{asked.layout}_{asked.identifiers}"
        if not folder.exists():
            folder.mkdir(parents=True)
            write(folder, ROWS[asked.rows], layout=asked.layout, as_text=asked.identifiers == "text")
        for file in folder.iterdir():
            file.read_bytes()  # so that neither is the one that waits for the disk
        load = os.getloadavg()[0]
        measured = child("ours", folder, asked.memory_limit)
        print(f"{asked.rows} rows, {asked.layout}, {asked.identifiers}, limit {asked.memory_limit}, load {load:.1f}")
        print(f"  ours {measured['seconds']:8.2f} s  peak {measured['peak_mb']:7.0f} MB  {measured['n']:,} spells")
        if asked.layout == "files" and asked.identifiers == "numbers":
            plain = child("bare", folder, asked.memory_limit)
            print(f"  bare {plain['seconds']:8.2f} s  peak {plain['peak_mb']:7.0f} MB")
            print(f"  ratio {measured['seconds'] / plain['seconds']:.2f}")


if __name__ == "__main__":
    main()
