"""
How many will leave next year?
==============================

Data: simulated. A register of 20,000 people; nobody in it exists.

Of the people in post today, how many leave in each of the next years, and how far can
chance carry that number? Posts that fall vacant by it are those to be filled if none is
cut.
"""

import numpy as np

import workforce_metrics as wm

# %%
# A model of leaving by cause, for each quarter since joining
# -----------------------------------------------------------
made = wm.simulate_register(20_000, seed=11, n_organisations=6)
register = wm.read_register(
    made.extract,
    columns={
        "person_id": "PIN",
        "joined": "First registration",
        "left": "Lapsed",
        "reason": "Lapse reason",
    },
    observed_from="2018-04-01",
    observed_to="2025-03-31",
    date_formats=["%Y-%m-%d"],
    rejoin_within_days=183,
    definition="left the register (simulated)",
)
cohort = wm.build_cohort(
    register, horizon_years=6, causes=made.truth["causes"].to_dict()
)
model = wm.discrete_hazard(cohort, "route + org_name", interval="quarter")

# %%
# The people in post today, and how long they have been there
# -----------------------------------------------------------
# The model reaches to six years since joining, so it can forecast three years of those
# there for less than three.
in_post = register.spells[register.spells["left"].isna()]
served = (register.observed_to - in_post["joined"]).dt.days / 365.25
people = in_post.assign(served=np.floor(served * 12) / 12)[served < 3]
forecast = wm.forecast_leaving(model, people, served="served", years=3)
yearly = forecast.frame.query("term == 'in the year' and cause == 'any cause'")
sentence = "{estimate:,.0f} ({conf_low:,.0f} to {conf_high:,.0f}) of {n:,} leave"
for row in yearly.to_dict("records"):
    print(f"Year {row['time']}:", sentence.format(**row))
forecast.plot()
