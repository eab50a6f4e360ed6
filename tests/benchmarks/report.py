"""Time a whole report of 1,000,000 spells and 700,000 respondents that are loaded already, and weigh its files.

The extracts are simulated at a tenth of the size and their rows repeated: reading and simulating are not what is timed.
Prints seconds and kilobytes, and how busy the machine was.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/report.py [--spells 1000000] [--respondents 700000]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from timing import peak_mb, seconds

import workforce_metrics as wm
from workforce_metrics.extracts import Register, StaffSurvey

TENTH = 10
COLUMNS = {"person_id": "PIN", "joined": "First registration", "left": "Lapsed", "reason": "Lapse reason"}


def repeated(table: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return rows over and over until there are `n`."""
    return table.iloc[np.arange(n) % len(table)].reset_index(drop=True)


def survey_of(n: int, edition: int) -> StaffSurvey:
    made = wm.simulate_staff_survey(n // TENTH, seed=edition, n_organisations=200, edition=edition)
    survey = wm.read_staff_survey(made.extract, edition=edition, weight="weight")
    return replace(survey, table=repeated(survey.table, n))


def register_of(n: int) -> tuple[Register, dict[str, str]]:
    made = wm.simulate_register(n // TENTH, seed=1, n_organisations=200)
    register = wm.read_register(
        made.extract, columns=COLUMNS, observed_from="2015-04-01", observed_to="2025-03-31",
        date_formats=["%Y-%m-%d"], definition="left the register (simulated)",
    )  # fmt: skip
    return replace(register, table=repeated(register.table, n)), made.truth["causes"].to_dict()


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--spells", type=int, default=1_000_000)
    arguments.add_argument("--respondents", type=int, default=700_000)
    asked = arguments.parse_args()
    surveys = [survey_of(asked.respondents, edition) for edition in (2023, 2024)]
    register, causes = register_of(asked.spells)
    loaded, made = peak_mb(), []

    def work() -> None:
        made[:] = [
            wm.report(
                survey=surveys[1], earlier_survey=surveys[0], by=["org_name", "staff_group"],
                design=wm.SurveyDesign(weight="weight", stratum="org_id"), register=register,
                leaving_by=["route", "staff_group", "org_name"], causes=causes, people="nurses",
            )
        ]  # fmt: skip

    used = time.process_time()
    taken = seconds(work)
    used = time.process_time() - used
    print(f"{len(surveys[1]):,} respondents (and as many before), {len(register):,} spells")
    print(f"report: {taken:.1f} s ({used:.1f} s of processor time)")
    print(f"peak {peak_mb():,.0f} MB, of which {loaded:,.0f} MB held the loaded extracts")
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("html", "xlsx", "md"):
            path = Path(folder) / f"report.{ending}"
            written = seconds(lambda path=path: made[0].write(path))
            print(f"  {ending:5s} {written:6.2f} s {path.stat().st_size / 1000:9,.0f} kB")
    print("load of the machine over 1, 5 and 15 minutes:", *(f"{load:.1f}" for load in os.getloadavg()))


if __name__ == "__main__":
    main()
