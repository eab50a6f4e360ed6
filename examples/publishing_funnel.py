"""
Which trusts differ, once chance is allowed for?
================================================

Data: simulated. 12,000 respondents of an invented staff survey in 40 trusts of very
different size; nobody in it exists, and the true share of each trust is known.

A small trust is at the top or the bottom of every league table because it is small. A
funnel shows how far chance alone would carry a trust of its size.
"""

import workforce_metrics as wm

# %%
# The share who are burnt out, by trust
# -------------------------------------
made = wm.simulate_staff_survey(12_000, seed=9, n_organisations=40)
survey = wm.read_staff_survey(
    made.extract, edition=2024, respondent_id="respondent_id", weight="weight"
)
design = wm.SurveyDesign(weight="weight", cluster="team", stratum="org_id")
burnt_out = wm.estimate(survey, "share:burnout_burnt_out", by="org_name", design=design)

# %%
# Against the mean of all
# -----------------------
funnel = wm.funnel(burnt_out)
far = funnel.frame.query("outside != 'within'")
n_95 = sum(far["limit"] == 0.95)
print(f"Outside the limits of 95 %: {n_95} of 40 trusts. Chance alone: 2 of 40.")
print("Outside the limits of 99.8 %:")
for row in far[far["limit"] == 0.998].to_dict("records"):
    print("  {org_name}: {estimate:.1%} of {n:,}, {outside}".format(**row))
funnel.plot().figure.suptitle("Simulated: nobody in it exists", size=9)

# %%
# How much of what is seen is there?
# ----------------------------------
shrunk = wm.shrink(burnt_out)
truth = (
    made.truth["by_organisation"]
    .query("indicator == 'share:burnout_burnt_out'")
    .set_index("org_name")["estimate"]
)
seen = shrunk.frame.set_index("org_name")
for column, name in (("observed", "as observed"), ("estimate", "drawn to the mean")):
    off = (seen[column] - truth).abs().mean()
    print(f"{name}: off the truth by {off:.1%} on average")
