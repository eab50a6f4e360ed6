"""
Do women doctors leave the NHS more than men?
=============================================

Data: real. Doctors from homes in Great Britain who qualified there, and how many of
them worked in the NHS 2, 5, 10, 15 and 20 years later, counted by Goldacre, Davidson
and Lambert (2009, BMJ 338:b1977, https://doi.org/10.1136/bmj.b1977);
`load_published_register` ships the counts. Nothing here is simulated.

Many comparisons at once will show a difference somewhere by chance alone, so the
p-values are adjusted for all five.
"""

import pandas as pd

import workforce_metrics as wm

# %%
# One row for each doctor
# -----------------------
published = wm.load_published_register().query(
    "body == 'Goldacre 2009 BMJ' and group.str.startswith('home-based')"
)
in_nhs = (published["estimate"] * published["n"]).round().astype(int)
asked = published.assign(
    years=published["period"].str.split().str[0].astype(int),
    sex=published["group"].str[11:],
)
doctors = pd.concat(
    pd.DataFrame(
        {"years": years, "sex": sex, "in the NHS": [True] * yes + [False] * (n - yes)}
    )
    for years, sex, yes, n in zip(
        asked["years"], asked["sex"], in_nhs, asked["n"], strict=True
    )
)

# %%
# Men and women at each time since qualifying
# -------------------------------------------
wm.estimate(doctors, "in the NHS", by=["years", "sex"]).plot(order="group")

# %%
# Women less men
# --------------
gap = wm.compare(
    doctors, "in the NHS", by="sex", within="years", reference="men", adjust="holm"
)
women = gap.frame.query("term == 'difference' and sex == 'women'")
points = "women {:+.1f} percentage points ({:+.1f} to {:+.1f})"
for row in women.to_dict("records"):
    apart = (100 * row[name] for name in ("estimate", "conf_low", "conf_high"))
    p_values = "p = {p_value:.2f}, adjusted {p_adjusted:.2f}".format(**row)
    print(f"{row['years']:>2} years: {points.format(*apart)}, {p_values}")
gap.plot(order="group")

# %%
# At fifteen years the interval leaves zero out, yet with five comparisons that is no
# finding: the adjusted p-value is 0.21. The counts are of doctors who qualified in
# different decades, so a row is no later stage of the row before it.
