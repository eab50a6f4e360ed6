"""
Do new teachers leave sooner than they used to?
===============================================

Data: real. Newly qualified teachers who entered service in England from 2010 to 2014,
and the share still in service after 1 to 5 years: Department for Education, School
Workforce Census, as given in answer to a parliamentary question;
`load_published_register` quotes them. Shares are published to a whole per cent and
entrants to a hundred, so the counts below are rounded like them. Teachers who came back
count as in service. Nothing here is simulated.
"""

import pandas as pd

import workforce_metrics as wm

# %%
# From published shares to a life table for each year of entry
# ------------------------------------------------------------
published = wm.load_published_register().query(
    "body == 'DfE School Workforce' and group == 'England'"
)
entrants = published.query("concept == 'joiners'").set_index("period")["estimate"]
kept = published.query("concept == 'retained'").assign(
    time=lambda rows: (
        rows["measure"].str.extract(r"(\d) year", expand=False).astype(int)
    )
)
kept["left"] = (
    kept["estimate"].groupby(kept["period"]).shift(fill_value=1.0) - kept["estimate"]
)
size = kept["period"].map(entrants)
counts = pd.DataFrame(
    {
        "entered": kept["period"],
        "time": kept["time"],
        "n_risk": ((kept["estimate"] + kept["left"]) * size).round(),
        "n_event": (kept["left"] * size).round(),
    }
)
teachers = wm.RiskTable.from_counts(
    counts, by="entered", definition="not in service in a state school in England"
)

# %%
# In the first year, which all have been followed for
# ---------------------------------------------------
first = wm.leaving_within(teachers, years=1)
sentence = "{estimate:.1%} ({conf_low:.1%} to {conf_high:.1%}) of {n:,}"
for row in first.frame.to_dict("records"):
    print(f"Entered {row['entered']}:", sentence.format(**row), "left within a year")
first.plot()

# %%
# The intervals tell of chance. Rounding adds up to half a percentage point to each
# share, as much as chance does: between 12 % and 13 % nothing can be said. All that
# these figures show is that there was no large change.
#
# Still in service, year after year
# ---------------------------------
# Dotted where nobody of a cohort has been followed further.
longest = counts[counts["entered"] == "2010"]
teachers_2010 = wm.RiskTable.from_counts(
    longest.drop(columns="entered"), definition=teachers.provenance["definition"]
)
five = wm.leaving_within(teachers_2010, years=5).frame.to_dict("records")[0]
print("Entered 2010:", sentence.format(**five), "left within five years")
wm.kaplan_meier(teachers).plot()
