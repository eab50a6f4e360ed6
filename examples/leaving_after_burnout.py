"""
Did people who were burnt out leave more?
=========================================

Data: simulated. 20,000 people of one workforce, who stand in a staff survey and in a register; nobody in them exists.
They were made so that one standard deviation of burnout multiplies the rate of resigning by exp(0.40) = 1.49.

Survey and register are joined by person. Whoever left before the survey is not in the question, so people are at risk
from the day of the survey on, however long they had been there: late entry again.
"""

import numpy as np
import pandas as pd

import workforce_metrics as wm

# %%
# What people said, and what is true of them
# ------------------------------------------
survey_day = "2021-10-01"
people = {"n_people": 20_000, "seed": 21, "n_organisations": 12}
made, registered = wm.simulate_staff_survey(**people, edition=2021), wm.simulate_register(**people)
survey = wm.read_staff_survey(made.extract, edition=2021, respondent_id="respondent_id", weight="weight")
score = wm.indicators.burnout(survey)
said = pd.DataFrame(
    {
        "PIN": survey.table["respondent_id"],
        "said": -(score - score.mean()) / score.std(),
        "quarter": pd.qcut(-score, 4, labels=["least burnt out", "2", "3", "most burnt out"]),
    }
)
latent = made.truth["people"].rename(columns={"person_id": "PIN", "burnout": "true"})[["PIN", "true"]]

# %%
# Joined by person, at risk from the day of the survey
# ----------------------------------------------------
linked = registered.extract.merge(said.dropna(), on="PIN").merge(latent, on="PIN")
register = wm.read_register(
    linked[linked["First registration"] <= survey_day],
    columns={"person_id": "PIN", "joined": "First registration", "left": "Lapsed", "reason": "Lapse reason"},
    observed_from=survey_day,
    observed_to="2025-03-31",
    date_formats=["%Y-%m-%d"],
    rejoin_within_days=183,
    definition="left the register (simulated)",
)
print(register.report)
cohort = wm.build_cohort(register, horizon_years=12, causes=registered.truth["causes"].to_dict())

# %%
# How much sooner do they resign?
# -------------------------------
sentence = "One standard deviation of burnout {name}: {estimate:.2f} ({conf_low:.2f} to {conf_high:.2f}) times the rate"
for column, name in (("true", "as it is"), ("said", "as the survey finds it")):
    model = wm.cause_specific(cohort, f"{column} + route", strata="age_band")
    ratio = model.hazard_ratios.query("cause == 'voluntary' and term == @column").iloc[0]
    print(sentence.format(name=name, **ratio))
print(f"The truth: {np.exp(0.40):.2f}. A score of seven answers measures burnout with error, and finds less of it.")

# %%
# What share of five years?
# -------------------------
wm.kaplan_meier(cohort, by="quarter").plot()
