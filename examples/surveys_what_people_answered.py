"""
What did people answer, from never to always?
=============================================

Data: real. The published counts of each answer to question 12b of the NHS Staff Survey
("burnt out because of your work"), England, 2021 to 2024; `load_published_staff_survey`
names their source. Nothing here is simulated.

"30 % are burnt out often or always" hides whether the others are fine or nearly so. The
picture shows every answer, from the least to the most favourable.
"""

import pandas as pd

import workforce_metrics as wm

# %%
# From counts to a survey
# -----------------------
# The question has been asked in the same words since 2021, so the codebook of 2024 can
# read all four editions.
published = wm.load_published_staff_survey()
counts = published.query(
    "concept == 'burnout_burnt_out' and measure == 'unweighted count'"
    " and edition in (2021, 2024)"
)
answers = counts.loc[
    counts.index.repeat(counts["estimate"].astype(int)), ["edition", "option"]
]
survey = wm.read_staff_survey(
    pd.DataFrame(
        {"year": answers["edition"].to_numpy(), "q12b": answers["option"].to_numpy()}
    ),
    edition=2024,
)
print(survey.report)

# %%
# The share of each answer
# ------------------------
table = wm.likert(survey, "burnout_burnt_out", by="year")
for year, rows in table.frame.groupby("year"):
    shares = rows.set_index("outcome")["estimate"]
    said = ", ".join(f"{answer} {share:.1%}" for answer, share in shares.items())
    print(f"{year}: {said}")
table.plot()

# %%
# Fewer are burnt out often or always in 2024, and more rarely or never. "Sometimes" is
# still what most people say.
