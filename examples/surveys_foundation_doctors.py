"""
Do fewer young doctors go straight into specialty training?
===========================================================

Data: real. Share of second-year foundation doctors who went straight into specialty
training in the United Kingdom, 2009 to 2018, from the career destination reports of the
UK Foundation Programme Office as quoted by the BMJ (https://doi.org/10.1136/bmj.j592
and others; each row of `load_published_register` names its source). The base is
published for two years only: 6,981 doctors in 2014 and 6,890 in 2017. Nothing here is
simulated.
"""

import pandas as pd

import workforce_metrics as wm

# %%
# What was published
# ------------------
published = wm.load_published_register().query("body == 'UKFPO F2 career destinations'")
print(published[["period", "estimate", "n"]].to_string(index=False))

# %%
# Two years with a base have an interval
# --------------------------------------
known = published[published["n"].notna()]
went = (known["estimate"] * known["n"]).round().astype(int)
doctors = pd.concat(
    pd.DataFrame(
        {"year": year, "straight into training": [True] * yes + [False] * (n - yes)}
    )
    for year, yes, n in zip(known["period"], went, known["n"], strict=True)
)
share = wm.estimate(doctors, "straight into training", by="year")
sentence = "{year}: {estimate:.1%} ({conf_low:.1%} to {conf_high:.1%}) of {n:,} doctors"
for row in share.frame.to_dict("records"):
    print(sentence.format(**row))
share.plot(order="group")

# %%
# How much lower was it three years on?
# -------------------------------------
change = wm.compare(doctors, "straight into training", by="year", reference="2014")
fall = change.frame.query("term == 'difference'").iloc[0]
points = 100 * fall[["estimate", "conf_low", "conf_high"]]
print("In three years: {:+.1f} percentage points ({:+.1f} to {:+.1f})".format(*points))

# %%
# The share has fallen in every year that was published. That is no estimate of how many
# leave: most come back to training within three years, as later figures in the same
# table show.
