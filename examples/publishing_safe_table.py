"""
Is this table safe to publish?
==============================

Data: simulated. 1,000 respondents of an invented staff survey in three trusts; nobody
in it exists.

Small groups are withheld so that nobody's answer can be read off. But a hidden number
comes back as a total less the others, so others must be hidden with it. `suppress` does
that, and `audit_disclosure` attacks the result.
"""

import workforce_metrics as wm

# %%
# The share who are burnt out, by trust, and by trust and staff group
# -------------------------------------------------------------------
made = wm.simulate_staff_survey(1_000, seed=6, n_organisations=3)
survey = wm.read_staff_survey(
    made.extract, edition=2024, respondent_id="respondent_id", weight="weight"
)
by_trust = wm.estimate(survey, "share:burnout_burnt_out", by="org_name")
in_detail = wm.estimate(
    survey, "share:burnout_burnt_out", by=["org_name", "staff_group"]
)

# %%
# Hiding only what is small
# -------------------------
# The reader who holds both tables works out what was hidden. The ranges in the picture
# are what the tables allow.
careless = wm.suppress(in_detail, min_n=11, complementary=False)
attack = wm.audit_disclosure(careless, totals=by_trust)
n_hidden, n_close = careless.frame["suppressed"].sum(), attack.frame["too_close"].sum()
print(f"{n_hidden} of {len(careless.frame)} cells are hidden,")
print(f"and {n_close} hidden numbers are known too closely from the totals.")
attack.plot()

# %%
# Hiding what protects them too
# -----------------------------
# Tables that will be published together are suppressed together.
safe_trusts, safe_detail = wm.suppress([by_trust, in_detail], min_n=11)
attack = wm.audit_disclosure([safe_trusts, safe_detail])
n_hidden, n_close = (
    safe_detail.frame["suppressed"].sum(),
    attack.frame["too_close"].sum(),
)
print(f"{n_hidden} of {len(safe_detail.frame)} cells are hidden,")
print(f"and {n_close} hidden numbers are known too closely.")
safe_detail.plot(order="group").figure.suptitle(
    "Simulated: nobody in it exists", size=9
)
