"""Time the steps of the main job at sizes a regulator has: load, score, estimate, build, count.

Prints seconds and, beside the estimate, a pandas group-by of the same means in the same run.

    python tests/benchmarks/main_job.py [--respondents 200000] [--people 500000]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import workforce_metrics as wm

T = TypeVar("T")


def timed(what: str, work: Callable[[], T]) -> T:
    start = time.perf_counter()
    made = work()
    print(f"{what:58s} {time.perf_counter() - start:8.2f} s")
    return made


def time_of_import() -> None:
    command = [sys.executable, "-c", "import workforce_metrics"]
    subprocess.run(command, check=True)  # noqa: S603 - warms the disk
    timed("import workforce_metrics", lambda: subprocess.run(command, check=True))  # noqa: S603 - our own code


def survey_steps(n: int, folder: Path) -> None:
    simulated = timed(f"simulate a survey of {n:,}", lambda: wm.simulate_staff_survey(n, seed=1, n_organisations=200))
    path = folder / "survey.csv"
    simulated.extract.to_csv(path, index=False)
    survey = timed(
        f"read it from CSV ({path.stat().st_size / 1e6:.0f} MB)",
        lambda: wm.read_staff_survey(path, edition=2024, respondent_id="respondent_id", weight="weight"),
    )
    timed("people_promise: all 30 scores", lambda: wm.indicators.people_promise(survey))
    design = wm.SurveyDesign(weight="weight", stratum="org_id", cluster="team", lonely_cluster="adjust")
    indicators = ["burnout", "team_working", "share:burnout_burnt_out"]
    timed(
        "estimate: 3 indicators x 200 organisations, clustered",
        lambda: wm.estimate(survey, indicators, by="org_name", design=design),
    )
    scores = wm.indicators.people_promise(survey)[["burnout", "team_working"]].assign(
        org_name=survey.responses["org_name"]
    )
    timed("pandas groupby().mean() of two scores, unweighted", lambda: scores.groupby("org_name", observed=True).mean())


def register_steps(n: int, folder: Path) -> None:
    simulated = timed(f"simulate a register of {n:,} people", lambda: wm.simulate_register(n, seed=1))
    path = folder / "register.csv"
    simulated.extract.to_csv(path, index=False)
    register = timed(
        f"read it from CSV ({len(simulated.extract):,} rows)",
        lambda: wm.read_register(
            path,
            columns={"person_id": "PIN", "joined": "First registration", "left": "Lapsed", "reason": "Lapse reason"},
            observed_from="2018-04-01",
            observed_to="2025-03-31",
            date_formats=["%Y-%m-%d"],
            rejoin_within_days=183,
            definition="left the register (simulated)",
        ),
    )
    cohort = timed("build_cohort", lambda: wm.build_cohort(register))
    timed("leaving_within by route", lambda: wm.leaving_within(cohort, by="route"))
    timed("kaplan_meier by route", lambda: wm.kaplan_meier(cohort, by="route"))


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--respondents", type=int, default=200_000)
    arguments.add_argument("--people", type=int, default=500_000)
    asked = arguments.parse_args()
    time_of_import()
    with tempfile.TemporaryDirectory() as folder:
        survey_steps(asked.respondents, Path(folder))
        register_steps(asked.people, Path(folder))


if __name__ == "__main__":
    main()
