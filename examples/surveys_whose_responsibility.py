"""
Burnout: whose responsibility is it?
====================================

Data: simulated. 12,000 respondents of an invented staff survey in 30 organisations, in
teams; nobody in it exists. That teams differ more than organisations was put in.

If people in one team answer alike and teams differ, then something can be done about
teams. The variance of a score says at which level its differences lie.
"""

import workforce_metrics as wm

# %%
# A survey of 30 organisations
# ----------------------------
made = wm.simulate_staff_survey(12_000, seed=3, n_organisations=30)
survey = wm.read_staff_survey(
    made.extract, edition=2024, respondent_id="respondent_id", weight="weight"
)

# %%
# How much of the variance lies between organisations, and how much between their teams?
# --------------------------------------------------------------------------------------
shares = wm.variance_by_level(
    survey, ["burnout", "we_are_a_team", "safe_and_healthy"], levels=["org_id", "team"]
)
above = shares.frame.query("measure == 'share of variance' and term != 'person'")
sentence = (
    "{indicator:<17} {term:<6} {estimate:.1%} ({conf_low:.1%} to {conf_high:.1%})"
)
for row in above.to_dict("records"):
    print(sentence.format(**row))
shares.plot().figure.suptitle("Simulated: nobody in it exists", size=9)

# %%
# May answers be averaged to a score of the team?
# -----------------------------------------------
alike = wm.intraclass_correlation(survey, "we_are_a_team", group="team")
for row in alike.frame.to_dict("records"):
    print("{measure}: {estimate:.2f} ({conf_low:.2f} to {conf_high:.2f})".format(**row))

# %%
# Most differences lie between persons in one team, as they nearly always do. Of what a
# team's mean says, ICC(2) is the part that would be there again with other members
# answering.
