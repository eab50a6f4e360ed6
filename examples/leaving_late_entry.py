"""
What if people joined before the extract begins?
================================================

Data: simulated. 20,000 people who joined an invented register from 2013 on, in an
extract that begins in April 2018; nobody in it exists, and their true risk of leaving
is known.

Of those who joined before 2018 the extract holds only those who were still there.
Counted from joining, they look as if nobody of them could have left; at risk only from
the day the extract begins, they tell the truth.
"""

import pandas as pd

import workforce_metrics as wm

# %%
# One extract, read as it is and as if everybody had been watched from joining
# ----------------------------------------------------------------------------
made = wm.simulate_register(20_000, seed=4)
settings = {
    "columns": {
        "person_id": "PIN",
        "joined": "First registration",
        "left": "Lapsed",
        "reason": "Lapse reason",
    },
    "observed_to": "2025-03-31",
    "date_formats": ["%Y-%m-%d"],
    "rejoin_within_days": 183,
    "definition": "left the register (simulated)",
}
respected = wm.build_cohort(
    wm.read_register(made.extract, observed_from="2018-04-01", **settings)
)
ignored = wm.build_cohort(
    wm.read_register(made.extract, observed_from=None, **settings)
)

# %%
# Leaving within five years
# -------------------------
truth = made.truth["risk_overall"].set_index("time")["estimate"]
sentence = "{estimate:.1%} ({conf_low:.1%} to {conf_high:.1%})"
print(f"The truth: {truth[5.0]:.1%}")
for how, cohort in (("ignored", ignored), ("respected", respected)):
    risk = wm.leaving_within(cohort, years=5).frame.iloc[0]
    print(f"Late entry {how}:", sentence.format(**risk))

# %%
# The two curves
# --------------
# A cohort's `frame` holds the clock of each spell, in days; here the two are set side
# by side, in years.
both = pd.concat(
    [
        respected.frame.assign(late_entry="respected"),
        ignored.frame.assign(late_entry="ignored"),
    ]
)
both[["entry", "duration"]] /= 365.25
cohort = wm.Cohort.from_frame(
    both, duration="duration", event="event", entry="entry", time_unit="years"
)
wm.kaplan_meier(cohort, by="late_entry").plot()
