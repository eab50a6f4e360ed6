"""Three organisations, one figure, no row shared.

Three simulated organisations want their pooled risk of leaving within five years. None lets a row out of the house.
First they add up their risk tables; then, more carefully, they share only what disclosure control leaves of them, and
the pooled risk is known to lie within bounds. Nobody in it exists. Run it with
``python examples/three_organisations.py``.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import workforce_metrics as wm

OUTPUT = Path("output")
OUTPUT.mkdir(exist_ok=True)
HOUSES = ("North", "Middle", "South")
WINDOW = {"observed_from": "2018-04-01", "observed_to": "2025-03-31"}

# %% In each house: its register, which stays there (here one simulated register, cut in three)
simulated = wm.simulate_register(12_000, seed=3, n_organisations=3)


def register_of(rows: pd.DataFrame) -> wm.Register:
    return wm.read_register(
        rows,
        columns={"person_id": "PIN", "joined": "First registration", "left": "Lapsed", "reason": "Lapse reason"},
        date_formats=["%Y-%m-%d"],
        definition="left the organisation (simulated)",
        within="org_name",  # a move to another house is leaving: the houses cannot see each other
        **WINDOW,
    )


by_house = simulated.extract.groupby("org_name", observed=True)
registers = {house: register_of(rows) for house, (_, rows) in zip(HOUSES, by_house, strict=True)}

# %% In each house: the spells in Parquet, counted from there; the table and what may leave the house
tables, shared = {}, {}
for house, register in registers.items():
    spells = register.to_parquet(OUTPUT / f"{house}_spells_simulated.parquet")
    tables[house] = wm.risk_table(spells, horizon_years=5)
    shared[house] = wm.suppress(tables[house], times=[quarter / 4 for quarter in range(1, 21)])
    wm.write_result(shared[house], OUTPUT / f"{house}_shared_simulated.csv")

# %% Houses that trust each other add tables up: the estimate is that of the pooled rows
pooled = wm.leaving_within(wm.RiskTable.pooled(tables.values()), years=5)
rows = wm.leaving_within(wm.build_cohort(register_of(simulated.extract), horizon_years=5), years=5)
difference = (pooled.frame["estimate"] - rows.frame["estimate"]).abs().item()
print(f"pooled: {pooled.frame['estimate'].item():.4f}, from pooled rows the same: {difference < 1e-12}")

# %% Houses that do not: from the suppressed tables alone, the pooled risk lies within bounds
bounds = wm.pooled_risk_bounds(list(shared.values()), years=5)
low, estimate, high = bounds.frame[["possible_low", "estimate", "possible_high"]].iloc[0]
print(f"from suppressed tables: {estimate:.4f}, and surely between {low:.4f} and {high:.4f}")

# %% If South published nothing, but is known to have had at most 3,000 people at risk
hidden = shared["South"].frame.assign(n_risk=None, n_event=None, n_censor=None, n_entry=None)
without = wm.pooled_risk_bounds([shared["North"], shared["Middle"], hidden], hidden_at_most=3_000)
print(without.frame[["possible_low", "possible_high", "n", "n_missing"]].to_string(index=False))

# %% One picture: each house, the pooled figure, and the bounds of those who saw no row
frames = [wm.leaving_within(table, years=5).frame.assign(who=house) for house, table in tables.items()]
surely = bounds.frame.rename(columns={"possible_low": "conf_low", "possible_high": "conf_high"})
frames += [pooled.frame.assign(who="pooled, 95 % interval"), surely.assign(who="pooled, bounds without rows")]
together = pd.concat(frames, ignore_index=True).drop(columns="n_missing").rename(columns={"who": "organisation"})
picture = type(pooled)(together, ("organisation",), {**pooled.provenance})
axes = picture.plot()
axes.figure.savefig(OUTPUT / "three_organisations_simulated.png", dpi=150, bbox_inches="tight")
