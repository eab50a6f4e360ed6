"""The true risks of leaving in a simulated register or simulated snapshots."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workforce_metrics.simulation.leaving_model import true_incidence
from workforce_metrics.simulation.people import POPULATION_SHARE, RESPONSE_RATE, ROUTE_SHARE, ROUTES, People

__all__ = ["true_risks"]


def true_risks(people: People) -> dict[str, pd.DataFrame]:
    """Return the true risks of leaving of first spells: nothing is sampled.

    Returns
    -------
    dict of str to pandas.DataFrame
        "incidence" (route, cause, time, estimate); "risk" (route, time, estimate), "risk_by_organisation" (org_name,
        time, estimate) and "risk_overall" (time, estimate), over all causes.
    """
    responding = POPULATION_SHARE * RESPONSE_RATE
    route_share = responding @ ROUTE_SHARE / responding.sum()
    every = true_incidence(people.climate, people.organisation_share, route_share=route_share)
    names = {"route": np.array(ROUTES), "org_name": people.organisations()["org_name"].to_numpy(), "overall": None}
    tables: dict[str, pd.DataFrame] = {}
    for group, labels in names.items():
        table = every[every["group"] == group].drop(columns="group").reset_index(drop=True)
        if labels is not None:
            table.insert(0, group, labels[table["position"].to_numpy()].astype(object))
        tables[group] = table.drop(columns="position")
    return {
        "risk": _over_causes(tables["route"], ["route", "time"]),
        "incidence": tables["route"],
        "risk_by_organisation": _over_causes(tables["org_name"], ["org_name", "time"]),
        "risk_overall": _over_causes(tables["overall"], ["time"]),
    }


def _over_causes(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return table.groupby(by)["estimate"].sum().reset_index()
