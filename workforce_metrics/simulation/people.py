"""The invented people that a simulated survey and a simulated register of the same seed share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["AGE_BANDS", "ROUTES", "STAFF_GROUPS", "People", "draw_people", "draw_rows", "labelled", "standardised"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

STAFF_GROUPS = (
    "Allied health", "Ambulance", "Healthcare science", "Medical and dental", "Midwifery", "Nursing",
    "Nursing associates",
)  # fmt: skip
POPULATION_SHARE = np.array([0.18, 0.05, 0.07, 0.20, 0.05, 0.40, 0.05])
"""Share of each staff group in the invented workforce."""

RESPONSE_RATE = np.array([0.60, 0.35, 0.62, 0.38, 0.50, 0.45, 0.40])
"""Share of each staff group that answers the survey: the one thing on which responding depends."""

ROUTES = ("International", "Return to practice", "UK apprenticeship", "UK degree")
ROUTE_SHARE = np.array(
    [
        [0.14, 0.02, 0.06, 0.78],
        [0.05, 0.01, 0.34, 0.60],
        [0.12, 0.02, 0.10, 0.76],
        [0.40, 0.02, 0.00, 0.58],
        [0.08, 0.05, 0.07, 0.80],
        [0.34, 0.03, 0.08, 0.55],
        [0.04, 0.01, 0.90, 0.05],
    ]
)
"""Share of each route (columns) within each staff group (rows)."""

AGE_BANDS = ("16-20", "21-30", "31-40", "41-50", "51-65", "66+")
AGE_SHARE = np.array(
    [
        [0.00, 0.38, 0.42, 0.15, 0.05, 0.00],
        [0.00, 0.02, 0.28, 0.40, 0.29, 0.01],
        [0.06, 0.46, 0.28, 0.15, 0.05, 0.00],
        [0.02, 0.66, 0.19, 0.09, 0.04, 0.00],
    ]
)
"""Share of each age band at joining (columns) within each route (rows)."""

TEAM_SIZE = 25


@dataclass(frozen=True)
class People:
    """Invented people and the organisations they work in.

    Parameters
    ----------
    staff_group, route, age_band : ndarray of int, shape (n_people,)
        Positions in `STAFF_GROUPS`, `ROUTES`, `AGE_BANDS`.
    organisation, team : ndarray of int, shape (n_people,)
        Position of the organisation; position of the team among the teams of all organisations.
    burnout : ndarray of float, shape (n_people,)
        Latent burnout, standard normal, higher is more burnt out.
    organisation_share : ndarray of float, shape (n_organisations,)
        Probability that a person is in each organisation.
    climate : ndarray of float, shape (n_organisations,)
        How good a place each organisation is: mean 0, standard deviation 1 over people; 0 where there is but one.
    first_team : ndarray of int, shape (n_organisations + 1,)
        Position of each organisation's first team, then the number of teams.
    """

    staff_group: Integers
    route: Integers
    age_band: Integers
    organisation: Integers
    team: Integers
    burnout: Floats
    organisation_share: Floats
    climate: Floats
    first_team: Integers

    @property
    def person_id(self) -> npt.NDArray[np.str_]:
        """Identifiers "SIM000001" onwards, shape (n_people,)."""
        return np.char.mod("SIM%06d", np.arange(1, len(self.burnout) + 1))

    def organisations(self) -> pd.DataFrame:
        """One row an organisation: org_id, org_name, population_share, climate."""
        number = np.arange(1, len(self.climate) + 1)
        return pd.DataFrame(
            {
                "org_id": np.char.mod("S%02d", number).astype(object),
                "org_name": np.char.mod("Simulated Trust %02d", number).astype(object),
                "population_share": self.organisation_share,
                "climate": self.climate,
            }
        )

    def team_names(self) -> pd.Series:
        """Each person's team, named within its organisation, length n_people."""
        names = [
            f"{org_id} team {number:03d}"
            for org_id, n_teams in zip(self.organisations()["org_id"], np.diff(self.first_team), strict=True)
            for number in range(1, n_teams + 1)
        ]
        return labelled(self.team, names)

    def latent(self) -> pd.DataFrame:
        """One row a person: person_id, org_id, burnout (latent, standard normal)."""
        org_id = self.organisations()["org_id"].to_numpy()[self.organisation]
        return pd.DataFrame({"person_id": self.person_id.astype(object), "org_id": org_id, "burnout": self.burnout})


def draw_people(rng: np.random.Generator, *, n_people: int, n_organisations: int) -> People:
    """Draw invented people as they answer a survey: staff groups that respond more are more of them.

    Notes
    -----
    Organisation, burnout and (staff group, route, age band) are independent; route depends on staff group, age
    band on route. Organisations differ in size (log-normal, standard deviation 0.5 of the logarithm); a team has about
    25 people.
    """
    size = np.exp(0.5 * rng.standard_normal(n_organisations))
    share = size / size.sum()
    climate = standardised(rng.standard_normal((n_organisations, 1)), share)[:, 0]
    responding = POPULATION_SHARE * RESPONSE_RATE
    staff_group = draw_rows(rng, (responding / responding.sum())[None, :], np.zeros(n_people, dtype=np.int64))
    route = draw_rows(rng, ROUTE_SHARE, staff_group)
    age_band = draw_rows(rng, AGE_SHARE, route)
    organisation = draw_rows(rng, share[None, :], np.zeros(n_people, dtype=np.int64))
    n_teams = np.maximum(np.rint(n_people * share / TEAM_SIZE), 1).astype(np.int64)
    first_team = np.concatenate([[0], np.cumsum(n_teams)])
    team = first_team[organisation] + np.floor(rng.random(n_people) * n_teams[organisation]).astype(np.int64)
    burnout = rng.standard_normal(n_people)
    return People(staff_group, route, age_band, organisation, team, burnout, share, climate, first_team)


def draw_rows(rng: np.random.Generator, shares: Floats, row: Integers) -> Integers:
    """Draw a category for each person from the row of `shares` that is theirs.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where chance comes from.
    shares : ndarray of float, shape (n_rows, n_categories)
        Each row sums to 1.
    row : ndarray of int, shape (n,)
        Which row of `shares` holds for each person.

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    drawn = rng.random(len(row))
    category = np.empty(len(row), dtype=np.int64)
    for position, cumulative in enumerate(np.cumsum(shares, axis=1)):
        mine = row == position
        category[mine] = np.searchsorted(cumulative[:-1], drawn[mine], side="right")
    return category


def labelled(position: Integers, labels: Iterable[str], *, ordered: bool = False) -> pd.Series:
    """Return each person's label as a categorical column, length n_people."""
    dtype = pd.CategoricalDtype(pd.Index(list(labels)), ordered=ordered)
    return pd.Series(pd.Categorical.from_codes(position, dtype=dtype))


def standardised(effects: Floats, share: Floats) -> Floats:
    """Return each column of `effects` with mean 0 and variance 1 under `share`; zeros where it does not vary.

    Parameters
    ----------
    effects : ndarray of float, shape (n_groups, n_columns)
        The effects as drawn.
    share : ndarray of float, shape (n_groups,)
        The groups' shares, summing to 1.

    Returns
    -------
    ndarray of float, shape (n_groups, n_columns)
    """
    if len(share) == 1:
        return np.zeros_like(effects)
    centred = effects - share @ effects
    return centred / np.sqrt(share @ centred**2)
