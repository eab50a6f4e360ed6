"""Equations that scores, shares and turnover obey whatever the answers."""

import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from workforce_metrics import indicators
from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey
from workforce_metrics.extracts import LoadReport, Register, StaffSurvey
from workforce_metrics.indicators.scoring import score
from workforce_metrics.indicators.turnover import leaver_rate, stability_index

BOOK = nhs_staff_survey(2024)
ITEM_SCORES = [name for name, one in BOOK.scores.items() if one.items]
FIVE_POINT = [
    name for name in ITEM_SCORES if all(BOOK.items[c].scale.codes == {1, 2, 3, 4, 5} for c in BOOK.scores[name].items)
    and not any(BOOK.items[c].scale.name == "count5" for c in BOOK.scores[name].items)
]  # fmt: skip
REPORT = LoadReport("test", 0, pd.DataFrame(columns=["rule", "n"]), pd.DataFrame({"row": [], "rule": []}))
DAYS = pd.date_range("2020-01-01", periods=60)


def survey_of(table: pd.DataFrame) -> StaffSurvey:
    return StaffSurvey(table.astype("Int8"), BOOK, REPORT)


@st.composite
def surveys(draw: st.DrawFn, names: list[str]) -> tuple[str, StaffSurvey]:
    """Draw a score and one to eight respondents who answer its items, or do not."""
    name = draw(st.sampled_from(names))
    n = draw(st.integers(1, 8))
    columns = {}
    for concept in BOOK.concepts_of(BOOK.scores[name]):
        answers = st.one_of(st.none(), st.sampled_from(sorted(BOOK.items[concept].scale.codes)))
        columns[concept] = pd.array(draw(st.lists(answers, min_size=n, max_size=n)), dtype="Int8")
    return name, survey_of(pd.DataFrame(columns))


@st.composite
def registers(draw: st.DrawFn) -> Register:
    n = draw(st.integers(1, 12))
    joined = draw(st.lists(st.integers(0, 50), min_size=n, max_size=n))
    stays = draw(st.lists(st.one_of(st.none(), st.integers(1, 59)), min_size=n, max_size=n))
    left = [
        pd.NaT if stay is None or start + stay > 59 else DAYS[start + stay]
        for start, stay in zip(joined, stays, strict=True)
    ]
    table = pd.DataFrame({"joined": DAYS[joined], "left": pd.to_datetime(pd.Series(left, dtype="datetime64[ns]"))})
    table["group"] = draw(st.lists(st.sampled_from("ab"), min_size=n, max_size=n))
    return Register(table, "left", pd.NaT, DAYS[-1], REPORT)


@given(surveys(ITEM_SCORES))
def test_score_is_the_mean_of_the_answered_values_one_by_one(drawn: tuple[str, StaffSurvey]) -> None:
    name, survey = drawn
    rule = BOOK.scores[name]
    expected = []
    for row in survey.table.to_dict("records"):
        answered = [(c, row[c]) for c in rule.items if row[c] is not pd.NA and row[c] in BOOK.items[c].values]
        values = [BOOK.items[concept].values[code] for concept, code in answered]
        expected.append(sum(values) / len(values) if len(values) >= rule.min_answered else np.nan)

    np.testing.assert_allclose(score(survey, name), expected, rtol=1e-14)  # sums of at most 9 terms


@given(surveys(list(BOOK.scores)), st.randoms(use_true_random=False))
def test_row_order_changes_no_number(drawn: tuple[str, StaffSurvey], random: object) -> None:
    name, survey = drawn
    order = list(range(len(survey)))
    random.shuffle(order)

    shuffled = score(StaffSurvey(survey.table.iloc[order], BOOK, REPORT), name)

    pd.testing.assert_series_equal(shuffled.sort_index(), score(survey, name), check_exact=True)


@given(surveys(FIVE_POINT))
def test_reversing_every_answer_reflects_the_score(drawn: tuple[str, StaffSurvey]) -> None:
    name, survey = drawn

    reflected = score(survey_of(6 - survey.table), name)

    np.testing.assert_allclose(reflected, 10 - score(survey, name), rtol=0, atol=1e-13)


@given(surveys(ITEM_SCORES), st.data())
def test_a_higher_minimum_only_takes_values_away(drawn: tuple[str, StaffSurvey], data: st.DataObject) -> None:
    name, survey = drawn
    n_items = len(BOOK.scores[name].items)
    lower, higher = sorted(data.draw(st.lists(st.integers(1, n_items), min_size=2, max_size=2)))

    loose, strict = score(survey, name, min_answered=lower), score(survey, name, min_answered=higher)

    np.testing.assert_array_equal(strict[strict.notna()], loose[strict.notna()])
    assert strict.notna().sum() <= loose.notna().sum()


@given(surveys([name for name, one in BOOK.scores.items() if one.parts]))
def test_score_of_parts_is_the_mean_of_the_scores_of_its_parts(drawn: tuple[str, StaffSurvey]) -> None:
    name, survey = drawn
    rule = BOOK.scores[name]
    parts = pd.DataFrame({part: score(survey, part) for part in rule.parts})

    expected = parts.mean(axis=1).where(parts.notna().sum(axis=1) >= rule.min_answered)

    np.testing.assert_allclose(score(survey, name), expected, rtol=1e-14)


@given(surveys(ITEM_SCORES), st.data())
def test_a_share_and_the_share_of_the_others_add_up_to_one(drawn: tuple[str, StaffSurvey], data: st.DataObject) -> None:
    name, survey = drawn
    concept = data.draw(st.sampled_from(BOOK.scores[name].items))
    item = BOOK.items[concept]

    counted = indicators.share(survey, concept)
    others = indicators.share(survey, concept, counted=item.base - item.counted, base=item.base)

    np.testing.assert_array_equal(counted + others, np.where(counted.isna(), np.nan, 1.0))
    assert counted.notna().sum() == survey.table[concept].isin(item.base).sum()


@given(registers(), st.integers(0, 30), st.integers(1, 29))
def test_leavers_of_those_in_post_and_stayers_make_up_the_start(register: Register, first: int, length: int) -> None:
    period = {"start": DAYS[first], "end": DAYS[first + length]}

    stayed = stability_index(register, **period).frame.iloc[0]
    left = leaver_rate(register, **period, denominator="start", leavers="in_post_at_start").frame.iloc[0]

    assert stayed["n"] == left["n"] == stayed["n_event"] + left["n_event"]
    if stayed["n"]:
        np.testing.assert_allclose(
            [left["conf_low"], left["conf_high"]], [1 - stayed["conf_high"], 1 - stayed["conf_low"]], atol=1e-14
        )


@given(registers(), st.integers(0, 30), st.integers(1, 29))
def test_counts_of_groups_add_up_and_stock_follows_flow(register: Register, first: int, length: int) -> None:
    start, end = DAYS[first], DAYS[first + length]
    whole = leaver_rate(register, start=start, end=end).frame.iloc[0]
    groups = leaver_rate(register, start=start, end=end, by="group").frame
    at_start = leaver_rate(register, start=start, end=end, denominator="start").frame["n"].item()

    assert groups["n"].sum() == whole["n"]
    assert groups["n_event"].sum() == whole["n_event"]
    joiners = register.table["joined"].between(start, end, inclusive="right").sum()
    assert 2 * whole["n"] - at_start == at_start + joiners - whole["n_event"]


@given(registers(), st.integers(-4000, 4000))
def test_shifting_every_date_changes_nothing(register: Register, days: int) -> None:
    by = dt.timedelta(days=days)
    table = register.table.assign(joined=register.table["joined"] + by, left=register.table["left"] + by)
    shifted = Register(table, "left", pd.NaT, DAYS[-1] + by, REPORT)

    before = leaver_rate(register, start=DAYS[20], end=DAYS[40], by="group").frame
    after = leaver_rate(shifted, start=DAYS[20] + by, end=DAYS[40] + by, by="group").frame

    pd.testing.assert_frame_equal(before, after)
