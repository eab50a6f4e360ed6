"""
Did people who were burnt out leave more?
=========================================

Data: simulated. 20,000 people of one workforce, who stand in a staff survey and in a
register; nobody in them exists. They were made so that one standard deviation of
burnout multiplies the rate of resigning by exp(0.40) = 1.49.

Survey and register are joined by person. Whoever left before the survey is not in the
question, so people are at risk from the day of the survey on, however long they had
been there: late entry again.
"""

import numpy as np
import pandas as pd

import workforce_metrics as wm

# %%
# What people said, and what is true of them
# ------------------------------------------
survey_day, workforce = "2021-10-01", {"n_people": 20_000, "seed": 21}
asked = wm.simulate_staff_survey(**workforce, edition=2021)
registered = wm.simulate_register(**workforce)
survey = wm.read_staff_survey(
    asked.extract, edition=2021, respondent_id="respondent_id"
)
score = -wm.indicators.burnout(survey)  # published scores are higher for less burnout
names = ["least burnt out", "second", "third", "most burnt out"]
said = pd.DataFrame(
    {
        "person_id": survey.table["respondent_id"],
        "said": (score - score.mean()) / score.std(),
        "quarter": pd.qcut(score, 4, labels=names),
    }
)
people = said.dropna().merge(asked.truth["people"], on="person_id")  # burnout as it is

# %%
# Joined by person, at risk from the day of the survey
# ----------------------------------------------------
linked = registered.extract.merge(people, left_on="PIN", right_on="person_id")
linked = linked.drop(columns="person_id")
register = wm.read_register(
    linked[linked["First registration"] <= survey_day],
    columns={
        "person_id": "PIN",
        "joined": "First registration",
        "left": "Lapsed",
        "reason": "Lapse reason",
    },
    observed_from=survey_day,
    observed_to="2025-03-31",
    date_formats=["%Y-%m-%d"],
    rejoin_within_days=183,
    definition="left the register (simulated)",
)
causes = registered.truth["causes"].to_dict()
cohort = wm.build_cohort(register, horizon_years=12, causes=causes)

# %%
# How much sooner do they resign?
# -------------------------------
sentence = "{estimate:.2f} ({conf_low:.2f} to {conf_high:.2f}) times the rate"
for column, name in (("burnout", "as it is"), ("said", "as the survey finds it")):
    model = wm.cause_specific(cohort, f"{column} + route", strata="age_band")
    ratios = model.hazard_ratios.query("cause == 'voluntary' and term == @column")
    print(f"A standard deviation of burnout {name}:", sentence.format(**ratios.iloc[0]))
print(f"The truth: {np.exp(0.40):.2f}. A score of seven answers errs, and finds less.")

# %%
# How many stay, of those there after a year?
# -------------------------------------------
wm.kaplan_meier(cohort, by="quarter", given=1).plot()
