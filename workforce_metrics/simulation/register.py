"""A simulated register extract with known truth: delayed entry, four causes of leaving, lapses and returns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.simulation.careers import Spells, draw_spells
from workforce_metrics.simulation.leaving_model import CAUSES, log_hazard_ratios
from workforce_metrics.simulation.people import People, draw_people
from workforce_metrics.simulation.register_rows import REASONS, file_shape
from workforce_metrics.simulation.register_truth import true_risks
from workforce_metrics.simulation.register_warts import add_register_warts
from workforce_metrics.simulation.simulated import Simulated, check_size, random_streams

__all__ = ["simulate_register"]


def simulate_register(
    n_people: int,
    *,
    seed: int,
    n_organisations: int = 20,
    observed_from: str = "2018-04-01",
    observed_to: str = "2025-03-31",
    warts: bool = False,
) -> Simulated:
    """Simulate a register extract whose true risks of leaving are known.

    For trying an analysis, testing a pipeline and teaching, where no real person may be used. The people are those of
    `simulate_staff_survey` with the same `n_people`, `seed` and `n_organisations`: ``PIN`` there is ``respondent_id``.

    Parameters
    ----------
    n_people : int
        Number of people who ever joined; those gone by `observed_from` are not in the extract.
    seed : int
        The same arguments and seed give the same extract.
    n_organisations : int, default 20
        Number of organisations, of unequal size.
    observed_from, observed_to : str
        The observation window, ISO dates. People join over the twelve years before `observed_to`.
    warts : bool, default False
        Whether to add what goes wrong in real files, counted in ``truth["warts"]``.

    Returns
    -------
    Simulated
        ``extract``: one row a spell with PIN, First registration, Lapsed (ISO dates as text, blank while
        registered), Lapse reason, org_id, org_name, staff_group, route, age_band (at joining). ``truth``: "risk"
        (route, time in years, estimate: all causes), "incidence" (route, cause, time, estimate), "risk_by_organisation"
        (org_name, time, estimate), "risk_overall" (time, estimate), "log_hazard_ratios" (cause, term, estimate),
        "causes" (reason label to cause), "spells" (person_id, joined, left, cause: the extract as it should be after
        gaps of up to 183 days are joined), "organisations", "people" (person_id, org_id, burnout), "warts" (rule to n).

    Raises
    ------
    InvalidArgumentError
        If `n_people`, `n_organisations` or `seed` is not a whole number in its range, or the window is no window.

    Notes
    -----
    Hazard of cause c at t years since joining:
    ``h_c(t) = h0_c(t) exp(route_c + age_c + climate_c U + burnout_c B)``, ``h0`` constant within years, highest in the
    first two and in the sixth; ``U`` is the climate of the organisation and ``B`` the latent burnout of the person.
    True risks are sums over age bands and the organisations drawn, and Gauss-Hermite quadrature over ``B``: no sampling
    error. "Within k years" means on or before the k-th anniversary, exactly. Leaving means the end of a spell under a
    tolerance of 183 days: a twentieth of the spells hold a shorter gap (a lapse), which alters no truth.

    About 15 % of those who resign or end a contract return after 200 days or more, to an organisation and with a
    burnout drawn anew, under the same route; the clock starts again. The truth is that of first spells; spells
    after a return differ from it only by the age of those who return: over all spells the five-year risk of "Return to
    practice" is lower by 0.0006, that of other routes by less than 0.0001.

    Examples
    --------
    >>> from workforce_metrics.simulation import simulate_register
    >>> register = simulate_register(1000, seed=1)
    >>> list(register.extract.columns)
    ['PIN', 'First registration', 'Lapsed', 'Lapse reason', 'org_id', 'org_name', 'staff_group', 'route', 'age_band']
    >>> register.truth["risk"].query("time == 5").round(3)[["route", "estimate"]].to_numpy().tolist()
    [['International', 0.335], ['Return to practice', 0.368], ['UK apprenticeship', 0.182], ['UK degree', 0.226]]
    """
    start, end = _window(observed_from, observed_to)
    streams = random_streams(seed)
    people = draw_people(
        streams["people"],
        n_people=check_size("n_people", n_people),
        n_organisations=check_size("n_organisations", n_organisations),
    )
    rng = streams["register"]
    every = draw_spells(rng, people, end)
    seen = every.take(np.isnat(every.left) | (every.left > start))
    seen = seen.take(np.lexsort((seen.joined, seen.person)))
    extract = file_shape(rng, seen, people, start, end)
    spells = _true_spells(seen, people)
    counts = pd.Series(dtype="int64", name="n")
    if warts:
        extract, spells, counts = add_register_warts(streams["warts"], extract, spells, start=start, end=end)
    causes = {label: cause for cause, labels in REASONS.items() for label in labels}
    truth: dict[str, pd.DataFrame | pd.Series] = {**true_risks(people), "spells": spells}
    truth |= {
        "organisations": people.organisations(),
        "people": people.latent(),
        "warts": counts,
        "log_hazard_ratios": log_hazard_ratios(),
    }
    truth["causes"] = pd.Series(causes, name="cause").rename_axis("reason")
    settings = {
        "n_people": n_people, "seed": seed, "n_organisations": n_organisations, "observed_from": str(start),
        "observed_to": str(end), "warts": warts,
    }  # fmt: skip
    return Simulated("register", extract, truth, settings)


def _window(observed_from: str, observed_to: str) -> tuple[np.datetime64, np.datetime64]:
    try:
        start, end = np.datetime64(observed_from, "D"), np.datetime64(observed_to, "D")
    except ValueError as error:
        raise InvalidArgumentError(
            "observed_from, observed_to", "ISO dates", "text that is none", 'write "2018-04-01"'
        ) from error
    if not start < end:
        raise InvalidArgumentError("observed_from", "a date before observed_to", "a later one", "swap the two")
    return start, end


def _true_spells(spells: Spells, people: People) -> pd.DataFrame:
    cause = np.array([*CAUSES, None], dtype=object)[spells.cause]
    return pd.DataFrame(
        {
            "person_id": people.person_id[spells.person].astype(object),
            "joined": spells.joined.astype("datetime64[s]"),
            "left": spells.left.astype("datetime64[s]"),
            "cause": cause,
        }
    )
