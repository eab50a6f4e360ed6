"""
Is the rise in early leavers real?
==================================

Data: real. Joiners and leavers published by the Nursing and Midwifery Council, 2018-19
to 2023-24, as `load_published_register` quotes them with their sources: 2,401 left
within five years of joining in 2022-23, and "25 % more" in 2023-24. Assumed: the
joiners of 2017-18, which are not published. Nothing here is simulated.

A count of leavers rises when more people are there to leave. How much of the rise is
that, and how much is risk?
"""

import pandas as pd

import workforce_metrics as wm

# %%
# People in their first five years, in each of the two years
# ----------------------------------------------------------
# Those who joined at the ends of the window count by half. 25,500 joiners in 2017-18
# are assumed.
published = (
    wm.load_published_register()
    .query("body == 'NMC' and group == 'all'")
    .set_index(["measure", "period"])
)
joiners = published.xs("joiners (first time)")["estimate"]
left = published.xs("leavers on register 5 years or less")["estimate"]["2022-23"]
full_years = joiners[["2018-19", "2019-20", "2020-21", "2021-22"]].sum()
before = pd.DataFrame(
    {"exposure": [full_years + 25_500 / 2 + joiners["2022-23"] / 2], "n_event": [left]}
)
after = pd.DataFrame(
    {
        "exposure": [
            full_years
            - joiners["2018-19"] / 2
            + joiners["2022-23"]
            + joiners["2023-24"] / 2
        ],
        "n_event": [1.25 * left],
    }
)

# %%
# What the rise is made of
# ------------------------
change = wm.decompose_leavers(before, after)
parts = change.frame.set_index("term")
levels, more_people = parts["estimate"], parts.loc["people at risk", "estimate"]
risk = parts.loc["risk"]
print(f"Leavers rose from {levels['before']:,.0f} to about {levels['after']:,.0f}.")
print(f"{more_people:+,.0f} because more people were in their first five years.")
print("{estimate:+,.0f} because the risk rose".format(**risk), end=" ")
print("({conf_low:+,.0f} to {conf_high:+,.0f}).".format(**risk))
change.plot()

# %%
# How much does the assumption matter?
# ------------------------------------
for assumed in (20_000, 25_500, 31_000):
    first = before.assign(exposure=before["exposure"] + (assumed - 25_500) / 2)
    ratio = wm.decompose_leavers(first, after).risk_ratio
    print(f"{assumed:,} joiners in 2017-18: the risk rose by {ratio - 1:.0%}.")
