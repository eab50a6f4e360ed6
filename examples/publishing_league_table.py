"""
Is there a league table at all?
===============================

Data: simulated. 12,000 respondents of an invented staff survey in 20 trusts; nobody in
it exists, and the true order is known.

A table sorted by estimate always has a first and a last. How many places could each
trust have taken?
"""

import workforce_metrics as wm

# %%
# Scores of burnout by trust, higher is better
# --------------------------------------------
made = wm.simulate_staff_survey(12_000, seed=15, n_organisations=20)
survey = wm.read_staff_survey(
    made.extract, edition=2024, respondent_id="respondent_id", weight="weight"
)
design = wm.SurveyDesign(weight="weight", cluster="team", stratum="org_id")
scores = wm.estimate(survey, "burnout", by="org_name", design=design)

# %%
# The places that the data allow
# ------------------------------
# At 95 % the intervals hold the places of all trusts at once.
places = wm.rank_intervals(scores)
print(places)
truth = (
    made.truth["by_organisation"]
    .query("indicator == 'burnout'")
    .set_index("org_name")["estimate"]
)
table = places.frame.assign(
    true_place=lambda rows: rows["org_name"].map(truth.rank(ascending=False))
)
sentence = "{org_name}: place {rank}, could be {rank_low} to {rank_high}"
for row in table.sort_values("rank").to_dict("records"):
    print(sentence.format(**row), f"(in truth {row['true_place']:.0f})")
places.plot().figure.suptitle("Simulated: nobody in it exists", size=9)

# %%
# All that can be said is that Trust 19 is among the first fourteen and Trust 20 among
# the last eight: publish the scores with their intervals, and no places.
