"""Run a benchmark and keep what it printed, for the performance page.

    python tests/benchmarks/record.py leaving_within --rounds 11

writes tests/benchmarks/printed/leaving_within.txt: the command, the commit and the kind of machine, then what the
script printed. Run it on a quiet machine; the load while it began is written down too.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = ("numpy", "scipy", "pandas")


def command_of(name: str, arguments: list[str]) -> str:
    """Return how a reader runs the same."""
    threads = os.environ.get("OPENBLAS_NUM_THREADS")
    setting = f"OPENBLAS_NUM_THREADS={threads} " if threads else ""
    return " ".join([f"{setting}python tests/benchmarks/{name}.py", *arguments])


def measured_with() -> str:
    """Return the commit, the day, the kind of machine and the versions, in two lines."""
    asked = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(asked, cwd=HERE, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - fixed
    machine = f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f} at the start"
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    day = datetime.now(tz=UTC).date().isoformat()
    return f"# commit {commit}, {day}; {machine}\n# Python {platform.python_version()}, {versions}"


def main() -> None:
    name, *arguments = sys.argv[1:]
    head = f"# {command_of(name, arguments)}\n{measured_with()}\n"
    ran = subprocess.run(  # noqa: S603 - our own scripts
        [sys.executable, str(HERE / f"{name}.py"), *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    print(ran.stdout)
    (HERE / "printed" / f"{name}.txt").write_text(head + ran.stdout, encoding="utf-8")


if __name__ == "__main__":
    main()
