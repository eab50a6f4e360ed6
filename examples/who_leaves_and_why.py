"""Who leaves, why, and how many will: models of leaving by cause, on a simulated register with delayed entry.

Run it from the repository with ``python examples/who_leaves_and_why.py``; pictures go to ``output/``. Nobody in it
exists: the register is simulated, and its true risks are known and printed beside the estimates.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import workforce_metrics as wm

OUTPUT = Path("output")
FORMULA = "route + age"

# %% A register whose spells partly began before it was observed, and why people left
simulated = wm.simulate_register(40_000, seed=11, n_organisations=12)
older = simulated.extract["age_band"].isin(["41-50", "51-65", "66+"])  # nobody under 41 retires: two ages, not six
extract = simulated.extract.assign(age=np.where(older, "41 or over", "40 or under"))
register = wm.read_register(
    extract,
    columns={"person_id": "PIN", "joined": "First registration", "left": "Lapsed", "reason": "Lapse reason"},
    observed_from="2018-04-01",
    observed_to="2025-03-31",
    date_formats=["%Y-%m-%d"],
    rejoin_within_days=183,
    definition="left the register (simulated)",
)
cohort = wm.build_cohort(register, horizon_years=5, causes=simulated.truth["causes"].to_dict())
OUTPUT.mkdir(exist_ok=True)


def save(result: wm.results.Result, name: str) -> None:
    result.plot().figure.savefig(OUTPUT / f"{name}_simulated.png", dpi=150, bbox_inches="tight")


# %% What share has left within five years, for which reason?
by_cause = wm.leaving_within(cohort, years=5, causes="apart")
print(by_cause.frame[["cause", "estimate", "conf_low", "conf_high", "n_event"]].round(4).to_string(index=False))
save(wm.cumulative_incidence(cohort), "left_by_cause")

# %% Who leaves faster? Hazard ratios by cause, and what they mean for one person
model = wm.cause_specific(cohort, FORMULA, cluster="org_name")
save(model, "hazard_ratios_by_cause")
somebody = pd.DataFrame({"route": ["International"], "age": ["40 or under"]})
print(model.predict_incidence(somebody, at=5).round(3).to_string(index=False))

# %% Whose probability of resigning is higher? Subdistribution hazard ratios
resigning = wm.fine_gray(cohort, FORMULA, cause="voluntary")
print(resigning.frame[["term", "estimate", "std_error", "conf_low", "conf_high"]].round(3).to_string(index=False))

# %% Do organisations differ once each has the same mix of people?
organisations = wm.discrete_hazard(cohort, f"org_name + {FORMULA}", interval="quarter")
fair = wm.standardised_risk(organisations, cohort, over="org_name", at=5)
truth = simulated.truth["risk_by_organisation"].query("time == 5").set_index("org_name")["estimate"]
shown = fair.frame[fair.frame["cause"] == "any cause"].assign(truth=lambda t: t["org_name"].map(truth).to_numpy())
print(shown[["org_name", "estimate", "conf_low", "conf_high", "truth"]].round(3).to_string(index=False))
save(fair, "organisations_with_the_same_mix")

# %% Of the people in post today, how many leave in each of the next years?
there = register.spells[register.spells["left"].isna()]
served = (pd.Timestamp(register.observed_to) - there["joined"]).dt.days / 365.25
people = there.assign(served=np.floor(served * 12) / 12)[served < 3]
forecast = wm.forecast_leaving(organisations, people, served="served", years=2)
print(forecast.frame.query("term == 'in the year' and cause == 'any cause'").round(1).to_string(index=False))
save(forecast, "leaving_in_the_next_years")

# %% Are predicted risks right where the model has not been? One organisation left out at a time
checked = wm.cross_validate(cohort, lambda part: wm.cox(part, FORMULA), at=5, fold="org_name")
save(checked, "calibration")
