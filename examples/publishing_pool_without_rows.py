"""
What is the risk of three houses together, if no row leaves any of them?
========================================================================

Data: simulated. A register of 12,000 people in three organisations; nobody in it
exists.

Risk tables add up: the pooled estimate is that of the pooled rows. Houses that share
only what disclosure control leaves of their tables know where the pooled risk must lie.
"""

import pandas as pd

import workforce_metrics as wm

# %%
# In each house: its register, and the counts made of it
# ------------------------------------------------------
simulated = wm.simulate_register(12_000, seed=3, n_organisations=3)


def register_of(rows: pd.DataFrame) -> wm.Register:
    return wm.read_register(
        rows,
        columns={"person_id": "PIN", "joined": "First registration", "left": "Lapsed"},
        observed_from="2018-04-01",
        observed_to="2025-03-31",
        date_formats=["%Y-%m-%d"],
        definition="left the register (simulated)",
        within="org_name",  # the houses cannot see each other
    )


tables = {
    house: wm.risk_table(wm.build_cohort(register_of(rows), horizon_years=5))
    for house, rows in simulated.extract.groupby("org_name", observed=True)
}

# %%
# Houses that trust each other add their tables up
# ------------------------------------------------
pooled = wm.leaving_within(wm.RiskTable.pooled(tables.values()), years=5)
cohort = wm.build_cohort(register_of(simulated.extract), horizon_years=5)
of_rows = wm.leaving_within(cohort, years=5)
difference = (pooled.frame["estimate"] - of_rows.frame["estimate"]).abs().item()
print(f"Pooled: {pooled.frame['estimate'].item():.2%}.")
print(f"It is that of the pooled rows to 1e-12: {difference < 1e-12}.")

# %%
# Houses that do not share only what may be published
# ---------------------------------------------------
quarters = [quarter / 4 for quarter in range(1, 21)]
shared = [wm.suppress(table, times=quarters) for table in tables.values()]
bounds = wm.pooled_risk_bounds(shared, years=5)
low, high = bounds.frame[["possible_low", "possible_high"]].iloc[0]
print(f"From suppressed tables alone it lies between {low:.2%} and {high:.2%}, surely.")

# %%
# Each house, for comparison
# --------------------------
wm.leaving_within(cohort, years=5, by="org_name").plot()
