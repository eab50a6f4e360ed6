"""True spells as the rows of a register file: reasons, lapses, dates as text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.simulation.careers import Days, Integers, Spells
from workforce_metrics.simulation.leaving_model import CAUSES
from workforce_metrics.simulation.people import AGE_BANDS, ROUTES, STAFF_GROUPS, People, draw_rows, labelled
from workforce_metrics.simulation.service_dates import ONE_DAY

__all__ = ["REASONS", "as_text", "file_shape"]

REASONS = {
    "end_of_contract": {
        "End of Fixed Term Contract": 0.6,
        "End of Fixed Term Contract - End of Work Requirement": 0.2,
        "End of Fixed Term Contract - Other": 0.2,
    },
    "ill_health": {"Retirement - Ill Health": 1.0},
    "retirement": {
        "Flexi Retirement": 0.25,
        "Retirement Age": 0.45,
        "Voluntary Early Retirement - with Actuarial Reduction": 0.30,
    },
    "voluntary": {
        "Voluntary Resignation - Lack of Opportunities": 0.08,
        "Voluntary Resignation - Other/Not Known": 0.27,
        "Voluntary Resignation - Pay and Reward Related": 0.10,
        "Voluntary Resignation - Relocation": 0.25,
        "Voluntary Resignation - Work Life Balance": 0.30,
    },
}
"""Payroll labels of each cause and how often each is given; the shares are invented."""

LAPSE_REASON = "Unknown"
LAPSE_SHARE, LAPSE_DAYS = 0.05, (7, 150)
"""How many spells hold a lapse, and of how many days. Invented."""


def file_shape(
    rng: np.random.Generator, spells: Spells, people: People, start: np.datetime64, end: np.datetime64
) -> pd.DataFrame:
    """Return one row a spell, two where a lapse cuts it; lapses lie inside the window and the spell."""
    reason = _reasons(rng, spells.cause)
    until = np.where(np.isnat(spells.left), end, spells.left)
    earliest = np.maximum(spells.joined, start) + ONE_DAY
    n_days = rng.integers(LAPSE_DAYS[0], LAPSE_DAYS[1] + 1, len(until))
    room = (until - earliest).astype(np.int64) - n_days
    lapses = np.flatnonzero((rng.random(len(room)) < LAPSE_SHARE) & (room > 0))
    begins = earliest[lapses] + np.floor(rng.random(len(lapses)) * room[lapses]).astype(np.int64) * ONE_DAY
    spell = np.concatenate([np.arange(len(until)), lapses])
    joined, left = spells.joined[spell], spells.left[spell]
    joined[len(until) :] = begins + n_days[lapses] * ONE_DAY
    left[lapses] = begins
    reason = reason[spell]
    reason[lapses] = LAPSE_REASON
    order = np.lexsort((joined, spells.person[spell]))
    person, organisation = spells.person[spell[order]], spells.organisation[spell[order]]
    organisations = people.organisations()
    columns: dict[str, object] = {
        "PIN": people.person_id[person].astype(object),
        "First registration": as_text(joined[order]),
        "Lapsed": as_text(left[order]),
        "Lapse reason": reason[order],
        "org_id": labelled(organisation, organisations["org_id"]),
        "org_name": labelled(organisation, organisations["org_name"]),
        "staff_group": labelled(people.staff_group[person], STAFF_GROUPS),
        "route": labelled(people.route[person], ROUTES),
        "age_band": labelled(people.age_band[person], AGE_BANDS, ordered=True),
    }
    return pd.DataFrame(columns)


def _reasons(rng: np.random.Generator, cause: Integers) -> npt.NDArray[np.object_]:
    reason = np.full(len(cause), None, dtype=object)
    for position, name in enumerate(CAUSES):
        mine = np.flatnonzero(cause == position)
        shares = np.array([list(REASONS[name].values())])
        labels = np.array(list(REASONS[name]), dtype=object)
        reason[mine] = labels[draw_rows(rng, shares, np.zeros(len(mine), dtype=np.int64))]
    return reason


def as_text(dates: Days) -> npt.NDArray[np.object_]:
    """Return ISO dates, None where there is none, shape (n,)."""
    text = np.datetime_as_string(dates).astype(object)
    text[np.isnat(dates)] = None
    return text
