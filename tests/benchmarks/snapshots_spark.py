"""Snapshots to a register on Spark in local mode: the time it takes, and that the spells are the streamed engine's.

    python tests/benchmarks/snapshots_spark.py --rows 10M

Needs the extra `spark` and Java. Every engine runs in a process of its own on the same Parquet files, one a month. The
time is that of `read_snapshots`, report and all; starting Spark is told apart. No ratio is judged: Spark is for what
outgrows one machine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from snapshots import COLUMNS, ROWS, write
from timing import peak_mb

import workforce_metrics as wm

ENGINES = ("stream", "spark", "polars")


def source_for(engine: str, folder: Path) -> object:
    """Return the files, or a frame that reads them."""
    if engine == "polars":
        import polars as pl

        return pl.scan_parquet(folder / "*.parquet")
    if engine == "spark":
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "4g")
        session = builder.config("spark.sql.shuffle.partitions", "16").config("spark.ui.enabled", "false").getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        return session.read.parquet(str(folder))
    return str(folder / "*.parquet")


def measure(engine: str, folder: Path, out: Path) -> dict[str, float]:
    """Read the snapshots on one engine and write the spells."""
    begun = time.perf_counter()
    source = source_for(engine, folder)
    ready = time.perf_counter()
    register = wm.read_snapshots(
        source, columns=COLUMNS, definition="left the organisation", gap_periods=1, progress=False
    )
    taken = time.perf_counter() - ready
    register.spells.to_parquet(out)
    return {"started": ready - begun, "seconds": taken, "python_mb": peak_mb(), "spells": len(register)}


def main() -> None:
    """Print a line for each engine and whether the spells are equal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", choices=ROWS, default="10M")
    parser.add_argument("--text", action="store_true", help="identifiers are text")
    parser.add_argument("--engine", choices=ENGINES)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if asked.engine:
        print(json.dumps(measure(asked.engine, asked.folder, asked.out)))
        return
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "staff"
        folder.mkdir()
        write(folder, ROWS[asked.rows], layout="files", as_text=asked.text)
        spells = {}
        for engine in ENGINES:
            out = Path(work) / f"{engine}.parquet"
            command = [sys.executable, __file__, "--engine", engine, "--folder", str(folder), "--out", str(out)]
            said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout  # noqa: S603 - ourselves
            found = json.loads(said.splitlines()[-1])
            print(
                f"{engine:8s} {found['seconds']:8.1f} s (started in {found['started']:.1f} s), Python"
                f" {found['python_mb']:,.0f} MB, {found['spells']:,} spells"
            )
            spells[engine] = pd.read_parquet(out)
        for engine in ENGINES[1:]:
            pd.testing.assert_frame_equal(spells[engine], spells["stream"])
            print(f"{engine}: spells equal to the streamed engine's, row for row")


if __name__ == "__main__":
    main()
