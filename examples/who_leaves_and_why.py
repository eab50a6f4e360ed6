"""
Who leaves, and for which reason?
=================================

Data: simulated. A register of 20,000 people with the reasons for leaving that payroll
knows; nobody in it exists, and the true risks are known. Real: the list of reasons,
that of the Electronic Staff Record.

Reasons compete. The share that has left for each of them adds up to the share that has
left.
"""

import workforce_metrics as wm

# %%
# A cohort with causes
# --------------------
made = wm.simulate_register(20_000, seed=11)
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
    register, horizon_years=5, causes=made.truth["causes"].to_dict()
)

# %%
# What share has left within five years, for which reason?
# --------------------------------------------------------
by_cause = wm.leaving_within(cohort, years=5, causes="apart")
sentence = "{cause:<15} {estimate:5.1%} ({conf_low:.1%} to {conf_high:.1%})"
for row in by_cause.frame.query("n_event > 0").to_dict("records"):
    print(sentence.format(**row))
wm.cumulative_incidence(cohort).plot()

# %%
# Does it differ by route onto the register?
# ------------------------------------------
# Gray's test compares the shares that have left by a cause, all others being at work
# too.
test = wm.gray_test(cohort, by="route")
sentence = "{cause:<15} chi-squared {statistic:5.1f} on {df}, p = {p_value:.2g}"
for row in test.frame.query("n_event > 0").to_dict("records"):
    print(sentence.format(**row))
wm.leaving_within(cohort, years=5, by="route").plot()
