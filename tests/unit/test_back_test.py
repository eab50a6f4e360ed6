"""Back tests: each difference between an extract and a published figure falls under the explanation it was made by.

The published figures are made here from the answers with plain pandas, not by the library.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.estimation.back_test import BackTest
from workforce_metrics.estimation.explanations import EXPLANATIONS, reach_of_base
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.figures import PublishedSurvey

N = 200
CHANCE = np.random.default_rng(7)
ANSWERS = pd.DataFrame(
    {
        "org_id": "R1",
        "weight": CHANCE.choice([0.5, 1.0, 2.5], N),
        **{f"q12{letter}": CHANCE.choice([1, 2, 3, 4, 5], N) for letter in "abcdefg"},
        "q6a": CHANCE.choice([1, 2, 3, 4, 5, 9], N),
    }
)
DESIGN = wm.SurveyDesign(weight="weight")
OFTEN = ANSWERS["q12b"].isin([4, 5])
SHARE = float(OFTEN.mean())
WEIGHTED = float((OFTEN * ANSWERS["weight"]).sum() / ANSWERS["weight"].sum())
BURNOUT = float((12.5 - 2.5 * ANSWERS[[f"q12{letter}" for letter in "abcdefg"]]).mean(axis=1).mean())


def survey(answers: pd.DataFrame = ANSWERS) -> StaffSurvey:
    return wm.read_staff_survey(answers, edition=2024, weight="weight")


def benchmark(release: int | None = None, **columns: object) -> PublishedSurvey:
    sheet = pd.DataFrame([["org_id", *columns], ["R1", *columns.values()]], dtype=object)
    return wm.read_published_survey({"Acute": sheet}, release=release)


def explained(published: PublishedSurvey, **options: object) -> list[str]:
    return wm.back_test(survey(), published, **options).frame["explained_by"].tolist()  # type: ignore[arg-type]


def test_the_same_answers_agree_in_shares_scores_and_bases() -> None:
    tested = wm.back_test(survey(), benchmark(q12b_2024=SHARE, q12b_n_2024=N, PP4_2_2024=BURNOUT, PP4_2_n_2024=N)).frame

    assert tested["explained_by"].tolist() == ["agrees", "agrees"]
    assert tested["difference"].tolist() == [0.0, 0.0]
    assert tested["n_difference"].tolist() == [0, 0]
    assert tested["indicator"].tolist() == ["share:burnout_burnt_out", "burnout"]
    np.testing.assert_allclose(tested["estimate"], [SHARE, BURNOUT], rtol=0, atol=1e-12)


def test_own_figures_and_intervals_are_those_of_estimate() -> None:
    tested = wm.back_test(survey(), benchmark(q12b_2024=0.5, PP4_2_2024=5.0), design=DESIGN, conf_level=0.9).frame

    own = wm.estimate(survey(), tested["indicator"].tolist(), design=DESIGN, conf_level=0.9).frame
    for column in ("estimate", "std_error", "conf_low", "conf_high", "n"):
        np.testing.assert_array_equal(tested[column], own[column])


@pytest.mark.parametrize("decimals", [1, 2, 3])
def test_a_figure_rounded_as_its_file_is_differs_by_rounding(decimals: int) -> None:
    rounded = round(BURNOUT, decimals)
    tested = wm.back_test(survey(), benchmark(PP4_2_2024=rounded)).frame.iloc[0]

    assert tested["explained_by"] == "rounding"
    assert tested["rounding"] == pytest.approx(10**-decimals / 2)
    assert tested["difference"] == pytest.approx(rounded - BURNOUT, abs=1e-12)


def test_weights_explain_a_figure_that_was_not_weighted() -> None:
    tested = wm.back_test(survey(), benchmark(q12b_2024=SHARE, q12b_n_2024=N), design=DESIGN).frame.iloc[0]

    assert tested["explained_by"] == "weights"
    assert tested["difference"] == pytest.approx(SHARE - WEIGHTED, abs=1e-12)
    assert tested["weights"] == pytest.approx(SHARE - WEIGHTED, abs=1e-12)
    assert explained(benchmark(q12b_2024=WEIGHTED), design=DESIGN) == ["agrees"]
    assert explained(benchmark(q12b_2024=SHARE)) == ["agrees"]


def test_weights_that_a_population_size_brings_count_too() -> None:
    answers = ANSWERS.assign(
        stratum=np.where(np.arange(N) < 50, "a", "b"), people=np.where(np.arange(N) < 50, 5000, 300)
    )
    design = wm.SurveyDesign(stratum="stratum", population_size="people")
    own = wm.estimate(survey(answers), "share:burnout_burnt_out", design=design).frame["estimate"].item()

    tested = wm.back_test(survey(answers), benchmark(q12b_2024=SHARE, q12b_n_2024=N), design=design).frame.iloc[0]

    assert tested["difference"] == pytest.approx(SHARE - own, abs=1e-12)
    assert tested["explained_by"] == "weights"


def test_a_definition_explains_a_positive_share_that_is_the_national_one() -> None:
    export = pd.DataFrame({"Year": [2024], "QuestionNumber": ["q12b"], "BaseSize": [N], "Score": [SHARE]})
    published = wm.read_published_survey(export, kind="contractor positive", edition=2024, organisation="R1")

    tested = wm.back_test(survey(), published).frame.iloc[0]

    assert tested["explained_by"] == "definition"
    assert tested["definition"] == "counts Often + Always"
    assert tested["estimate"] == ANSWERS["q12b"].isin([1, 2]).mean()


def test_a_base_with_or_without_not_applicable_is_a_definition() -> None:
    agree, answered = ANSWERS["q6a"].isin([4, 5]).sum(), (ANSWERS["q6a"] != 9).sum()
    over_all = benchmark(q6a_2024=agree / N, q6a_n_2024=N)

    tested = wm.back_test(survey(), over_all).frame.iloc[0]

    assert tested["n"] == answered
    assert tested["explained_by"] == "definition"
    assert tested["definition"].startswith("over Strongly disagree + ")
    assert explained(benchmark(q6a_2024=agree / answered, q6a_n_2024=answered)) == ["agrees"]


def test_another_definition_must_give_the_published_base() -> None:
    agree = ANSWERS["q6a"].isin([4, 5]).sum()

    assert explained(benchmark(q6a_2024=agree / N, q6a_n_2024=N + 40)) != ["definition"]


def test_weights_and_definition_together() -> None:
    never = ANSWERS["q12b"].isin([1, 2]).mean()

    published = benchmark(q12b_2024=never, q12b_n_2024=N, q12c_2024=0.1234)  # so that the file has four decimals

    assert explained(published, design=DESIGN, indicators="share:burnout_burnt_out") == ["weights and definition"]


def test_the_minimum_of_answers_is_a_definition_of_a_score() -> None:
    answers = ANSWERS.astype("Int64", errors="ignore").copy()
    answers.loc[:30, ["q12a", "q12b", "q12c"]] = pd.NA  # four of seven answered: below the documented five
    items = answers[[f"q12{letter}" for letter in "abcdefg"]].astype("float64")
    every = float((12.5 - 2.5 * items).mean(axis=1).mean())

    tested = wm.back_test(survey(answers), benchmark(PP4_2_2024=every, PP4_2_n_2024=N)).frame.iloc[0]

    assert tested["n"] == N - 31
    assert (tested["explained_by"], tested["definition"]) == ("definition", "min_answered=1")


@pytest.mark.parametrize("absent", [10, 60])
def test_a_base_explains_what_the_respondents_missing_could_make_up(absent: int) -> None:
    published = benchmark(q12b_2024=SHARE, q12b_n_2024=N)

    tested = wm.back_test(survey(ANSWERS.iloc[absent:]), published).frame.iloc[0]

    assert tested["explained_by"] == "base"
    assert tested["n_difference"] == absent
    assert tested["possible_low"] <= SHARE <= tested["possible_high"]
    assert tested["possible_low"] == OFTEN.iloc[absent:].sum() / N
    assert tested["possible_high"] == (OFTEN.iloc[absent:].sum() + absent) / N


def test_a_base_too_alike_explains_nothing() -> None:
    tested = wm.back_test(survey(ANSWERS.iloc[2:]), benchmark(q12b_2024=SHARE + 0.1, q12b_n_2024=N)).frame.iloc[0]

    assert tested["explained_by"] == "not explained"


def test_a_later_release_is_the_last_explanation() -> None:
    assert explained(benchmark(release=2025, q12b_2024=SHARE + 0.013, q12b_n_2024=N)) == ["release"]
    assert explained(benchmark(release=2024, q12b_2024=SHARE + 0.013, q12b_n_2024=N)) == ["not explained"]
    assert explained(benchmark(release=2025, q12b_2024=SHARE, q12b_n_2024=N)) == ["agrees"]


def test_what_is_withheld_or_not_in_the_extract_says_so() -> None:
    published = benchmark(q12b_2024="*", q3a_2024=0.5, PP7_1_2024=6.5, response_rate_2024=0.4)

    tested = wm.back_test(survey(), published).frame

    assert tested["explained_by"].tolist() == ["suppression", *["not in the extract"] * 3]
    assert tested["published"].isna().tolist() == [True, False, False, False]
    assert tested["estimate"].isna().tolist() == [False, True, True, True]


def test_single_answers_of_a_detailed_spreadsheet() -> None:
    labels = ["% Never", "% Rarely", "% Sometimes", "% Often", "% Always"]
    shares = [100 * float((ANSWERS["q12b"] == code).mean()) for code in (1, 2, 3, 4, 5)]
    rows = [
        [None, "Q12b - x", *[None] * 5], *[[None] * 7] * 3,
        ["ODS code", *labels, "Base (number of responses)"], ["R1", *shares, N],
    ]  # fmt: skip
    published = wm.read_published_survey({"Q12": pd.DataFrame(rows, dtype=object)}, edition=2024)

    tested = wm.back_test(survey(), published).frame

    assert tested["option"].tolist() == ["Never", "Rarely", "Sometimes", "Often", "Always"]
    assert set(tested["explained_by"]) <= {"agrees", "rounding"}
    np.testing.assert_allclose(tested["estimate"], np.array(shares) / 100, rtol=0, atol=1e-12)


def test_each_edition_is_held_against_its_own_respondents() -> None:
    both = pd.concat([ANSWERS.assign(year=2024), ANSWERS.head(80).assign(year=2023)], ignore_index=True)
    stacked = wm.read_staff_survey(both, edition=2024, edition_column="year")
    published = benchmark(q12b_2022=0.5, q12b_2023=float(OFTEN.head(80).mean()), q12b_2024=SHARE)

    tested = wm.back_test(stacked, published).frame

    assert tested[["edition", "n", "explained_by"]].to_numpy().tolist() == [[2023, 80, "agrees"], [2024, N, "agrees"]]


def test_respondents_of_other_organisations_are_left_out() -> None:
    others = pd.concat([ANSWERS, ANSWERS.assign(org_id="R2", q12b=5)], ignore_index=True)
    published = benchmark(q12b_2024=SHARE, q12b_n_2024=N)

    tested = wm.back_test(survey(others), published, organisation="R1", organisation_column="org_id")

    assert tested.frame["explained_by"].tolist() == ["agrees"]
    assert tested.provenance["n_respondents"] == N


def test_row_order_of_the_extract_changes_no_number() -> None:
    published = benchmark(q12b_2024=0.3, PP4_2_2024=5.0)
    forth = wm.back_test(survey(), published, design=DESIGN).frame
    back = wm.back_test(survey(ANSWERS.iloc[::-1]), published, design=DESIGN).frame

    pd.testing.assert_frame_equal(forth, back, rtol=0, atol=1e-12)


def test_figures_kept_in_a_csv_file_compare_alike(tmp_path: Path) -> None:
    published = benchmark(q12b_2024=SHARE, q12b_n_2024=N, PP4_2_2024="*")
    published.frame.to_csv(tmp_path / "kept.csv", index=False)

    of_file = wm.back_test(survey(), pd.read_csv(tmp_path / "kept.csv"))

    assert of_file.frame["explained_by"].tolist() == ["agrees", "suppression"]


def test_indicators_can_be_chosen() -> None:
    published = benchmark(q12b_2024=0.3, PP4_2_2024=5.0)

    tested = wm.back_test(survey(), published, indicators="burnout")

    assert tested.frame["indicator"].tolist() == ["burnout"]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"organisation": "R9"}, InvalidArgumentError),
        ({"organisation_column": "site"}, MissingColumnError),
        ({"organisation_column": "weight"}, InvalidDataError),
        ({"indicators": ["share:q12b"]}, InvalidArgumentError),
        ({"design": "weight"}, InvalidArgumentError),
        ({"conf_level": 95}, InvalidArgumentError),
        ({"data": ANSWERS}, InvalidArgumentError),
        ({"published": 3}, InvalidArgumentError),
        ({"published": pd.DataFrame({"estimate": [1]})}, MissingColumnError),
        ({"published": benchmark(q12b_2024=0.3, q12b_2023=0.3).frame.query("edition == 2023")}, InvalidDataError),
    ],
    ids=str,
)
def test_what_cannot_be_compared_is_refused(options: dict[str, object], error: type[Exception]) -> None:
    asked = {"data": survey(), "published": benchmark(q12b_2024=0.3), **options}

    with pytest.raises(error):
        wm.back_test(**asked)  # type: ignore[arg-type]


def test_the_reach_of_a_base_is_what_every_choice_of_respondents_gives() -> None:
    """By brute force: every set of those left out, and every answer of those added."""
    own = (0.0, 2.5, 10.0, 7.5, 0.0)
    for published_n in (3, 4):
        means = [sum(left) / published_n for left in itertools.combinations(own, published_n)]
        low, high = reach_of_base(sum(own), len(own), published_n, least=0.0, most=10.0)
        assert low <= min(means)
        assert max(means) <= high
    added = [sum(own + more) / 7 for more in itertools.product((0.0, 2.5, 5.0, 10.0), repeat=2)]
    assert reach_of_base(sum(own), len(own), 7, least=0.0, most=10.0) == (min(added), max(added))
    shares = (1.0, 1.0, 0.0, 1.0, 0.0)
    left = [sum(chosen) / 3 for chosen in itertools.combinations(shares, 3)]
    assert reach_of_base(3.0, 5, 3, least=0.0, most=1.0) == (min(left), max(left))


def test_every_explanation_is_reached_by_these_tests() -> None:
    seen = {"agrees", "rounding", "suppression", "not in the extract", "weights", "definition",
            "weights and definition", "base", "release", "not explained"}  # fmt: skip

    assert seen == set(EXPLANATIONS)


def mixed() -> BackTest:
    never = ANSWERS["q12b"].isin([1, 2]).mean()
    return wm.back_test(
        survey(),
        benchmark(q12a_2024=0.9, q12b_2024=never, q12c_2024=SHARE, q6a_2024="*", PP4_2_2024=BURNOUT),
        design=DESIGN,
    )


def test_the_picture_shows_every_figure_and_reaches_every_diamond() -> None:
    ax = mixed().plot()

    panels = ax.child_axes
    marks = {panel: [line for line in panel.lines if line.get_gid() == "published"] for panel in panels}
    assert sum(len(line.get_xdata()) for lines in marks.values() for line in lines) == 4
    for panel, lines in marks.items():
        for line in lines:
            assert panel.get_xlim()[0] <= min(line.get_xdata())
            assert max(line.get_xdata()) <= panel.get_xlim()[1]
    texts = [label.get_text().replace("\n", " ") for label in panels[0].get_yticklabels()]
    assert any("not explained" in text for text in texts)
    plt.close("all")


def test_the_summary_counts_explanations() -> None:
    summary = mixed().summary

    assert summary["n"].sum() == 5
    assert "suppression" in set(summary["explained_by"])
    assert repr(mixed()).startswith("<BackTest: 5 rows")
