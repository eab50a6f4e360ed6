"""
Do we get the textbook's numbers?
=================================

Data: real. 432 men released from prison in Maryland in the 1970s, half of whom were
given money by lot, followed for a year until arrested again: Rossi, Berk and Lenihan
(1980), Money, Work, and Crime, Academic Press, as shipped with `lifelines` (MIT
licence). Nothing here is simulated.

They are no workforce, but the data set that textbooks fit Cox's model to, so that any
package can be held against them. "Leaving" is being arrested again.
"""

from lifelines.datasets import load_rossi

import workforce_metrics as wm

# %%
# Cox's model, beside the coefficients in print
# ---------------------------------------------
# Printed: Fox and Weisberg, An R Companion to Applied Regression, appendix on Cox
# regression.
rossi = load_rossi()
cohort = wm.Cohort.from_frame(
    rossi.assign(
        arrest=rossi["arrest"] == 1, money=rossi["fin"].map({0: "no money", 1: "money"})
    ),
    duration="week",
    event="arrest",
    time_unit="weeks",
    definition="arrested again",
)
printed = {
    "fin": -0.379,
    "age": -0.057,
    "race": 0.314,
    "wexp": -0.150,
    "mar": -0.434,
    "paro": -0.085,
    "prio": 0.091,
}
model = wm.cox(cohort, " + ".join(printed))
for term, estimate in model.frame.set_index("term")["estimate"].items():
    print(f"{term:<5} ours {estimate:+.3f}, printed {printed[term]:+.3f}")
model.plot()

# %%
# Does each effect stay the same over the year?
# ---------------------------------------------
check = model.proportional_hazards_test()
for row in check.frame.to_dict("records"):
    print("{term:<8} chi-squared {statistic:5.2f}, p = {p_value:.3f}".format(**row))
check.plot(term="age")

# %%
# What the money did, without a model
# -----------------------------------
test = wm.logrank_test(cohort, by="money").frame.iloc[0]
print("Log-rank test: chi-squared {statistic:.2f}, p = {p_value:.3f}".format(**test))
wm.kaplan_meier(cohort, by="money").plot()
