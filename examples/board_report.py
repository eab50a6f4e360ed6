"""A report that a board can read, as a page, a workbook and a text, from a survey and a register.

Run it from the repository with ``python examples/board_report.py``; the files go to ``output/``. Nobody in it exists:
both extracts, and the published figures that they are held against, are simulated, and the report says so.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import workforce_metrics as wm

OUTPUT = Path("output")
INVENTED = "SIMULATED: every person, organisation and figure in this report is invented."

# %% Two editions of a survey and a register, as files would hold them
years = {
    year: wm.read_staff_survey(
        wm.simulate_staff_survey(6_000, seed=year, n_organisations=8, edition=year, warts=True).extract,
        edition=year,
        respondent_id="respondent_id",
        weight="weight",
    )
    for year in (2023, 2024)
}
simulated = wm.simulate_register(30_000, seed=2024, n_organisations=8, warts=True)
register = wm.read_register(
    simulated.extract,
    columns={"person_id": "PIN", "joined": "First registration", "left": "Lapsed", "reason": "Lapse reason"},
    observed_from="2015-04-01",
    observed_to="2025-03-31",
    date_formats=["%Y-%m-%d", "%d/%m/%Y"],
    rejoin_within_days=183,
    definition="left the register (simulated)",
)

# %% What other organisations published, in the layout of the benchmark workbook (here made up)
header = ["org_id", "org_name", "q12b_2024", "q12b_n_2024", "theme_engagement_2024", "theme_morale_2024"]
others = [[f"X{i}", f"Invented trust {i}", 0.28 + i / 100, 900, 6.9 - i / 50, 6.2 - i / 40] for i in range(1, 8)]
published = wm.read_published_survey({"Acute": pd.DataFrame([header, *others])})

# %% One call; everything in it went through disclosure control
report = wm.report(
    survey=years[2024],
    earlier_survey=years[2023],
    by={"org_name": "Organisation", "staff_group": "Staff group"},
    design=wm.SurveyDesign(weight="weight", stratum="org_id", cluster="team", lonely_cluster="certainty"),
    benchmark=published,
    register=register,
    leaving_by={"route": "Route of entry", "staff_group": "Staff group"},
    causes=simulated.truth["causes"].to_dict(),
    title="Staying and leaving",
    organisation="Simulated trusts",
    date="June 2025",
    notes=INVENTED,
)
print(report)
for headline in report.headlines:
    print(f"{headline.figure:>10}  {headline.label}. {headline.sentence}")

# %% The same in three kinds of file
OUTPUT.mkdir(exist_ok=True)
for ending in ("html", "xlsx", "md"):
    path = report.write(OUTPUT / f"board_report_simulated.{ending}")
    print(f"{path}: {path.stat().st_size / 1000:,.0f} kB")
