"""A simulated respondent-level extract of the NHS Staff Survey with known truth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey
from workforce_metrics.simulation.people import ROUTES, STAFF_GROUPS, People, draw_people, labelled
from workforce_metrics.simulation.simulated import Simulated, check_size, random_streams
from workforce_metrics.simulation.survey_model import (
    Effects,
    Question,
    draw_answers,
    draw_effects,
    draw_factors,
    questions_of,
    response_weight,
)
from workforce_metrics.simulation.survey_truth import expected_values
from workforce_metrics.simulation.survey_warts import add_survey_warts

__all__ = ["simulate_staff_survey"]

Answers = dict[str, npt.NDArray[np.int8]]

NO_ANSWER = -1
LAST_NUMBERS = (9, 14)
"""The question numbers after which the first two sections end; background questions are the fourth."""

STOPPING = (0.015, 0.010, 0.010)
SKIPPING = (0.010, 0.015, 0.020, 0.040)
"""Share that stops after each section but the last, and share that skips each question within one. Invented."""

EXPERIENCES = {
    "violence_reported": ("violence_public", "violence_managers", "violence_colleagues"),
    "hba_reported": ("hba_public", "hba_managers", "hba_colleagues"),
}
NEVER, NOT_APPLICABLE = 1, 9


def simulate_staff_survey(
    n_people: int, *, seed: int, edition: int = 2024, n_organisations: int = 20, warts: bool = False
) -> Simulated:
    """Simulate a respondent-level extract of the NHS Staff Survey whose true values are known.

    For trying an analysis, testing a pipeline and teaching, where no real answer may be used. The people are those of
    `simulate_register` with the same `n_people`, `seed` and `n_organisations`: ``respondent_id`` there is ``PIN``.

    Parameters
    ----------
    n_people : int
        Number of respondents.
    seed : int
        The same arguments and seed give the same extract.
    edition : int, default 2024
        The survey year, 2021 to 2025: question numbers, and the national level of each answer.
    n_organisations : int, default 20
        Number of organisations, of unequal size.
    warts : bool, default False
        Whether to add what goes wrong in real files, counted in ``truth["warts"]``.

    Returns
    -------
    Simulated
        ``extract``: respondent_id, org_id, org_name, team, staff_group, weight, then one column of option codes a
        question ("q2a"). ``truth``: "overall" (indicator, estimate) and "by_organisation" (org_id, org_name,
        indicator, estimate) of every score and share, scores 0-10, shares 0-1; "organisations" (org_id, org_name,
        population_share, climate); "people" (person_id, org_id, burnout: latent, standard normal); "warts" (rule to n).

    Raises
    ------
    InvalidArgumentError
        If `n_people`, `n_organisations` or `seed` is not a whole number in its range.
    CodebookError
        If `edition` is not shipped.

    Notes
    -----
    An answer is a normal latent variable cut at thresholds: ``z = l F + sqrt(1 - l^2) e``, with twelve factors ``F``
    made of organisation, staff group, team and person, the personal part correlated with latent burnout. The thresholds
    make the shares over the workforce exactly those published for the edition (the option counts of q12b, and the
    share counted of about 40 questions), or invented ones where none is published.

    Staff groups differ in their answers and in how many of them respond; ``weight`` undoes that, and only weighted
    estimates aim at the truth. The truth is that of answering every question. Answers are missing for reasons
    that are unrelated to anything: some people stop at the end of a section, and single questions are skipped, more so
    late in the questionnaire. Questions that a person is not routed to are blank. Items whose codes have no
    label here (ethnic and occupational group) are left out. Age band is that at joining the register.

    Examples
    --------
    >>> from workforce_metrics.simulation import simulate_staff_survey
    >>> survey = simulate_staff_survey(1000, seed=1)
    >>> survey
    <Simulated staff survey extract: 1,000 rows, 128 columns; n_people=1000; seed=1; edition=2024; n_organisations=20;
    warts=False; every person is invented>
    >>> truth = survey.truth["overall"].set_index("indicator")["estimate"]
    >>> truth[["share:burnout_burnt_out", "burnout"]].round(4).tolist()
    [0.3002, 4.9603]
    """
    streams = random_streams(seed)
    people = draw_people(
        streams["people"],
        n_people=check_size("n_people", n_people),
        n_organisations=check_size("n_organisations", n_organisations),
    )
    codebook = nhs_staff_survey(edition)
    questions = questions_of(codebook, edition)
    rng = streams["survey"]
    effects = draw_effects(rng, people)
    answers = _complete_answers(rng, questions, people, effects)
    _apply_routing(questions, answers)
    _leave_unanswered(rng, questions, answers)
    extract = _file_shape(questions, answers, people)
    by_organisation, overall = expected_values(codebook, questions, effects, people.organisations())
    counts = pd.Series(dtype="int64", name="n")
    if warts:
        extract, counts = add_survey_warts(streams["warts"], extract, codebook)
    truth: dict[str, pd.DataFrame | pd.Series] = {
        "overall": overall,
        "by_organisation": by_organisation,
        "organisations": people.organisations(),
        "people": people.latent(),
        "warts": counts,
    }
    settings = {
        "n_people": n_people, "seed": seed, "edition": edition, "n_organisations": n_organisations, "warts": warts,
    }  # fmt: skip
    return Simulated("staff survey", extract, truth, settings)


def _complete_answers(
    rng: np.random.Generator, questions: tuple[Question, ...], people: People, effects: Effects
) -> Answers:
    factors = draw_factors(rng, people, effects)
    answers = {question.item.concept: draw_answers(rng, question, factors, effects) for question in questions}
    answers["age_band"] = (people.age_band + 1).astype(np.int8)
    answers["recruited_outside_uk"] = np.where(people.route == ROUTES.index("International"), 1, 2).astype(np.int8)
    for reported, experiences in EXPERIENCES.items():
        never = np.logical_and.reduce([answers[concept] == NEVER for concept in experiences])
        answers[reported][never] = NOT_APPLICABLE
    return answers


def _apply_routing(questions: tuple[Question, ...], answers: Answers) -> None:
    """Blank the answers to questions that a person is not asked: any one of a question's routes leads to it."""
    for question in questions:
        if question.item.routes:
            led = [np.isin(answers[concept], list(codes)) for concept, codes in question.item.routes.items()]
            answers[question.item.concept][~np.logical_or.reduce(led)] = NO_ANSWER


def _leave_unanswered(rng: np.random.Generator, questions: tuple[Question, ...], answers: Answers) -> None:
    n_people = len(answers["age_band"])
    last_section = np.searchsorted(np.cumsum(STOPPING), rng.random(n_people), side="right")
    for question in questions:
        section = _section(question)
        skipped = rng.random(n_people) < SKIPPING[section]
        answers[question.item.concept][skipped | (last_section < section)] = NO_ANSWER


def _section(question: Question) -> int:
    if question.item.direction == "demographic":
        return len(LAST_NUMBERS) + 1
    number = int("".join(filter(str.isdigit, question.item.columns[0].partition("_")[0])))
    return int(np.searchsorted(LAST_NUMBERS, number))


def _file_shape(questions: tuple[Question, ...], answers: Answers, people: People) -> pd.DataFrame:
    organisations = people.organisations()
    org_id = labelled(people.organisation, organisations["org_id"])
    org_name = labelled(people.organisation, organisations["org_name"])
    columns: dict[str, object] = {
        "respondent_id": people.person_id.astype(object),
        "org_id": org_id,
        "org_name": org_name,
        "team": people.team_names(),
        "staff_group": labelled(people.staff_group, STAFF_GROUPS),
        "weight": response_weight()[people.staff_group].round(6),
    }
    for question in questions:
        given = answers[question.item.concept]
        columns[question.item.columns[0]] = pd.arrays.IntegerArray(given, given == NO_ANSWER)
    return pd.DataFrame(columns)
