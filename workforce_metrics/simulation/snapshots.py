"""Simulated staff-in-post snapshots with known truth: who left, moved, changed staff group or took a break."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, close_names
from workforce_metrics.simulation.careers import draw_spells
from workforce_metrics.simulation.people import STAFF_GROUPS, People, draw_people
from workforce_metrics.simulation.register_truth import true_risks
from workforce_metrics.simulation.simulated import Simulated, check_size, random_streams
from workforce_metrics.simulation.snapshot_careers import (
    BREAKS_PER_YEAR,
    MOVES_PER_YEAR,
    STAFF_GROUP_CHANGES_PER_YEAR,
    draw_careers,
)
from workforce_metrics.simulation.snapshot_rows import DEFINITIONS, dates, post_rows, snapshot_frame, true_spells
from workforce_metrics.simulation.snapshot_warts import SNAPSHOT_WARTS, add_snapshot_warts

__all__ = ["simulate_snapshots"]


def simulate_snapshots(
    n_people: int,
    *,
    n_periods: int = 60,
    seed: int,
    n_organisations: int = 20,
    first_period: str = "2020-04",
    ids: Literal["string", "integer"] = "string",
    warts: bool | Collection[str] = False,
) -> Simulated:
    """Simulate monthly staff-in-post snapshots whose true spells and risks of leaving are known.

    The people and their stays are those of `simulate_register` with the same `n_people`, `seed`, `n_organisations` and
    last day. During a stay people move between organisations, change staff group, take a break, take a second post.

    Parameters
    ----------
    n_people : int
        Number of people who ever joined; those gone by the first snapshot are not in the extract.
    n_periods : int, default 60
        Number of snapshots, on the last days of consecutive months.
    seed : int
        The same arguments and seed give the same extract.
    n_organisations : int, default 20
        Number of organisations, of unequal size.
    first_period : str, default "2020-04"
        Month of the first snapshot.
    ids : {"string", "integer"}
        Whether people are "SIM000001" or 1.
    warts : bool or collection of str, default False
        What goes wrong, as in real files: True for all of "missing from one snapshot", "recorded late", "an
        organisation missing from one snapshot", "FTE out of range", "birth date changed", "no date of joining", "a
        repeated row", "no id", "an id in scientific notation"; or some of these. Counted in ``truth["warts"]``.

    Returns
    -------
    Simulated
        ``extract``: one row a post and period, sorted by period, person_id and post: period, person_id, post,
        organisation, staff_group, route, active (no break), fte, joined, birth_date. ``truth``: "spells" (definition,
        person_id, joined, left, reason, n_seen, organisation, staff_group, route: to the day, before any wart, under
        each definition of leaving), "risk" (route, time in years, estimate), "risk_by_organisation" (org_name, time,
        estimate), "incidence" (route, cause, time, estimate), "risk_overall" (definition, time, estimate),
        "organisations", "people", "warts" (rule to n).

    Raises
    ------
    InvalidArgumentError
        If a number is not a whole number in its range, `first_period` is no month, or `ids` or `warts` is not known.

    Notes
    -----
    A stay is in the snapshot of day p if ``joined <= p < left``: `left` is the first day out of the extract. Who joins
    and leaves between two snapshots is never seen (``n_seen == 0``).

    Leaving follows the hazards of `simulate_register`, by the organisation joined; "risk", "risk_by_organisation" and
    "incidence" are those of leaving the extract, for first stays. Moves, changes of staff group and breaks come at
    constant rates r, a year, whatever else happens, so that for a first stay the risk under the other definitions is
    ``1 - (1 - risk) exp(-r years)``: r is 0.06 times the share of the other organisations (averaged over the
    organisation joined), 0.02 times six sevenths, and 0.03. Returns come after 200 days or more.

    A second post has no larger FTE than the main one and the larger post number, in half of the cases in another
    organisation; the main post is the one that the truth is about.

    Examples
    --------
    >>> from workforce_metrics.simulation import simulate_snapshots
    >>> snapshots = simulate_snapshots(1000, n_periods=12, seed=1)
    >>> snapshots
    <Simulated snapshots extract: 9,176 rows, 10 columns; n_people=1000; n_periods=12; seed=1; n_organisations=20;
    first_period=2020-04; ids=string; warts=(); every person is invented>
    >>> snapshots.truth["risk_overall"].query("time == 5").round(3)[["definition", "estimate"]].to_numpy().tolist()
    [['left the extract', 0.252], ['left the organisation', 0.436], ['left the staff group', 0.313],
    ['became not active', 0.356]]
    """
    asked = _asked(warts)
    if not isinstance(ids, str) or ids not in {"string", "integer"}:
        raise InvalidArgumentError("ids", "'string' or 'integer'", repr(ids), "choose one")
    periods = _month_ends(first_period, check_size("n_periods", n_periods))
    streams = random_streams(seed)
    people = draw_people(
        streams["people"],
        n_people=check_size("n_people", n_people),
        n_organisations=check_size("n_organisations", n_organisations),
    )
    every = draw_spells(streams["register"], people, periods[-1])
    stays = every.take(np.isnat(every.left) | (every.left > periods[0]))
    stays = stays.take(np.lexsort((stays.joined, stays.person)))
    rng, days, integers = streams["snapshots"], periods.astype(np.int64), ids == "integer"
    careers = draw_careers(rng, stays, people, periods[-1])
    rows = post_rows(careers, days)
    extract = snapshot_frame(rng, rows, careers, people, days, integers=integers)
    extract, counts = add_snapshot_warts(streams["warts"], extract, rows.career, asked)
    truth: dict[str, pd.DataFrame | pd.Series] = {"spells": true_spells(careers, people, days, integers=integers)}
    risks = true_risks(people)
    truth |= {**risks, "risk_overall": _risk_by_definition(risks["risk_by_organisation"], people)}
    truth |= {"organisations": people.organisations(), "people": people.latent(), "warts": counts}
    settings = {
        "n_people": n_people, "n_periods": n_periods, "seed": seed, "n_organisations": n_organisations,
        "first_period": first_period, "ids": ids, "warts": asked,
    }  # fmt: skip
    return Simulated("snapshots", extract, truth, settings)


def _asked(warts: bool | Collection[str]) -> tuple[str, ...]:  # noqa: FBT001 - True stands for all of them
    if isinstance(warts, (bool, np.bool_)):
        return tuple(SNAPSHOT_WARTS) if warts else ()
    names = (warts,) if isinstance(warts, str) else tuple(warts)
    for name in names:
        if name not in SNAPSHOT_WARTS:
            fix = close_names(str(name), SNAPSHOT_WARTS)
            raise InvalidArgumentError("warts", "True, False or names of warts", repr(name), fix)
    return names


def _month_ends(first_period: str, n_periods: int) -> npt.NDArray[np.datetime64]:
    try:
        first = np.datetime64(first_period, "M")
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError("first_period", "a month", "something else", 'write "2020-04"') from error
    months = (first + np.arange(1, n_periods + 1)).astype("datetime64[D]")
    return dates(months.astype(np.int64) - 1, "D")


def _risk_by_definition(by_organisation: pd.DataFrame, people: People) -> pd.DataFrame:
    """Return the true risk under each definition: leaving the extract, and one more constant hazard beside it."""
    share = people.organisations().set_index("org_name")["population_share"]
    joined = share[by_organisation["org_name"]].to_numpy(dtype=float)
    time, risk = by_organisation["time"].to_numpy(dtype=float), by_organisation["estimate"].to_numpy(dtype=float)
    other_groups = 1 - 1 / len(STAFF_GROUPS)
    rates = np.zeros((len(DEFINITIONS), len(joined)))
    rates[1:] = [[MOVES_PER_YEAR], [STAFF_GROUP_CHANGES_PER_YEAR * other_groups], [BREAKS_PER_YEAR]]
    rates[1] *= 1 - joined
    tables = []
    for definition, rate in zip(DEFINITIONS, rates, strict=True):
        stays = (1 - risk) * np.exp(-rate * time)
        estimate = pd.Series(joined * (1 - stays)).groupby(time).sum()
        tables.append(pd.DataFrame({"definition": definition, "time": estimate.index, "estimate": estimate.to_numpy()}))
    return pd.concat(tables, ignore_index=True)
