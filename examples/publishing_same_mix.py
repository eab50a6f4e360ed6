"""
Is it a worse trust, or does it employ other people?
====================================================

Data: simulated. 9,000 respondents in ten invented trusts; nobody in them exists.
Ambulance staff were made to think more often of leaving than others, whatever their
trust; only Trust J was made worse than the others for everybody.

Trusts employ different staff. Standardised, each is looked at as if it had the mix of
all trusts together.
"""

import numpy as np
import pandas as pd

import workforce_metrics as wm

# %%
# Ten trusts with more and more ambulance staff
# ---------------------------------------------
rng = np.random.default_rng(20)
trust = rng.integers(0, 10, 9_000)
ambulance = rng.random(9_000) < np.array([*np.linspace(0.05, 0.60, 9), 0.05])[trust]
probability = np.where(ambulance, 0.45, 0.25) + np.where(trust == 9, 0.10, 0.0)
staff = pd.DataFrame(
    {
        "trust": np.array([f"Trust {letter}" for letter in "ABCDEFGHIJ"])[trust],
        "staff_group": np.where(ambulance, "ambulance", "other"),
        "thinks of leaving": rng.random(9_000) < probability,
    }
)

# %%
# As they are, and with the same mix
# ----------------------------------
as_it_is = wm.estimate(staff, "thinks of leaving", by="trust")
same_mix = wm.standardised_estimate(
    staff, "thinks of leaving", by="trust", mix="staff_group"
)
crude = as_it_is.frame.set_index("trust")["estimate"]
sentence = "{estimate:.1%} ({conf_low:.1%} to {conf_high:.1%}) with the same mix"
for row in same_mix.frame.to_dict("records"):
    as_now = crude[row["trust"]]
    print(f"{row['trust']}: {sentence.format(**row)}, {as_now:.1%} as it is")
same_mix.plot()

# %%
# Which trusts are unlike the others?
# -----------------------------------
for name, table in (("As they are", as_it_is), ("With the same mix", same_mix)):
    found = wm.funnel(table, limits=[0.998]).frame.query("outside != 'within'")
    unlike = found["trust"] + " " + found["outside"].astype(str)
    print(f"{name}, outside the limits of 99.8 %: {', '.join(unlike)}")
