"""
What if this year's rates held?
===============================

Data: simulated. A register of 20,000 people; nobody in it exists, and the true risk is
known.

Whoever joined this year will have been there for five years in five years' time. Two
answers before then: what each joining year has shown so far, completed by today's
rates, and what the rates of one calendar year would lead to.
"""

import workforce_metrics as wm

# %%
# A register
# ----------
made = wm.simulate_register(20_000, seed=2)
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

# %%
# Joining years, observed and projected
# -------------------------------------
cohorts = wm.joining_years(register, horizon_years=5)
sentence = "{estimate:.1%} ({conf_low:.1%} to {conf_high:.1%}) leave within five years"
for row in cohorts.frame.query("time == 5").to_dict("records"):
    print(f"Joined {row['joining_year']}: {sentence.format(**row)}, {row['term']}")

# %%
# The rates of each calendar year
# -------------------------------
periods = wm.period_risk(register, periods=list(range(2019, 2025)), horizon_years=5)
last = periods.frame.iloc[-1]
print(f"At the rates of {last['period']}: {sentence.format(**last)}")
truth = made.truth["risk_overall"].set_index("time")["estimate"]
print(f"The truth: {truth[5.0]:.1%}")
periods.plot(against=cohorts)
