"""Simulated cohorts: who joins, when they leave and why, and from when to when they are seen.

Everybody is one of six kinds: trained abroad or not, in one of three age bands. Leaving is known to whole days or
months: who leaves at t years, a continuous time, leaves in unit ``ceil(t * units)``, so that probabilities at whole
units are those of the continuous time. Some enter late; who left before is not in the cohort.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from truths import Hazards, positive_stable

import workforce_metrics as wm

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BANDS = ("under 35", "35 to 54", "55 and over")
CAUSES = ("moved", "resigned", "retired")
KINDS = np.array([[abroad, band == 1, band == 2] for abroad in (0, 1) for band in (0, 1, 2)], dtype=float)
"""The covariates of the six kinds: abroad, aged 35 to 54, aged 55 and over."""
SHARES = np.kron([0.7, 0.3], [0.4, 0.4, 0.2])
FORMULA = "abroad + age_band"
TERMS = ("abroad", "35 to 54", "55 and over")

THREE_CAUSES = Hazards(
    rate=np.array([0.045, 0.07, 0.004]),
    shape=np.array([1.0, 0.8, 2.0]),
    effect=np.array([[0.6, 0.2, 0.0], [-0.3, -0.4, 0.4], [-0.6, -0.6, 1.6]]),
)
ONE_CAUSE = Hazards(rate=np.array([0.13]), shape=np.array([0.8]), effect=np.array([[0.5], [-0.3], [0.4]]))
SAME_SHAPE = Hazards(rate=np.array([0.06, 0.08, 0.03]), shape=np.full(3, 0.8), effect=np.array([[0.6, 0.2, -0.5]]))
"""With one covariate and one shape, cause-specific hazards stay proportional under a shared stable frailty."""
TWO = Hazards(np.array([0.13]), np.array([0.8]), np.array([[0.5], [-0.4]]))
"""Leaving by any cause, with a covariate of clusters and one of people."""
STABLE = 0.8
"""Index of the frailty that people of a cluster share: Kendall's correlation of their times is 0.2."""
A_CLUSTER = 10
FEW_CLUSTERS = (
    "Cluster-robust standard errors have no small-sample factor, as in R: with a few dozen clusters they are too small."
)

DAYS, MONTHS = 365.25, 12.0
UNITS = {DAYS: "days", MONTHS: "months"}


def kinds(rng: np.random.Generator, n: int) -> Ints:
    """Draw which of the six kinds people are."""
    return rng.choice(len(KINDS), n, p=SHARES)


def labelled(kind: Ints) -> pd.DataFrame:
    """Return the covariates as a user has them."""
    return pd.DataFrame({"abroad": kind // 3, "age_band": pd.Categorical.from_codes(kind % 3, list(BANDS))})


def followed(
    rng: np.random.Generator,
    time: Floats,
    cause: Ints,
    covariates: pd.DataFrame,
    *,
    unit: float = MONTHS,
    late: float = 0.3,
    seen: tuple[float, float] = (3.0, 8.0),
) -> pd.DataFrame:
    """Return the spells that are seen, in whole units.

    Parameters
    ----------
    time, cause : ndarray, shape (n,)
        When everybody leaves, in years, and why.
    covariates : pandas.DataFrame
    unit : float
        Units a year.
    late : float
        Share that enters late, evenly over the first three years.
    seen : (float, float)
        Observation ends evenly between these years since joining; where that is before entry, nobody is seen.
    """
    n, leaves = len(time), np.ceil(time * unit)
    entry = np.where(rng.random(n) < late, rng.integers(1, int(3 * unit), n), 0)
    end = rng.integers(int(seen[0] * unit), int(seen[1] * unit) + 1, n)
    frame = covariates.assign(
        entry=entry,
        duration=np.minimum(leaves, end).astype(np.int64),
        left=leaves <= end,
        why=np.array(CAUSES)[cause - 1],
    )
    return frame[frame["duration"] > entry].reset_index(drop=True)


def observed_share(unit: float, horizon: int, *, late: float = 0.3, seen: tuple[float, float] = (3.0, 8.0)) -> Floats:
    """Return the probability of being under observation in unit 1, 2, ..., for who has not left; see `followed`."""
    k = np.arange(1, horizon + 1)
    last_entry, first_end, last_end = int(3 * unit) - 1, int(seen[0] * unit), int(seen[1] * unit)
    entered = 1 - late + late * np.clip((k - 1) / last_entry, 0, 1)
    there = np.clip((last_end - np.maximum(k, first_end) + 1) / (last_end - first_end + 1), 0, 1)
    return np.asarray(entered * there)


def cohort_of(frame: pd.DataFrame, *, unit: float = MONTHS, **roles: Any) -> wm.Cohort:
    """Return the cohort of a frame made by `followed`."""
    given = {"duration": "duration", "event": "left", "entry": "entry", **roles}
    return wm.Cohort.from_frame(frame, time_unit=UNITS[unit], **given)


def staff(rng: np.random.Generator, n: int, law: Hazards, *, unit: float = MONTHS, **seen: Any) -> pd.DataFrame:
    """Return spells of n people who join, with the covariates and the causes of a law."""
    kind = kinds(rng, n)
    time, cause = law.draw(rng, KINDS[kind])
    return followed(rng, time, cause, labelled(kind), unit=unit, **seen)


def of_all(values: Floats, *, abroad: int | None = None) -> Floats:
    """Return the mean over the six kinds by their shares, of all or of those trained at home (0) or abroad (1)."""
    share = SHARES if abroad is None else np.where(KINDS[:, 0] == abroad, SHARES, 0.0)
    return np.tensordot(share / share.sum(), values, axes=1)


def clustered(rng: np.random.Generator, n: int, law: Hazards, x: Floats, *, unit: float = DAYS) -> pd.DataFrame:
    """Return spells of people in clusters of ten that share a frailty, with their covariates."""
    cluster = np.arange(n) // A_CLUSTER
    frailty = positive_stable(rng, STABLE, n // A_CLUSTER)[cluster]
    time, cause = law.draw_with(rng, x, frailty)
    return followed(rng, time, cause, pd.DataFrame({"cluster": cluster, "x": x[:, 0], "z": x[:, -1]}), unit=unit)


def between_and_within(rng: np.random.Generator, n: int) -> Floats:
    """Return a covariate of clusters and one of people, both 0 or 1."""
    return np.column_stack([np.repeat(rng.random(n // A_CLUSTER) < 0.5, A_CLUSTER), rng.random(n) < 0.5]) * 1.0
