"""
Would the same people leave one trust sooner than another?
==========================================================

Data: simulated. A register of 40,000 people in eight trusts; nobody in it exists, and
the true risks are known. Three in four who came with a degree from the United Kingdom
were taken out of the first four trusts.

Trusts employ people who came by different routes and leave at different rates anywhere.
A model predicts the risk of everybody in each of the trusts: the same people, eight
times.
"""

import numpy as np

import workforce_metrics as wm

# %%
# A register of trusts with different people
# ------------------------------------------
made = wm.simulate_register(40_000, seed=13, n_organisations=8)
older = made.extract["age_band"].isin(["41-50", "51-65", "66+"])
everybody = made.extract.assign(age=np.where(older, "41 or over", "40 or under"))
chance = np.random.default_rng(13).random(len(made.extract))
thinned = (everybody["route"] == "UK degree") & everybody["org_id"].isin(
    ["S01", "S02", "S03", "S04"]
)
register = wm.read_register(
    everybody[~thinned | (chance < 0.25)],
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
cohort = wm.build_cohort(register, horizon_years=5)

# %%
# Leaving within five years, the same people in each trust
# --------------------------------------------------------
model = wm.discrete_hazard(cohort, "org_name + route + age", interval="quarter")
fair = wm.standardised_risk(model, everybody, over="org_name", at=5)
truth = (
    made.truth["risk_by_organisation"]
    .query("time == 5")
    .set_index("org_name")["estimate"]
)
crude = wm.leaving_within(cohort, years=5, by="org_name").frame.set_index("org_name")[
    "estimate"
]
sentence = "{org_name}: {estimate:.1%} ({conf_low:.1%} to {conf_high:.1%})"
for row in fair.frame.to_dict("records"):
    as_it_is, true = crude[row["org_name"]], truth[row["org_name"]]
    print(
        sentence.format(**row),
        f"with the same people, {as_it_is:.1%} as it is,",
        end=" ",
    )
    print(f"{true:.1%} in truth")
fair.plot()
