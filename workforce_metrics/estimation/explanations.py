"""Why a published figure and one's own differ: the first explanation that accounts for the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["EXPLANATIONS", "Candidate", "Explanation", "explain", "reach_of_base"]

AGREES, ROUNDING, SUPPRESSION = "agrees", "rounding", "suppression"
ABSENT, WEIGHTS, DEFINITION = "not in the extract", "weights", "definition"
BASE, RELEASE, UNEXPLAINED = "base", "release", "not explained"
EXPLANATIONS = (
    AGREES, ROUNDING, SUPPRESSION, ABSENT, WEIGHTS, DEFINITION, f"{WEIGHTS} and {DEFINITION}", BASE, RELEASE,
    UNEXPLAINED,
)  # fmt: skip
"""What `explain` may answer, in the order in which it looks."""

EXACT = 1e-9
"""Two figures closer than this are the same: what adding in another order may change."""


@dataclass(frozen=True)
class Candidate:
    """One's own figure, taken in one of the ways it may have been meant.

    Parameters
    ----------
    estimate : float
        Share or score; missing where nobody answered.
    n : int
        Respondents it rests on.
    weighted_otherwise : bool
        Whether the weights are other than those of the design.
    definition : str
        In what it is defined otherwise than stated; empty where it is not.
    """

    estimate: float
    n: int
    weighted_otherwise: bool = False
    definition: str = ""

    @property
    def named(self) -> str:
        """Under which explanation it falls."""
        parts = [WEIGHTS] * self.weighted_otherwise + [DEFINITION] * bool(self.definition)
        return " and ".join(parts)


@dataclass(frozen=True)
class Explanation:
    """What accounts for a difference.

    Parameters
    ----------
    explained_by : str
        One of `EXPLANATIONS`.
    definition : str
        The definition under which the figures agree, where that explains it.
    """

    explained_by: str
    definition: str = ""


def reach_of_base(total: float, n: int, published_n: int, *, least: float, most: float) -> tuple[float, float]:
    """Return between which values the mean of another number of respondents can lie.

    Parameters
    ----------
    total : float
        Sum of the values of one's own respondents, each counted once.
    n : int
        How many they are.
    published_n : int
        How many the published figure rests on: one's own and others, or some of one's own.
    least, most : float
        The range of a value.

    Returns
    -------
    low, high : float
        Missing where the published base is 0.

    Notes
    -----
    With ``k = published_n - n`` more respondents the sum lies in ``[total + k least, total + k most]``. With ``k``
    fewer, those left add up to at least ``max(total - k most, m least)`` and at most ``min(total - k least, m most)``,
    where ``m = published_n``.

    Examples
    --------
    >>> reach_of_base(30.0, 100, 110, least=0.0, most=1.0)
    (0.2727272727272727, 0.36363636363636365)
    >>> reach_of_base(30.0, 100, 80, least=0.0, most=1.0)
    (0.125, 0.375)
    """
    if published_n <= 0:
        return float("nan"), float("nan")
    more = published_n - n
    if more >= 0:
        return (total + more * least) / published_n, (total + more * most) / published_n
    low = max(total + more * most, published_n * least)
    high = min(total + more * least, published_n * most)
    return low / published_n, high / published_n


def explain(
    published: float,
    published_n: int | None,
    candidates: Sequence[Candidate],
    *,
    rounding: float,
    reach: tuple[float, float],
    later_release: bool,
) -> Explanation:
    """Return the first explanation that accounts for the difference between a published figure and one's own.

    Parameters
    ----------
    published : float
        The published figure; missing where it is withheld.
    published_n : int or None
        Its base, None where it is not stated.
    candidates : sequence of Candidate
        One's own figure as the design and the published definition have it, then the other ways, simplest first.
    rounding : float
        How far the published figure may be from what it was rounded from.
    reach : tuple of float
        What `reach_of_base` gives; missing where the bases are one or the published is not stated.
    later_release : bool
        Whether the figure was published in a later release than that of its edition: re-weighted.

    Returns
    -------
    Explanation

    Notes
    -----
    An explanation *accounts for* a difference: with it the figures agree within rounding. That does not prove it the
    cause. Another definition counts only where it also gives the published base, where that is stated. "base" says that
    the respondents by whom the bases differ could, with the answers most to that effect, make up the difference.

    Examples
    --------
    >>> own = [Candidate(0.312, 90), Candidate(0.3, 90, weighted_otherwise=True)]
    >>> explain(0.3, 90, own, rounding=0.0005, reach=(float("nan"), float("nan")), later_release=False).explained_by
    'weights'
    """
    if np.isnan(published):
        return Explanation(SUPPRESSION)
    if not candidates or not candidates[0].n:
        return Explanation(ABSENT)
    difference = abs(published - candidates[0].estimate)
    if difference <= EXACT + rounding:
        return Explanation(AGREES if difference <= EXACT else ROUNDING)
    for candidate in candidates[1:]:
        same_base = published_n is None or not candidate.definition or candidate.n == published_n
        if same_base and abs(published - candidate.estimate) <= EXACT + rounding:
            return Explanation(candidate.named, candidate.definition)
    slack = EXACT + rounding
    if reach[0] - slack <= published <= reach[1] + slack:
        return Explanation(BASE)
    return Explanation(RELEASE if later_release else UNEXPLAINED)
