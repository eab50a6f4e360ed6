"""The hazards of leaving in the simulated register, and the true risks that follow from them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.simulation.people import AGE_BANDS, AGE_SHARE, ROUTES

__all__ = ["CAUSES", "draw_leaving", "log_hazard_ratios", "relative_hazards", "true_incidence"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

CAUSES = ("end_of_contract", "ill_health", "retirement", "voluntary")

YEARS_FROM = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
"""Years since joining at which the hazard changes; the last one holds for ever."""

BASELINE = np.array(
    [
        [0.016, 0.012, 0.008, 0.005, 0.004, 0.004, 0.003],
        [0.002, 0.002, 0.003, 0.003, 0.003, 0.004, 0.005],
        [0.001, 0.001, 0.001, 0.002, 0.002, 0.003, 0.004],
        [0.042, 0.045, 0.030, 0.026, 0.024, 0.045, 0.026],
    ]
)
"""Leaving rate a year by cause (rows) and years since joining (columns): UK degree, 21-30, mean climate and burnout."""

ROUTE_LOG_HAZARD_RATIO = np.array(
    [[0.60, 0.20, -0.70, 0.0], [-0.20, 0.30, 0.10, 0.0], [0.0, 0.40, 0.0, 0.0], [0.55, 0.30, -0.25, 0.0]]
)
"""By cause (rows) and route (columns, as `ROUTES`)."""

AGE_LOG_HAZARD_RATIO = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [-0.2, 0.0, 0.2, 0.5, 0.9, 1.0],
        [-3.0, 0.0, 0.5, 1.5, 4.0, 5.0],
        [0.1, 0.0, -0.1, -0.2, -0.3, -0.3],
    ]
)
"""By cause (rows) and age band at joining (columns, as `AGE_BANDS`)."""

BURNOUT_LOG_HAZARD_RATIO = np.array([0.0, 0.50, 0.10, 0.40])
"""By cause, for one standard deviation of latent burnout."""

CLIMATE_LOG_HAZARD_RATIO = np.array([0.0, -0.05, 0.0, -0.15])
"""By cause, for one standard deviation of the organisation's climate."""

TRUTH_YEARS = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
QUADRATURE_NODES = 40


def relative_hazards(*, route: Integers, age_band: Integers, climate: Floats, burnout: Floats) -> Floats:
    """Return how many times the baseline each cause's hazard is, shape (n, n_causes)."""
    log_ratio = (
        ROUTE_LOG_HAZARD_RATIO[:, route]
        + AGE_LOG_HAZARD_RATIO[:, age_band]
        + CLIMATE_LOG_HAZARD_RATIO[:, None] * climate
        + BURNOUT_LOG_HAZARD_RATIO[:, None] * burnout
    )
    relative: Floats = np.exp(log_ratio).T
    return relative


def draw_leaving(rng: np.random.Generator, relative: Floats) -> tuple[Floats, Integers]:
    """Draw when each spell ends and by which cause.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where chance comes from.
    relative : ndarray of float, shape (n, n_causes)
        From `relative_hazards`.

    Returns
    -------
    years : ndarray of float, shape (n,)
        Years from joining to leaving.
    cause : ndarray of int, shape (n,)
        Position in `CAUSES`.

    Notes
    -----
    The cumulative hazard is inverted at a unit exponential; the cause is then drawn in proportion to the causes'
    hazards at that time.
    """
    n = len(relative)
    left_over = rng.standard_exponential(n)
    years, piece = np.empty(n), np.full(n, len(YEARS_FROM) - 1)
    running = np.ones(n, dtype=bool)
    for position, width in enumerate(np.diff(YEARS_FROM, append=np.inf)):
        rate = relative @ BASELINE[:, position]
        ends = running & (left_over <= rate * width)
        years[ends] = YEARS_FROM[position] + left_over[ends] / rate[ends]
        piece[ends] = position
        running &= ~ends
        left_over = left_over - np.where(running, rate * width, 0.0)
    by_cause = np.cumsum(relative * BASELINE[:, piece].T, axis=1)
    cause = (rng.random(n)[:, None] * by_cause[:, -1:] >= by_cause[:, :-1]).sum(axis=1)
    return years, cause


def incidence(relative: Floats, times: Floats) -> Floats:
    """Return the probability of having left by each cause by each time, shape (n, n_causes, n_times).

    Notes
    -----
    With hazards constant within pieces, ``F_c(t) = sum_p S(start_p) h_cp / h_p (1 - exp(-h_p w_p(t)))``, where
    ``w_p(t)`` is how much of piece p lies before t.
    """
    survival = np.ones((len(relative), len(times)))
    result = np.zeros((len(relative), len(CAUSES), len(times)))
    for position, width in enumerate(np.diff(YEARS_FROM, append=np.inf)):
        hazard = relative * BASELINE[:, position]
        total = hazard.sum(axis=1, keepdims=True)
        passed = np.clip(times - YEARS_FROM[position], 0.0, width)
        ended = survival * -np.expm1(-total * passed)
        result += (hazard / total)[:, :, None] * ended[:, None, :]
        survival = survival - ended
    return result


def true_incidence(climate: Floats, organisation_share: Floats, *, route_share: Floats) -> pd.DataFrame:
    """Return the true probability of leaving by cause, for each route, each organisation and over all.

    Parameters
    ----------
    climate, organisation_share : ndarray of float, shape (n_organisations,)
        The organisations as drawn.
    route_share : ndarray of float, shape (n_routes,)
        Shares of the routes among joiners.

    Returns
    -------
    pandas.DataFrame
        group ("route", "org_name", "overall"), position, cause, time (years), estimate.

    Notes
    -----
    Averaged over age bands within route and over the organisations drawn by summation, over standard normal
    burnout by Gauss-Hermite quadrature with 40 nodes. Nothing is sampled.
    """
    nodes, node_weight = np.polynomial.hermite_e.hermegauss(QUADRATURE_NODES)
    shape = (len(ROUTES), len(climate), len(AGE_BANDS), QUADRATURE_NODES)
    route, organisation, age_band, node = (axis.ravel() for axis in np.indices(shape))
    relative = relative_hazards(route=route, age_band=age_band, climate=climate[organisation], burnout=nodes[node])
    within = AGE_SHARE[route, age_band] * node_weight[node] / node_weight.sum()
    each = incidence(relative, TRUTH_YEARS) * within[:, None, None]
    cells = each.reshape(*shape, len(CAUSES), len(TRUTH_YEARS)).sum(axis=(2, 3))
    by_route = np.einsum("roct,o->rct", cells, organisation_share)
    by_organisation = np.einsum("roct,r->oct", cells, route_share)
    overall = np.einsum("rct,r->ct", by_route, route_share)[None]
    return pd.concat(
        [_tidy("route", by_route), _tidy("org_name", by_organisation), _tidy("overall", overall)], ignore_index=True
    )


def _tidy(group: str, values: Floats) -> pd.DataFrame:
    position, cause, time = (axis.ravel() for axis in np.indices(values.shape))
    return pd.DataFrame(
        {
            "group": group,
            "position": position,
            "cause": np.array(CAUSES, dtype=object)[cause],
            "time": TRUTH_YEARS[time],
            "estimate": values.ravel(),
        }
    )


def log_hazard_ratios() -> pd.DataFrame:
    """Return the model's coefficients: cause, term, estimate (log hazard ratio against UK degree, 21-30, mean).

    Examples
    --------
    >>> log_hazard_ratios().query("cause == 'voluntary' and term == 'burnout'")["estimate"].tolist()
    [0.4]
    """
    terms = [*(f"route={route}" for route in ROUTES), *(f"age_band={band}" for band in AGE_BANDS), "climate", "burnout"]
    table = np.column_stack(
        [ROUTE_LOG_HAZARD_RATIO, AGE_LOG_HAZARD_RATIO, CLIMATE_LOG_HAZARD_RATIO, BURNOUT_LOG_HAZARD_RATIO]
    )
    wide = pd.DataFrame(table, columns=terms).assign(cause=CAUSES)
    return wide.melt("cause", var_name="term", value_name="estimate")
