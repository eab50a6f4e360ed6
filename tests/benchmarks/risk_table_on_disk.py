"""Time the risk table by three columns of 5,000,000 spells on disk: time, and memory of the process.

Ours (streamed with NumPy) against the in-memory route (`Register.from_parquet`, `build_cohort`, `risk_table`) and a
group-by of Polars through `engine="lazy"`, each in a process of its own over the same file, in one run. The three
tables are compared. Aim: under 3 s and under 500 MB.

    python tests/benchmarks/risk_table_on_disk.py [--spells 5000000] [--folder /tmp]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import workforce_metrics as wm
from workforce_metrics.extracts import LoadReport, Register

BY = ["organisation", "staff_group", "age_band"]
WINDOW = ("2015-03-31", "2025-03-31")
ROUTES = ("streamed", "in memory", "polars")


def simulated(n: int, seed: int) -> Register:
    """A register of n spells in 50 organisations, 8 staff groups and 5 age bands."""
    rng = np.random.default_rng(seed)
    joined = np.datetime64("2008-01-01") + rng.integers(0, 6_200, n)
    left = joined + np.ceil(rng.weibull(0.8, n) * 3_000).astype(np.int64)
    left[left > np.datetime64(WINDOW[1])] = np.datetime64("NaT")
    table = pd.DataFrame(
        {
            "person_id": pd.array(np.char.mod("%08d", np.arange(n)), dtype="string[pyarrow]"),
            "joined": joined.astype("datetime64[s]"),
            "left": left.astype("datetime64[s]"),
            "organisation": pd.Categorical.from_codes(rng.integers(0, 50, n), [f"R{i:02d}" for i in range(50)]),
            "staff_group": pd.Categorical.from_codes(rng.integers(0, 8, n), [f"group {i}" for i in range(8)]),
            "age_band": pd.Categorical.from_codes(rng.integers(0, 5, n), [f"band {i}" for i in range(5)], ordered=True),
        }
    )
    counts = pd.DataFrame({"action": [], "rule": [], "column": [], "n": []})
    report = LoadReport("simulated", n, counts, pd.DataFrame({"row": [], "rule": []}))
    return Register(table, "left the register", pd.Timestamp(WINDOW[0]), pd.Timestamp(WINDOW[1]), report)


def counted(route: str, path: Path) -> wm.RiskTable:
    if route == "streamed":
        return wm.risk_table(path, by=BY)
    if route == "in memory":
        return wm.risk_table(wm.build_cohort(wm.Register.from_parquet(path)), by=BY)
    import polars as pl

    return wm.risk_table(pl.scan_parquet(path), by=BY, definition="left the register", window=WINDOW)


def peak_megabytes() -> float:
    """The most memory that this process has had, of which its parent's is no part (Linux)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def alone(route: str, path: Path) -> dict[str, float]:
    """Count in this process and say what it took."""
    before = peak_megabytes()
    start, processor = time.perf_counter(), time.process_time()
    table = counted(route, path)
    seconds, used, peak = time.perf_counter() - start, time.process_time() - processor, peak_megabytes()
    frame = table.frame
    return {
        "seconds": seconds,
        "processor": used,
        "megabytes": peak,
        "before": before,
        "groups": len(table.groups),
        "cells": len(frame),
        "check": float((frame["time"] * (frame["n_risk"] + 3 * frame["n_event"] + 7 * frame["n_entry"])).sum()),
    }


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--spells", type=int, default=5_000_000)
    arguments.add_argument("--folder", default=None)
    arguments.add_argument("--route", choices=ROUTES)
    arguments.add_argument("--path", type=Path)
    asked = arguments.parse_args()
    if asked.route:
        print(json.dumps(alone(asked.route, asked.path)))
        return
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        path = simulated(asked.spells, seed=1).to_parquet(Path(folder) / "spells.parquet")
        print(f"{asked.spells:,} spells, {path.stat().st_size / 1e6:,.0f} MB of Parquet, by {', '.join(BY)}")
        print(f"{'route':12s} {'seconds':>9s} {'processor':>10s} {'peak MB':>9s} {'before MB':>10s}")
        checks = set()
        for route in ROUTES:
            command = [sys.executable, __file__, "--route", route, "--path", str(path)]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
            checks.add((found["groups"], found["cells"], found["check"]))
            print(
                f"{route:12s} {found['seconds']:9.2f} {found['processor']:10.2f} {found['megabytes']:9.0f}"
                f" {found['before']:10.0f}"
            )
        print("the three tables agree" if len(checks) == 1 else f"THE TABLES DIFFER: {checks}")


if __name__ == "__main__":
    main()
