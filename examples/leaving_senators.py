"""
What ends a post held for life?
===============================

Data: real. 933 terms in the Senate of Canada, 1867 to 2013, with how each ended:
Parliament of Canada, as shipped with `lifelines` (MIT licence). Nothing here is
simulated. Senators were appointed for life until 1965; whoever was appointed since then
retires at 75.

Death, resignation and retirement compete: whoever has died can no longer retire. One
minus a Kaplan-Meier curve for each cause would count people as if they could;
cumulative incidences add up to the share that has left.
"""

import pandas as pd
from lifelines.datasets import load_canadian_senators

import workforce_metrics as wm

# %%
# A register: when joined, when left, why
# ---------------------------------------
senators = load_canadian_senators()
terms = pd.DataFrame(
    {
        "name": senators["Name"],
        "joined": senators["start_date"].str[:10],
        "left": senators["end_date"].str[:10].where(senators["observed"]),
        "reason": senators["reason"],
        "appointed": senators["start_date"]
        .lt("1965-06-02")
        .map({True: "for life", False: "until 75"}),
    }
)
register = wm.read_register(
    terms,
    columns={
        "person_id": "name",
        "joined": "joined",
        "left": "left",
        "reason": "reason",
    },
    observed_from=None,
    observed_to="2013-09-30",
    date_formats=["%Y-%m-%d"],
    definition="left the Senate of Canada",
)
print(register.report)

# %%
# Which way out, within twenty years?
# -----------------------------------
causes = {"Death": "died", "Resignation": "resigned", "Retirement": "retired"}
cohort = wm.build_cohort(register, horizon_years=20, causes=causes)
ways = wm.leaving_within(cohort, years=20, by="appointed", causes="apart").frame
sentence = "{cause} {estimate:.1%} ({conf_low:.1%} to {conf_high:.1%})"
for row in ways[ways["cause"] != "unknown"].to_dict("records"):
    print(f"Appointed {row['appointed']}:", sentence.format(**row))
wm.cumulative_incidence(cohort, by="appointed").plot()
