"""Equations that hold for every survey extract."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey
from workforce_metrics.loaders.answers import Distinct, read_answers
from workforce_metrics.loaders.delimited import parse_delimited
from workforce_metrics.loaders.staff_survey import read_staff_survey

BOOK = nhs_staff_survey(2024)
FREQUENCY = BOOK.items["burnout_burnt_out"].scale
CODES = st.sampled_from(sorted(FREQUENCY.codes))
BLANK = st.sampled_from(["", " ", "99", "n/a", "-"])
BAD = st.sampled_from(["6", "0", "-1", "2.5", "Oftentimes", "yes", "3-5"])
CELLS = st.one_of(CODES.map(str), st.sampled_from([o.label for o in FREQUENCY.options]), BLANK, BAD)

quick = settings(max_examples=60, deadline=None)


@st.composite
def extracts(draw: st.DrawFn) -> pd.DataFrame:
    """Rows of three burnout items and an id that recurs; at least one answer on the scale in each column."""
    n = draw(st.integers(1, 12))
    columns = {name: draw(st.lists(CELLS, min_size=n, max_size=n)) for name in ("q12a", "q12b", "q12c")}
    people = draw(st.lists(st.sampled_from(["a", "b", "c", "d", ""]), min_size=n, max_size=n))
    regular = {"pid": ["sure"], **{name: ["3"] for name in columns}}
    irregular = {"pid": people, **columns}
    return pd.DataFrame({name: regular[name] + irregular[name] for name in irregular})


def content(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    return sorted(frame.astype("string").fillna("").itertuples(index=False, name=None))


@quick
@given(extracts())
def test_every_row_and_every_cell_is_accounted_for(extract: pd.DataFrame) -> None:
    survey = read_staff_survey(extract, edition=2024)

    report = survey.report
    assert report.n_read == len(extract) == len(survey) + report.n_set_aside
    kept = extract.drop(index=report.rows["row"] - 1)[["q12a", "q12b", "q12c"]]
    written = (~kept.isin(["", " ", "99", "n/a", "-"])).to_numpy().sum()
    answered = sum(int((survey.codes(concept) >= 0).sum()) for concept in survey.concepts)
    bad = report.frame.query("action == 'cell set missing'")["n"].sum()
    assert written == answered + bad


@quick
@given(extracts(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(extract: pd.DataFrame, random: object) -> None:
    order = list(range(len(extract)))
    random.shuffle(order)  # type: ignore[attr-defined] - a random.Random

    first = read_staff_survey(extract, edition=2024, respondent_id="pid")
    second = read_staff_survey(extract.iloc[order], edition=2024, respondent_id="pid")

    assert content(first.responses) == content(second.responses)
    pd.testing.assert_series_equal(
        first.report.frame.groupby(["rule", "action"])["n"].sum(),
        second.report.frame.groupby(["rule", "action"])["n"].sum(),
    )


@quick
@given(extracts())
def test_no_respondent_is_kept_twice(extract: pd.DataFrame) -> None:
    survey = read_staff_survey(extract, edition=2024, respondent_id="pid", on_duplicate="first")

    assert survey.responses["pid"].is_unique
    answered = extract[extract["pid"].ne("")].drop(
        index=read_staff_survey(extract, edition=2024).report.rows["row"] - 1, errors="ignore"
    )
    assert set(survey.responses["pid"]) == set(answered["pid"])


@quick
@given(extracts())
def test_a_file_says_what_the_frame_says(extract: pd.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "extract.csv"
        extract.to_csv(path, index=False)

        from_file = read_staff_survey(path, edition=2024, respondent_id="pid")

    from_frame = read_staff_survey(extract, edition=2024, respondent_id="pid")
    pd.testing.assert_frame_equal(from_file.responses, from_frame.responses)


@quick
@given(extracts())
def test_reading_responses_changes_nothing(extract: pd.DataFrame) -> None:
    once = read_staff_survey(extract, edition=2024, respondent_id="pid").responses

    twice = read_staff_survey(once, edition=2024, respondent_id="pid").responses

    pd.testing.assert_frame_equal(twice, once)


@pytest.mark.parametrize("edition", [2021, 2022, 2023, 2024, 2025])
def test_a_label_means_its_code_in_every_item(edition: int) -> None:
    for item in nhs_staff_survey(edition).items.values():
        labelled = [option for option in item.scale.options if option.label]
        column = Distinct(
            tuple(o.label.upper().replace(" ", "  ") for o in labelled), np.arange(len(labelled), dtype=np.int32)
        )

        answers = read_answers(column, item, frozenset())

        assert answers.codes.tolist() == [option.code for option in labelled]


@quick
@given(
    st.lists(
        st.one_of(st.none(), st.text(max_size=6), st.integers(), st.floats(), st.decimals(allow_nan=False)), max_size=8
    )
)
def test_any_cell_is_an_answer_missing_or_counted(cells: list[object]) -> None:
    item = BOOK.items["fair_career_progression"]

    answers = read_answers(Distinct(tuple(cells), np.arange(len(cells), dtype=np.int32)), item, BOOK.missing)

    outside = np.union1d(answers.code_outside, answers.label_outside)
    assert set(answers.codes.tolist()) <= item.scale.codes | {-1}
    assert (answers.codes[outside] == -1).all()
    assert len(outside) == len(answers.code_outside) + len(answers.label_outside)


TEXT = st.text(st.characters(exclude_characters="\x00\r\n", exclude_categories=("Cs",)), max_size=8)


@quick
@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_what_a_csv_writer_writes_is_read(rows: list[list[str]], delimiter: str) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])

    parsed = parse_delimited(buffer.getvalue().encode(), "x.csv", encoding=None, delimiter=None)

    assert [list(row.values()) for row in parsed.table.to_pylist()] == rows
    assert not len(parsed.malformed)
