"""
Do unhappy people leave sooner?
===============================

Data: fictional. 3,770 employees who were asked how they feel about their job and
followed for twelve months, made up for McNulty's Handbook of Regression Modeling in
People Analytics (https://doi.org/10.1201/9781003194156) and shipped with
`peopleanalyticsdata` (MIT licence). Nobody in it exists.
"""

from importlib.metadata import distribution

import pandas as pd

import workforce_metrics as wm

# %%
# The answers, and who left in which month
# ----------------------------------------
# The file is read where the package was installed: importing the package needs an old
# setuptools.
package = distribution("peopleanalyticsdata")
staff = pd.read_csv(package.locate_file("peopleanalyticsdata/data/job_retention.csv"))
feeling = staff["sentiment"].ge(7).map({True: "7 or more", False: "below 7"})
staff = staff.assign(left=staff["left"] == 1, feeling=feeling)
cohort = wm.Cohort.from_frame(
    staff, duration="month", event="left", time_unit="months", definition="left the job"
)

# %%
# Still in the job, by sentiment
# ------------------------------
curves = wm.kaplan_meier(cohort, by="feeling")
sentence = "{feeling}: {estimate:.1%} ({conf_low:.1%} to {conf_high:.1%})"
for row in curves.at(12).to_dict("records"):
    print("Still there after a year, sentiment", sentence.format(**row))
test = wm.logrank_test(cohort, by="feeling").frame.iloc[0]
print("Log-rank test: chi-squared {statistic:.1f}, p = {p_value:.2g}".format(**test))
curves.plot()

# %%
# With the same field, level and gender
# -------------------------------------
model = wm.cox(cohort, "gender + field + level + sentiment")
ratio = model.hazard_ratios.set_index("term").loc["sentiment"]
times = "{estimate:.3f} ({conf_low:.3f} to {conf_high:.3f}) times".format(**ratio)
print(f"One point more of sentiment: {times} the hazard of leaving")
model.plot()
