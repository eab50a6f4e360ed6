"""Do 95 % intervals hold the truth 95 times in a hundred? Simulated cohorts with known truth, estimator by estimator.

    python tests/simulations/coverage.py --cohorts 2000 --seed 1 --write docs/coverage.md
    python tests/simulations/coverage.py --cohorts 200 --only cox --sizes usual [--workers 1]
    python tests/simulations/coverage.py --cohorts 2000 --seed 1 --keep FOLDER      # goes on where it was broken off

Each study draws cohorts of its own from random numbers that depend on the seed, the study's name and the cohort's
number alone: not on the other studies, nor on how many processes share the work. Sizes other than the usual one, shown
for comparison, are drawn half as often.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import warnings
import zlib
from collections.abc import Iterable
from pathlib import Path

import curve_studies
import fine_gray_studies
import level_studies
import model_studies
import numpy as np
import parametric_studies
import population_studies
import register_studies
import size_of_tests
from coverage_page import summary, write_page
from study import STUDIES, Finding, Study
from tqdm import tqdm

from workforce_metrics.errors import WorkforceMetricsError

FAMILIES = (
    curve_studies,
    register_studies,
    model_studies,
    fine_gray_studies,
    parametric_studies,
    population_studies,
    size_of_tests,
    level_studies,
)
"""The modules whose studies are run, in the order of the page; importing one registers its studies."""
STUDIES.sort(key=lambda study: [family.__name__ for family in FAMILIES].index(study.draw.__module__))
AT_ONCE = 25
"""Cohorts of one study that a process takes at a time."""

Task = tuple[int, int, int, int]
Done = tuple[Task, list[list[Finding]]]


def cohorts_of(task: Task) -> Done:
    """Draw some cohorts of one study; an estimator that refuses one gives no finding."""
    place, seed, first, last = task
    study, drawn = STUDIES[place], []
    for number in range(first, last):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(zlib.crc32(study.name.encode()), number)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                drawn.append(list(study.draw(rng, study.n)))
            except WorkforceMetricsError:
                drawn.append([])
    return task, drawn


def run(
    studies: Iterable[int], *, cohorts: int, seed: int, workers: int, keep: Path | None = None
) -> dict[int, list[list[Finding]]]:
    """Return the findings of every cohort, by study; those that an earlier run of the same code kept are read."""
    times = {place: cohorts if STUDIES[place].size == "usual" else max(cohorts // 2, 1) for place in studies}
    tasks = [
        (place, seed, first, min(first + AT_ONCE, n)) for place, n in times.items() for first in range(0, n, AT_ONCE)
    ]
    parts: dict[int, dict[int, list[list[Finding]]]] = {}
    for task in tasks:
        if keep and (file := keep / kept_as(task)).exists():
            own = [[Finding(*one) for one in cohort] for cohort in json.loads(file.read_text(encoding="utf-8"))]
            parts.setdefault(task[0], {})[task[2]] = own
    left = [task for task in tasks if task[2] not in parts.get(task[0], {})]
    total = sum(last - first for _, _, first, last in left)
    with multiprocessing.get_context("spawn").Pool(workers) as pool, tqdm(total=total, unit="cohort") as bar:
        for task, drawn in pool.imap_unordered(cohorts_of, left):
            parts.setdefault(task[0], {})[task[2]] = drawn
            if keep:
                (keep / kept_as(task)).write_text(json.dumps(drawn), encoding="utf-8")
            bar.update(len(drawn))
    return {place: [one for first in sorted(own) for one in own[first]] for place, own in sorted(parts.items())}


def kept_as(task: Task) -> str:
    """Return the name of the file that keeps what a task drew."""
    place, seed, first, last = task
    return f"{zlib.crc32(STUDIES[place].name.encode()):08x}_{seed}_{first}_{last}.json"


def chosen(only: list[str] | None, sizes: list[str] | None = None) -> list[int]:
    """Return the studies whose name holds one of the texts, or all; of the sizes asked for, or all."""

    def is_chosen(study: Study) -> bool:
        return (only is None or any(text in study.name for text in only)) and (sizes is None or study.size in sizes)

    return [place for place, study in enumerate(STUDIES) if is_chosen(study)]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cohorts", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only", action="append", help="part of a study's name; may be given several times")
    arguments.add_argument("--sizes", nargs="+", choices=["usual", "small", "large"], help="all unless said")
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--write", type=Path, help="Markdown page to write, with its picture beside it")
    arguments.add_argument("--keep", type=Path, help="folder that keeps what was drawn")
    asked = arguments.parse_args()
    if asked.keep:
        asked.keep.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # processes share the work, threads would fight
    findings = run(
        chosen(asked.only, asked.sizes), cohorts=asked.cohorts, seed=asked.seed, workers=asked.workers, keep=asked.keep
    )
    table = summary({STUDIES[place]: drawn for place, drawn in findings.items()})
    shown = table.drop(columns=["family", "note", "nominal", "is_test", "size"])
    print(shown.to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    if asked.write:
        write_page(table, asked.write, cohorts=asked.cohorts, seed=asked.seed)


if __name__ == "__main__":
    main()
