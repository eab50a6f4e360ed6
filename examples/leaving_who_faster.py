"""
Who resigns sooner, and who resigns more?
=========================================

Data: simulated. A register of 20,000 people; nobody in it exists, and the hazard ratios
that it was made with are known.

Two questions that sound alike. At which *rate* do people resign while they are there: a
hazard by cause. What *share* has resigned in the end, when others have retired: a
subdistribution hazard. A group can be ahead in one and not in the other.
"""

import numpy as np
import pandas as pd

import workforce_metrics as wm

# %%
# A cohort with causes
# --------------------
made = wm.simulate_register(20_000, seed=11)
older = made.extract["age_band"].isin(["41-50", "51-65", "66+"])
register = wm.read_register(
    made.extract.assign(age=np.where(older, "41 or over", "40 or under")),
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
    register, horizon_years=5, causes=made.truth["causes"].to_dict()
)

# %%
# The rate of leaving by each cause
# ---------------------------------
rates = wm.cause_specific(cohort, "route + age", cluster="org_name")
rates.plot()

# %%
# The share that has resigned
# ---------------------------
shares = wm.fine_gray(cohort, "route + age", cause="voluntary")
rate = rates.frame.query("cause == 'voluntary'").set_index("term")
for row in shares.frame.to_dict("records"):
    sooner, more = np.exp(rate.loc[row["term"], "estimate"]), np.exp(row["estimate"])
    print(f"{row['term']:<28} {sooner:.2f} times the rate; subdistribution {more:.2f}")

# %%
# What it means for two people
# ----------------------------
two = pd.DataFrame(
    {"route": ["International", "UK degree"], "age": ["40 or under", "41 or over"]}
)
risk = rates.predict_incidence(two, at=5)
resigned = risk[risk["cause"] == "voluntary"].join(two)
sentence = "{estimate:.1%} ({conf_low:.1%} to {conf_high:.1%}) resign within five years"
for row in resigned.to_dict("records"):
    print(f"{row['route']}, {row['age']}:", sentence.format(**row))
