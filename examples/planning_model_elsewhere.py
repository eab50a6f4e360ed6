"""
Can a model be trusted where it has not been?
=============================================

Data: simulated. A register of 20,000 people in ten trusts; nobody in it exists.

For the people that it was fitted to, a model's risks are about right whatever it is.
Here each trust is predicted by a model fitted to the others.
"""

import workforce_metrics as wm

# %%
# A register
# ----------
made = wm.simulate_register(20_000, seed=17, n_organisations=10)
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
cohort = wm.build_cohort(register, horizon_years=5)

# %%
# One trust left out at a time
# ----------------------------
checked = wm.cross_validate(
    cohort, lambda others: wm.cox(others, "route + age_band"), at=5, fold="org_name"
)
found = checked.frame.set_index("term")
percent = "{estimate:.1%} ({conf_low:.1%} to {conf_high:.1%})"
number = "{estimate:.3f} ({conf_low:.3f} to {conf_high:.3f})"
print(f"Predicted to leave within five years: {found.loc['expected', 'estimate']:.1%}")
print("Observed:", percent.format(**found.loc["observed"]))
print("Observed by predicted:", number.format(**found.loc["observed_expected"]))
print("Concordance:", number.format(**found.loc["concordance_harrell"]))
checked.plot()

# %%
# Over all, as many leave as predicted. But the model barely tells who: a concordance of
# 0.5 would be a coin's.
