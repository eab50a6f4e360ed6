"""
What would you hand to a board?
===============================

Data: simulated. Two editions of a staff survey of 3,000, and a register of 30,000
people; nobody in them exists.

One call makes a report of a survey and a register: headlines with intervals in words,
leaving by year of joining, reason and group, what changed and how much of it is noise,
how good the data are, and what is not known. Only what went through `suppress` enters.
"""

import workforce_metrics as wm

# %%
# Two editions of the survey, and the register
# --------------------------------------------
surveys = {
    year: wm.read_staff_survey(
        wm.simulate_staff_survey(3_000, seed=year, edition=year, warts=True).extract,
        edition=year,
        respondent_id="respondent_id",
        weight="weight",
    )
    for year in (2023, 2024)
}
simulated = wm.simulate_register(30_000, seed=2024, warts=True)
register = wm.read_register(
    simulated.extract,
    columns={
        "person_id": "PIN",
        "joined": "First registration",
        "left": "Lapsed",
        "reason": "Lapse reason",
    },
    observed_from="2015-04-01",
    observed_to="2025-03-31",
    date_formats=["%Y-%m-%d", "%d/%m/%Y"],
    rejoin_within_days=183,
    definition="left the register (simulated)",
)

# %%
# One call
# --------
# ``report.write("board.html")`` makes one page without a network, scripts or fonts from
# elsewhere; ``.xlsx`` and ``.md`` hold the same numbers.
report = wm.report(
    survey=surveys[2024],
    earlier_survey=surveys[2023],
    by={"staff_group": "Staff group"},
    design=wm.SurveyDesign(weight="weight"),
    register=register,
    leaving_by={"route": "Route of entry"},
    causes=simulated.truth["causes"].to_dict(),
    title="Staying and leaving",
    organisation="Simulated trusts",
    notes="SIMULATED: every person and figure in this report is invented.",
)
for headline in report.headlines:
    print(f"{headline.figure:>10}  {headline.label}. {headline.sentence}")

# %%
# Every table in it is a suppressed result with a picture of its own
# ------------------------------------------------------------------
report.results["leaving by joining year"].plot()

# %%
# The page itself
# ---------------
report
