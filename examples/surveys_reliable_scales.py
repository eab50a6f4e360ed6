"""
Do the items of a scale measure together?
=========================================

Data: fictional. Answers of 2,833 employees to fourteen items on a scale of 1 to 4, made
up for McNulty's Handbook of Regression Modeling in People Analytics
(https://doi.org/10.1201/9781003194156) and shipped with `peopleanalyticsdata` (MIT
licence). Nobody in it exists.

Before scores of benefits, work, management and career are compared, each should be
shown to hold together: Cronbach's alpha, and omega, which lets items count unequally.
"""

from importlib.metadata import distribution

import pandas as pd

import workforce_metrics as wm

# %%
# The answers
# -----------
# The file is read where the package was installed: importing the package needs an old
# setuptools.
package = distribution("peopleanalyticsdata")
answers = pd.read_csv(
    package.locate_file("peopleanalyticsdata/data/employee_survey.csv")
)
scales = {
    "benefits": ["Ben1", "Ben2", "Ben3"],
    "work": ["Work1", "Work2", "Work3"],
    "management": ["Man1", "Man2", "Man3"],
    "career": ["Car1", "Car2", "Car3", "Car4"],
}

# %%
# How reliable is each scale?
# ---------------------------
# Four options and skewed answers: intervals that assume neither normal nor parallel
# items.
found = wm.reliability(answers, scales, interval="distribution_free").frame
sentence = (
    "{indicator:<10} {measure:<11} {estimate:.2f} ({conf_low:.2f} to {conf_high:.2f})"
)
for row in found[found["term"] == "all items"].to_dict("records"):
    print(sentence.format(**row))

# %%
# Do scores divide by scale, or does everybody like or dislike everything?
# ------------------------------------------------------------------------
same = wm.straight_lining(
    answers, [item for items in scales.values() for item in items]
)
print(f"{same.mean():.1%} of {len(answers):,} gave one answer to all items.")
scores = pd.DataFrame(
    {name: answers[items].mean(axis=1) for name, items in scales.items()}
)
print(scores.corr().round(2).to_string())

# %%
# How satisfied are they?
# -----------------------
wm.estimate(scores, list(scales)).plot()
