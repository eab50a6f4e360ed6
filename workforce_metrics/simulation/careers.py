"""Who stays how long in the simulated register: first spells, and spells after a return."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.simulation.leaving_model import CAUSES, draw_leaving, relative_hazards
from workforce_metrics.simulation.people import People, draw_rows
from workforce_metrics.simulation.service_dates import ONE_DAY, avoid_leap_day, draw_joining, leaving_date

__all__ = ["Spells", "draw_spells"]

Days = npt.NDArray[np.datetime64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

RETURN_SHARE, SHORTEST_RETURN, MEAN_FURTHER_DAYS = 0.15, 200, 400.0
RETURNING = ("end_of_contract", "voluntary")
"""Causes after which people may return, and how many do after how many days. Invented."""


@dataclass(frozen=True)
class Spells:
    """Stays as they are, before lapses cut them into rows.

    Parameters
    ----------
    person, organisation : ndarray of int, shape (n,)
        Positions among the people and the organisations.
    joined, left : ndarray of datetime64[D], shape (n,)
        `left` is NaT where the stay goes on beyond `observed_to`.
    cause : ndarray of int, shape (n,)
        Position in `CAUSES`, -1 where the stay goes on.
    """

    person: Integers
    organisation: Integers
    joined: Days
    left: Days
    cause: Integers

    def take(self, rows: Integers | Booleans) -> Spells:
        """Return the spells at these rows."""
        return Spells(self.person[rows], self.organisation[rows], self.joined[rows], self.left[rows], self.cause[rows])


def draw_spells(rng: np.random.Generator, people: People, end: np.datetime64) -> Spells:
    """Draw every spell of every person up to `end`: the first, and for some a second after a true return."""
    person = np.arange(len(people.burnout))
    joined = draw_joining(rng, len(person), end)
    first = _spells(
        rng, people, person=person, joined=joined, organisation=people.organisation, burnout=people.burnout, end=end
    )
    return _with_returns(rng, first, people, end)


def _spells(
    rng: np.random.Generator,
    people: People,
    *,
    person: Integers,
    joined: Days,
    organisation: Integers,
    burnout: Floats,
    end: np.datetime64,
) -> Spells:
    relative = relative_hazards(
        route=people.route[person],
        age_band=people.age_band[person],
        climate=people.climate[organisation],
        burnout=burnout,
    )
    years, cause = draw_leaving(rng, relative)
    left = leaving_date(joined, years)
    goes_on = left > end
    return Spells(
        person, organisation, joined, np.where(goes_on, np.datetime64("NaT", "D"), left), np.where(goes_on, -1, cause)
    )


def _with_returns(rng: np.random.Generator, first: Spells, people: People, end: np.datetime64) -> Spells:
    may_return = np.isin(first.cause, [CAUSES.index(cause) for cause in RETURNING])
    returns = first.take(may_return & (rng.random(len(may_return)) < RETURN_SHARE))
    n = len(returns.person)
    gap = SHORTEST_RETURN + 1 + np.floor(MEAN_FURTHER_DAYS * rng.standard_exponential(n)).astype(np.int64)
    joined = avoid_leap_day(returns.left + gap * ONE_DAY)
    organisation = draw_rows(rng, people.organisation_share[None, :], np.zeros(n, dtype=np.int64))
    burnout = rng.standard_normal(n)
    second = _spells(
        rng, people, person=returns.person, joined=joined, organisation=organisation, burnout=burnout, end=end
    )
    second = second.take(joined < end)
    return Spells(
        *(
            np.concatenate([getattr(first, name), getattr(second, name)])
            for name in ("person", "organisation", "joined", "left", "cause")
        )
    )
