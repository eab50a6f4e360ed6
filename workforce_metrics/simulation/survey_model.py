"""The latent-variable model of the simulated staff survey: thresholds, answers, and true shares of each answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.codebooks.codebook import Codebook, Item
from workforce_metrics.simulation.marginals import FACTORS, factor_of, option_shares, unscored_share
from workforce_metrics.simulation.people import POPULATION_SHARE, RESPONSE_RATE, People, standardised

__all__ = [
    "Effects", "Question", "draw_answers", "draw_effects", "draw_factors", "questions_of", "response_weight",
    "thresholds", "true_shares",
]  # fmt: skip

Floats = npt.NDArray[np.float64]

ORGANISATION_SD, STAFF_GROUP_SD, TEAM_SD = 0.15, 0.12, 0.22
"""Standard deviations of a factor between organisations, staff groups and teams; the whole factor has 1. Invented."""

CLIMATE_CORRELATION = 0.8
DESTINATIONS_BY_INTENTION = (2, 3, 4, 5, 1, 9)
NEWTON_STEPS = 12


@dataclass(frozen=True)
class Question:
    """How one question is answered in the model.

    Parameters
    ----------
    item : Item
        What the codebook says of it.
    codes : ndarray of int8, shape (n_options,)
        Answers from the least to the most favourable.
    shares : ndarray of float, shape (n_options,)
        Share of each in the whole workforce, of those who are asked and give none of the extra answers.
    factor : int
        Position of its factor in `FACTORS`, -1 where it measures none.
    loading : float
        Correlation of its latent variable with its factor.
    extra_code, extra_share : int, float
        The answer outside the order ("not applicable", "don't know") and how often it is given.
    """

    item: Item
    codes: npt.NDArray[np.int8]
    shares: Floats
    factor: int
    loading: float
    extra_code: int
    extra_share: float


@dataclass(frozen=True)
class Effects:
    """What organisations, staff groups and teams add to each factor.

    Parameters
    ----------
    organisation : ndarray of float, shape (n_organisations, n_factors)
        Mean 0 and variance 1 over the workforce.
    staff_group : ndarray of float, shape (n_staff_groups, n_factors)
        Mean 0 and variance 1 over the workforce.
    team : ndarray of float, shape (n_teams, n_factors)
        Standard normal.
    organisation_share : ndarray of float, shape (n_organisations,)
        Shares of the workforce.
    """

    organisation: Floats
    staff_group: Floats
    team: Floats
    organisation_share: Floats


def questions_of(codebook: Codebook, edition: int) -> tuple[Question, ...]:
    """Return the questions of an edition that are simulated, in the order of the codebook."""
    shares = [(item, option_shares(item, edition)) for item in codebook.items.values()]
    return tuple(_question(item, given) for item, given in shares if given)


def _question(item: Item, given: dict[int, float]) -> Question:
    factor = factor_of(item.concept)
    codes = _favourable_order(item, list(given))
    extra = [option.code for option in item.scale.options if option.code not in given]
    return Question(
        item=item,
        codes=np.array(codes, dtype=np.int8),
        shares=np.array([given[code] for code in codes]),
        factor=-1 if factor is None else list(FACTORS).index(factor),
        loading=0.0 if factor is None else FACTORS[factor][0],
        extra_code=extra[0] if extra else 0,
        extra_share=unscored_share(item.concept),
    )


def _favourable_order(item: Item, codes: list[int]) -> list[int]:
    """Order answers by value, ties (incidents of any number all score 0) by the side of the scale they are on."""
    if item.concept == "leaving_destination":
        return list(DESTINATIONS_BY_INTENTION)
    values = item.values
    scored = [code for code in codes if code in values]
    side = -1 if scored and values[scored[0]] > values[scored[-1]] else 1
    return sorted(codes, key=lambda code: (values.get(code, 0.0), side * code))


def draw_effects(rng: np.random.Generator, people: People) -> Effects:
    """Draw what organisations, staff groups and teams add; organisations follow the climate that leaving follows."""
    n_organisations, n_factors = len(people.climate), len(FACTORS)
    own = rng.standard_normal((n_organisations, n_factors))
    organisation = CLIMATE_CORRELATION * people.climate[:, None] + np.sqrt(1 - CLIMATE_CORRELATION**2) * own
    staff_group = rng.standard_normal((len(POPULATION_SHARE), n_factors))
    return Effects(
        organisation=standardised(organisation, people.organisation_share),
        staff_group=standardised(staff_group, POPULATION_SHARE),
        team=rng.standard_normal((int(people.first_team[-1]), n_factors)),
        organisation_share=people.organisation_share,
    )


def draw_factors(rng: np.random.Generator, people: People, effects: Effects) -> Floats:
    """Return every person's factors, shape (n_factors, n_people); each has variance 1 over the workforce.

    Notes
    -----
    The personal part of a factor is correlated with minus the person's latent burnout, by `FACTORS`.
    """
    person_sd = np.sqrt(1 - ORGANISATION_SD**2 - STAFF_GROUP_SD**2 - TEAM_SD**2)
    factors = np.empty((len(FACTORS), len(people.burnout)))
    for position, (_, correlation) in enumerate(FACTORS.values()):
        own = rng.standard_normal(len(people.burnout))
        personal = np.sqrt(1 - correlation**2) * own - correlation * people.burnout
        factors[position] = (
            ORGANISATION_SD * effects.organisation[people.organisation, position]
            + STAFF_GROUP_SD * effects.staff_group[people.staff_group, position]
            + TEAM_SD * effects.team[people.team, position]
            + person_sd * personal
        )
    return factors


def draw_answers(
    rng: np.random.Generator, question: Question, factors: Floats, effects: Effects
) -> npt.NDArray[np.int8]:
    """Return everyone's answer to one question as if all were asked, shape (n_people,)."""
    n_people = factors.shape[1]
    latent = np.sqrt(1 - question.loading**2) * rng.standard_normal(n_people)
    if question.factor >= 0:
        latent += question.loading * factors[question.factor]
    answers: npt.NDArray[np.int8] = question.codes[np.searchsorted(thresholds(question, effects), latent)]
    if question.extra_share:
        answers[rng.random(n_people) < question.extra_share] = question.extra_code
    return answers


def thresholds(question: Question, effects: Effects) -> Floats:
    """Return where the latent variable passes from one answer to the next, shape (n_options - 1,).

    Notes
    -----
    They solve ``sum_og w_og Phi((c - m_og) / s) = cumulative share`` by Newton's method, where ``m_og`` is the mean of
    the latent variable in an organisation and staff group, ``w_og`` their share of the workforce and ``s`` the standard
    deviation within: the shares of the workforce are then exact, whatever organisations were drawn.
    """
    from scipy.special import ndtr, ndtri

    mean, within, weight = _cells(question, effects)
    target = np.cumsum(question.shares)[:-1]
    cuts = ndtri(target)
    for _ in range(NEWTON_STEPS):
        standard = (cuts[:, None] - mean.ravel()) / within
        density = np.exp(-(standard**2) / 2) / np.sqrt(2 * np.pi) / within
        cuts = cuts - (ndtr(standard) @ weight.ravel() - target) / (density @ weight.ravel())
    return cuts


def true_shares(question: Question, effects: Effects) -> Floats:
    """Return the true share of each answer in each organisation, shape (n_organisations, n_options).

    Notes
    -----
    Averaged over the staff groups of the workforce (not of those who respond), over teams and over people, by the
    normal distribution function. Extra answers are left out.
    """
    from scipy.special import ndtr

    mean, within, _ = _cells(question, effects)
    below = ndtr((thresholds(question, effects)[:, None, None] - mean) / within) @ POPULATION_SHARE
    shares: Floats = np.diff(below.T, prepend=0.0, append=1.0, axis=1)
    return shares


def response_weight() -> Floats:
    """Return the weight of a respondent of each staff group, shape (n_staff_groups,); its expectation is 1."""
    weight: Floats = POPULATION_SHARE @ RESPONSE_RATE / RESPONSE_RATE
    return weight


def _cells(question: Question, effects: Effects) -> tuple[Floats, float, Floats]:
    """Return mean (n_organisations, n_staff_groups), standard deviation within, and share of the workforce."""
    weight = effects.organisation_share[:, None] * POPULATION_SHARE
    if question.factor < 0:
        return np.zeros_like(weight), 1.0, weight
    organisation = ORGANISATION_SD * effects.organisation[:, question.factor]
    staff_group = STAFF_GROUP_SD * effects.staff_group[:, question.factor]
    between = ORGANISATION_SD**2 + STAFF_GROUP_SD**2
    mean = question.loading * (organisation[:, None] + staff_group)
    return mean, float(np.sqrt(1 - question.loading**2 * between)), weight
