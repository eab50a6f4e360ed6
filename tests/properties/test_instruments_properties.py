"""Equations that the scores of instruments obey whatever the answers."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from agreement import agree
from hypothesis import given
from hypothesis import strategies as st

from workforce_metrics.codebooks.instrument_records import InstrumentScore
from workforce_metrics.codebooks.instruments import instruments
from workforce_metrics.indicators.instruments import (
    bands,
    copenhagen_burnout,
    gmc_burnout,
    positive_answers,
    score_instrument,
    sops_hospital,
)

SCORES = [score for one in instruments().values() for score in one.scores.values()]
OF_RESPONDENTS = [score for score in SCORES if score.statistics[0] != "positive"]
BANDED = [score for score in OF_RESPONDENTS if score.bands]
SOPS = [score for score in SCORES if score.statistics[0] == "positive"]


@st.composite
def answers_to(draw: st.DrawFn, scores: list[InstrumentScore]) -> tuple[InstrumentScore, pd.DataFrame]:
    """Draw a score and up to eight respondents who answer its items, or do not."""
    score = draw(st.sampled_from(scores))
    n = draw(st.integers(1, 8))
    gaps = draw(st.floats(0, 1))
    cell = st.tuples(st.floats(0, 1), st.sampled_from(score.codes)).map(lambda c: None if c[0] < gaps / 2 else c[1])
    columns = {item: draw(st.lists(cell, min_size=n, max_size=n)) for item in score.items}
    return score, pd.DataFrame({item: pd.array(codes, dtype="Int16") for item, codes in columns.items()})


def scored(score: InstrumentScore, answers: pd.DataFrame, **options: object) -> pd.Series:
    return score_instrument(answers, score.instrument, scores=[score.name], **options).iloc[:, 0]  # type: ignore[arg-type]


def one_by_one(score: InstrumentScore, statistic: str, codes: list[int | None]) -> float:
    """Return one respondent's score in exact fractions, written from the words of the rules."""
    ends = score.codes[0] + score.codes[-1]
    given_values = [
        Fraction(ends - code if item in score.reversed_items else code)
        for item, code in zip(score.items, codes, strict=True)
        if code is not None
    ]
    needed = len(score.items) if statistic == "converted" else score.min_answered
    if len(given_values) < needed:
        return np.nan
    mean = sum(given_values) / len(given_values)
    if statistic == "converted":
        return score.conversion[int(sum(given_values))]
    if statistic == "percent":
        return float(100 * (mean - score.codes[0]) / (score.codes[-1] - score.codes[0]))
    return float(mean * len(score.items) if statistic == "sum" else mean)


@pytest.mark.validates(
    "indicators.instruments.score_instrument",
    against="the rules in exact fractions, one respondent at a time",
    data="random answers to every instrument",
)
@given(answers_to(OF_RESPONDENTS))
def test_score_is_what_the_rules_say_one_respondent_at_a_time(drawn: tuple[InstrumentScore, pd.DataFrame]) -> None:
    score, answers = drawn
    rows = [[None if pd.isna(code) else int(code) for code in row] for row in answers.to_numpy(object)]

    for statistic in score.statistics:
        expected = [one_by_one(score, statistic, row) for row in rows]
        agree(scored(score, answers, statistic=statistic), expected, rtol=1e-15, what="score")


@given(answers_to(OF_RESPONDENTS))
def test_reflecting_every_answer_reflects_the_score_and_it_stays_in_its_range(
    drawn: tuple[InstrumentScore, pd.DataFrame],
) -> None:
    score, answers = drawn
    for statistic in set(score.statistics) - {"converted"}:
        low, high = score.limits(statistic, score.codes)

        found = scored(score, answers, statistic=statistic)
        reflected = scored(score, score.codes[0] + score.codes[-1] - answers, statistic=statistic)

        np.testing.assert_allclose(found + reflected, np.where(found.isna(), np.nan, low + high), rtol=1e-14)
        assert found.dropna().between(low, high).all()


@given(answers_to(OF_RESPONDENTS), st.data())
def test_score_is_there_from_the_minimum_on_and_not_below(
    drawn: tuple[InstrumentScore, pd.DataFrame], data: st.DataObject
) -> None:
    score, answers = drawn
    least = len(score.items) if score.statistics[0] == "converted" else 1
    minimum = data.draw(st.integers(least, len(score.items)))

    found = scored(score, answers, min_answered=minimum)

    assert found.notna().tolist() == (answers.notna().sum(axis=1) >= minimum).tolist()


@given(answers_to(OF_RESPONDENTS), st.randoms(use_true_random=False))
def test_order_of_rows_and_columns_changes_nothing(drawn: tuple[InstrumentScore, pd.DataFrame], random) -> None:  # type: ignore[no-untyped-def]
    score, answers = drawn
    columns, rows = list(answers.columns), list(answers.index)
    random.shuffle(columns)
    random.shuffle(rows)

    pd.testing.assert_series_equal(scored(score, answers[columns].loc[rows]).loc[answers.index], scored(score, answers))


@given(answers_to(OF_RESPONDENTS), st.integers(0, 100))
def test_another_coding_declared_gives_the_same(drawn: tuple[InstrumentScore, pd.DataFrame], shift: int) -> None:
    score, answers = drawn
    mirrored = score.codes[0] + score.codes[-1] - answers + shift
    codes = {score.codes[0] + score.codes[-1] - code + shift: code for code in score.codes}

    pd.testing.assert_series_equal(scored(score, mirrored, codes=codes), scored(score, answers))


@given(answers_to(BANDED))
def test_band_is_the_one_whose_limits_hold_the_score(drawn: tuple[InstrumentScore, pd.DataFrame]) -> None:
    score, answers = drawn
    assert score.bands is not None
    values = scored(score, answers)

    found = bands(values)

    for value, band in zip(values, found, strict=True):
        passed = [value >= cut if score.bands.closed == "left" else value > cut for cut in score.bands.cut_offs]
        assert (pd.isna(band) and np.isnan(value)) or band == score.bands.labels[sum(passed)]


@given(answers_to([score for score in SCORES if score.name == "cbi_work"]))
def test_gmc_burnout_is_100_less_the_copenhagen_work_score(drawn: tuple[InstrumentScore, pd.DataFrame]) -> None:
    _, answers = drawn

    gmc = gmc_burnout(answers, min_answered=4)["gmc_burnout"]
    work = copenhagen_burnout(answers, scores=["cbi_work"])["cbi_work"]

    np.testing.assert_allclose(gmc, 100 - work, rtol=1e-13, atol=1e-12)


@given(answers_to(SOPS), st.data())
def test_composite_is_the_mean_of_item_shares_group_by_group(
    drawn: tuple[InstrumentScore, pd.DataFrame], data: st.DataObject
) -> None:
    score, answers = drawn
    units = data.draw(st.lists(st.sampled_from("ab"), min_size=len(answers), max_size=len(answers)))
    staff = answers.assign(unit=units)

    found = sops_hospital(staff, by="unit", scores=[score.name]).frame.set_index("unit")

    for unit, members in positive_answers(staff, scores=[score.name]).groupby(np.array(units)):
        expected = members.mean().mean(skipna=False)
        np.testing.assert_allclose(found.loc[unit, "estimate"], expected, rtol=1e-14)
        assert found.loc[unit, "n"] == members.notna().any(axis=1).sum()
        assert found.loc[unit, "n"] + found.loc[unit, "n_missing"] == len(members)
        row = found.loc[unit]
        assert np.isnan(row["conf_low"]) or 0 <= row["conf_low"] <= row["estimate"] <= row["conf_high"] <= 1


@given(answers_to(SOPS))
def test_standard_error_is_that_of_the_linearised_values(drawn: tuple[InstrumentScore, pd.DataFrame]) -> None:
    score, answers = drawn
    positive = positive_answers(answers, scores=[score.name]).to_numpy()
    there = ~np.isnan(positive)
    n = len(positive)

    found = sops_hospital(answers, scores=[score.name]).frame.iloc[0]

    if there.any(axis=1).sum() > 1 and there.any(axis=0).all():
        share = np.nanmean(positive, axis=0)
        linearised = np.where(there, positive - share, 0) / there.sum(axis=0)
        expected = np.sqrt(n / (n - 1) * (linearised.mean(axis=1) ** 2).sum())
        np.testing.assert_allclose(found["std_error"], expected, rtol=1e-12, atol=1e-15)
    else:
        assert np.isnan(found["std_error"])
