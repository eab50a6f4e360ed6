"""
How long do strikes last, and which distribution says so?
=========================================================

Data: real. 62 strikes in manufacturing in the United States that began in June, 1968 to
1976: Kennan (1985), The duration of contract strikes in US manufacturing, Journal of
Econometrics 28, 5-28, https://doi.org/10.1016/0304-4076(85)90064-8, as shipped with
`statsmodels` (public domain). Nothing here is simulated.

Greene's Econometric Analysis fits four distributions to them: the same four here, and
his numbers beside ours.
"""

import numpy as np
from statsmodels.datasets import strikes

import workforce_metrics as wm

# %%
# How long until half of them are over?
# -------------------------------------
data = strikes.load_pandas().data.assign(over=True)
cohort = wm.Cohort.from_frame(
    data,
    duration="duration",
    event="over",
    time_unit="days",
    definition="the strike is over",
)
curve = wm.kaplan_meier(cohort)
median = curve.median().iloc[0]
half = "{estimate:.0f} days ({conf_low:.0f} to {conf_high:.0f})".format(**median)
print(f"Half of the strikes are over after {half}.")
curve.plot()

# %%
# Four distributions, and the same four in print
# ----------------------------------------------
# Printed: Greene, Econometric Analysis, table of estimated duration models; his lambda
# is exp(-intercept), his p is 1 / scale.
printed = {
    "exponential": (0.02344, 1.0),
    "weibull": (0.02439, 0.92083),
    "log-logistic": (0.04153, 1.33148),
    "log-normal": (0.04514, 0.77206),
}
for distribution, (rate, shape) in printed.items():
    model = wm.parametric(cohort, distribution=distribution)
    found = model.frame.set_index("term")["estimate"]
    ours = np.exp(-found["Intercept"]), np.exp(-found.get("log(scale)", 0.0))
    print("{:<12} ours {:.5f} and {:.5f},".format(distribution, *ours), end=" ")
    print(f"printed {rate:.5f} and {shape:.5f}; AIC {model.aic:.1f}")

# %%
# Do strikes end sooner when business is good?
# --------------------------------------------
# `iprod` is how far industrial production lies above its trend; 0.05 is five per cent.
model = wm.parametric(cohort, "iprod")
effect = model.frame.set_index("term").loc["iprod"]
shorter = {
    name: 1 - np.exp(0.05 * effect[name])
    for name in ("estimate", "conf_low", "conf_high")
}
percent = "{estimate:.0%} ({conf_high:.0%} to {conf_low:.0%})".format(**shorter)
print(f"Five per cent above trend, strikes are {percent} shorter.")
