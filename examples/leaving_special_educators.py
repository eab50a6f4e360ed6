"""
When do special educators leave, and how likely is it in the next years?
========================================================================

Data: real. 3,941 special educators first hired in Michigan between 1972 and 1978 and
followed for up to twelve years: table 10.1 of Singer and Willett (2003), Applied
Longitudinal Data Analysis, Oxford University Press
(https://doi.org/10.1093/acprof:oso/9780195152968.001.0001), shipped as
`load_special_educators`. Nothing is simulated.

A published life table is enough: a risk table of counts gives what rows of people
would.
"""

import workforce_metrics as wm

# %%
# From counts to a curve
# ----------------------
educators = wm.RiskTable.from_counts(
    wm.load_special_educators(), definition="left special education in Michigan"
)
print(educators)
wm.kaplan_meier(educators).plot()

# %%
# Leaving within five years: of new teachers, and of those who stayed two years
# -----------------------------------------------------------------------------
sentence = "{estimate:.1%} ({conf_low:.1%} to {conf_high:.1%})"
new = wm.leaving_within(educators, years=5).frame.iloc[0]
settled = wm.leaving_within(educators, years=5, given=2).frame.iloc[0]
print(f"Of those just hired, {sentence.format(**new)} leave within five years.")
print(f"Of those there after two, {sentence.format(**settled)} do in the next three.")

# %%
# How many of five years do they teach?
# -------------------------------------
mean = wm.restricted_mean(educators, horizon_years=5).frame.iloc[0]
taught = "{estimate:.2f} ({conf_low:.2f} to {conf_high:.2f})".format(**mean)
print(f"Of five years, {taught} are taught on average.")

# %%
# The first years are the hard ones
# ---------------------------------
years = educators.between(list(range(1, 13))).frame
for year, at_risk, left in years[["time", "n_risk", "n_event"]].itertuples(index=False):
    print(f"Year {year:>2.0f}: {left:>3.0f} of {at_risk:>5,.0f}, {left / at_risk:.1%}")
wm.nelson_aalen(educators).plot()
