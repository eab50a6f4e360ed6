"""What the benchmark scripts share: seconds of some work, and a table of ours against others'."""

from __future__ import annotations

import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pandas as pd

__all__ = ["peak_mb", "print_ratios", "r_seconds", "seconds"]


def seconds(work: Callable[[], object], *, rounds: int = 1, warm: bool = False) -> float:
    """Return the median seconds of `work`, after a round that does not count where `warm`."""
    if warm:
        work()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def peak_mb() -> float:
    """Return the most memory that this process has held so far, the data and the packages included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def print_ratios(title: str, ours: float, others: dict[str, float | None]) -> None:
    """Print our seconds, and each other's with the ratio; None = not installed or not asked for."""
    print(f"{title}: ours {ours:.3f} s")
    for name, taken in others.items():
        print(f"  {name:42s} " + ("not run" if taken is None else f"{taken:9.3f} s  {taken / ours:8.1f} times ours"))


def r_seconds(script: str, rows: pd.DataFrame) -> dict[str, float]:
    """Run an R script that reads the CSV file named first in its arguments and prints "name seconds" lines."""
    with tempfile.TemporaryDirectory() as folder:
        file, code = Path(folder) / "rows.csv", Path(folder) / "script.R"
        rows.to_csv(file, index=False)
        code.write_text(script)
        said = subprocess.run(["Rscript", str(code), str(file)], capture_output=True, text=True, check=True).stdout  # noqa: S603, S607 - our own script
    return {line.rsplit(maxsplit=1)[0]: float(line.rsplit(maxsplit=1)[1]) for line in said.splitlines()}
