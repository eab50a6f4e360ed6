"""Trends through editions: joined by concept, breaks flagged and not tested over, editions that lack an indicator."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.codebooks.codebook import Codebook, Item, Score
from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.codebooks.scale import Option, Scale
from workforce_metrics.errors import CodebookError, InvalidArgumentError, MissingColumnError
from workforce_metrics.estimation.breaks import break_between
from workforce_metrics.extracts import LoadReport, StaffSurvey

mpl.use("Agg")

DESIGN = wm.SurveyDesign(weight="weight", stratum="org_id", lonely_cluster="certainty")
COMPARED = ["estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value", "p_adjusted"]


@cache
def _survey(edition: int, n_people: int = 600) -> StaffSurvey:
    made = wm.simulate_staff_survey(n_people, seed=edition, edition=edition, n_organisations=4)
    return wm.read_staff_survey(made.extract, edition=edition)


def _years(*editions: int) -> list[StaffSurvey]:
    return [_survey(edition) for edition in editions]


def _own(
    edition: int | None, table: pd.DataFrame, *, values: tuple[float, float] = (0.0, 10.0), **item: object
) -> StaffSurvey:
    """A survey of an employer's own, with one item "tired" in a score "rest"."""
    scale = Scale("yesno", (Option(1, "Yes", values[0]), Option(2, "No", values[1])))
    items = {"tired": Item("tired", ("Q1",), scale, counted=frozenset({1}), base=frozenset({1, 2}), **item)}
    counts = pd.DataFrame(columns=["action", "rule", "column", "n"])
    report = LoadReport("own", len(table), counts, pd.DataFrame({"row": [], "rule": []}))
    book = Codebook("own", items, {"rest": Score("rest", "Rest", ("tired",), 1)}, edition)
    return StaffSurvey(table, book, report)


def _answers(*codes: int) -> pd.DataFrame:
    return pd.DataFrame({"tired": pd.array(codes, dtype="Int8")})


@pytest.mark.validates("trend", against="estimate, edition by edition", data="three simulated editions")
def test_every_row_is_the_estimate_of_its_edition_alone() -> None:
    names = ["burnout", "share:think_about_leaving"]
    frame = wm.trend(_years(2023, 2021, 2022), names, by="org_name", design=DESIGN).frame

    assert list(frame.columns[:3]) == ["org_name", "edition", "indicator"]
    for edition in (2021, 2022, 2023):
        alone = wm.estimate(_survey(edition), names, by="org_name", design=DESIGN).frame
        here = frame[frame["edition"] == edition].drop(columns=["edition", "break_before"]).reset_index(drop=True)
        pd.testing.assert_frame_equal(here, alone, check_dtype=False, check_categorical=False)
        for column in ("estimate", "std_error", "conf_low", "conf_high"):
            agree(here[column], alone[column], rtol=1e-12, what=column)
    keys = frame[["org_name", "edition"]].astype({"org_name": str}).drop_duplicates()
    assert keys.to_numpy().tolist() == sorted(keys.to_numpy().tolist())  # groups in order, editions within them


def test_a_concept_is_followed_through_its_question_numbers() -> None:
    columns = [nhs_staff_survey(year).items["think_about_leaving"].columns[0] for year in (2021, 2022, 2023)]
    frame = wm.trend(_years(2021, 2022, 2023), "share:think_about_leaving").frame

    assert len(set(columns)) == 3  # q22a, q24a, q26a
    assert frame["n"].min() > 500
    assert (frame["break_before"] == "").all()


BROKEN = {
    ("share:msk_problems", 2025), ("share:fair_career_progression", 2025), ("negative_experiences", 2025),
    ("safe_and_healthy", 2025), ("diversity_and_equality", 2025), ("compassionate_and_inclusive", 2025),
}  # fmt: skip


def test_breaks_of_the_shipped_editions_reach_scores_and_nothing_else() -> None:
    names = [
        *nhs_staff_survey(2025).scores,
        "share:msk_problems",
        "share:fair_career_progression",
        "share:org_action_wellbeing",
    ]
    stack = wm.stack_editions(_years(*EDITIONS))

    found = {
        (name, later)
        for name in names
        for earlier, later in pairwise(EDITIONS)
        if break_between(stack, earlier, later, name)
    }

    assert found == BROKEN
    assert break_between(stack, 2021, 2025, "burnout") == ""
    assert break_between(stack, 2025, 2021, "share:msk_problems") == "msk_problems: reworded with examples"


def test_a_break_lies_anywhere_between_two_editions() -> None:
    stack = wm.stack_editions(_years(2021, 2024, 2025))

    assert break_between(stack, 2021, 2025, "share:fair_career_progression")
    assert not break_between(stack, 2021, 2024, "share:fair_career_progression")


@pytest.mark.parametrize(
    ("concept", "before", "after"), [("occupational_group", 2022, 2023), ("ethnic_group", 2024, 2025)]
)
def test_groups_whose_codes_moved_break_every_row(concept: str, before: int, after: int) -> None:
    stack = wm.stack_editions(_years(before, after))

    assert break_between(stack, before, after, "burnout", [concept]).startswith(f"{concept}: group codes moved")
    assert not break_between(stack, before, after, "burnout", ["org_name"])


def test_every_declared_break_has_its_reason() -> None:
    broken = [item for year in EDITIONS for item in nhs_staff_survey(year).items.values() if item.break_at]
    others = [item for year in EDITIONS for item in nhs_staff_survey(year).items.values() if not item.break_at]

    assert all(item.break_reason for item in broken)
    assert not any(item.break_reason for item in others)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"values": (10.0, 0.0)}, "tired: scored or counted otherwise in 2026"),
        ({"direction": "negative"}, "tired: scored or counted otherwise in 2026"),
        ({"break_at": 2026}, "tired: not comparable with editions before 2026"),
        ({"break_at": 2026, "note": "asked by text message"}, "tired: asked by text message"),
        ({"break_at": 2026, "break_reason": "reworded", "note": "more"}, "tired: reworded"),
        ({}, ""),
    ],
)
def test_a_change_is_seen_where_no_codebook_declares_it(change: dict[str, object], reason: str) -> None:
    stack = wm.stack_editions([_own(2025, _answers(1, 2)), _own(2026, _answers(1, 2), **change)])

    assert break_between(stack, 2025, 2026, "rest") == reason
    assert wm.trend(stack, "rest").frame["break_before"].tolist() == ["", reason]


def test_nothing_is_tested_over_a_break_unless_asked_in_words() -> None:
    names = ["share:fair_career_progression", "burnout"]
    left_out = wm.trend_test(_years(2023, 2024, 2025), names, adjust="bonferroni").frame
    anyway = wm.trend_test(_years(2023, 2024, 2025), names, breaks="compare anyway", adjust="bonferroni").frame

    broken = left_out["break_before"] != ""
    assert left_out.loc[broken, ["edition", "indicator"]].drop_duplicates().to_numpy().tolist() == [[2025, names[0]]]
    assert left_out.loc[broken, COMPARED].isna().all(axis=None)
    assert left_out.loc[broken, ["group_estimate", "against_estimate"]].notna().all(axis=None)
    assert left_out.loc[~broken, COMPARED].notna().all(axis=None)
    assert anyway[COMPARED].notna().all(axis=None)
    assert anyway["break_before"].tolist() == left_out["break_before"].tolist()
    differences = left_out["term"] == "difference"  # 3 tests of 4 rows: the broken one is not in the family
    expected = np.minimum(3 * left_out.loc[differences & ~broken, "p_value"], 1.0)
    np.testing.assert_allclose(left_out.loc[differences & ~broken, "p_adjusted"], expected)


def test_change_is_since_the_edition_before_or_since_one() -> None:
    years = _years(2021, 2022, 2023)
    levels = wm.trend(years, "burnout").frame["estimate"].to_numpy()
    adjacent, since = (wm.trend_test(years, "burnout", reference=year).frame for year in (None, 2021))

    np.testing.assert_allclose(adjacent["estimate"], np.diff(levels))
    np.testing.assert_allclose(since["estimate"], levels[1:] - levels[0])
    assert adjacent["against"].tolist() == ["2021", "2022"]
    assert since["against"].tolist() == ["2021", "2021"]


def test_independent_editions_add_their_variances() -> None:
    years = _years(2021, 2022)
    errors = wm.trend(years, "burnout", by="org_name", design=DESIGN).frame["std_error"].to_numpy().reshape(-1, 2)

    change = wm.trend_test(years, "burnout", by="org_name", design=DESIGN).frame

    np.testing.assert_allclose(change["std_error"], np.sqrt((errors**2).sum(axis=1)), rtol=1e-12)


def test_the_same_answers_of_the_same_clusters_have_not_changed() -> None:
    again = wm.simulate_staff_survey(600, seed=2021, edition=2021, n_organisations=8).extract
    years = [wm.read_staff_survey(again, edition=2021), wm.read_staff_survey(again, edition=2021)]
    second = StaffSurvey(years[1].table, nhs_staff_survey(2021), years[1].report)
    later = StaffSurvey(
        second.table, Codebook("x 2022", second.codebook.items, second.codebook.scores, 2022), second.report
    )
    design = wm.SurveyDesign(weight="weight", cluster="org_id")

    paired = wm.trend_test([years[0], later], "burnout", design=design, pairing="clusters").frame.iloc[0]
    alone = wm.trend_test([years[0], later], "burnout", design=design).frame.iloc[0]

    assert (paired["estimate"], paired["std_error"]) == (0.0, 0.0)
    assert np.isnan(paired["p_value"])
    assert alone["std_error"] > 0
    assert alone["p_value"] == 1.0


def test_an_edition_that_does_not_hold_an_indicator_has_no_row_and_is_named() -> None:
    years = _years(2021, 2022, 2023)
    without = StaffSurvey(years[1].table.drop(columns="burnout_burnt_out"), years[1].codebook, years[1].report)
    table = wm.trend([years[0], without, years[2]], ["share:burnout_burnt_out", "morale"])
    tests = wm.trend_test([years[0], without, years[2]], ["share:burnout_burnt_out", "morale"])

    rows = table.frame.groupby("indicator")["edition"].apply(list)
    assert rows["share:burnout_burnt_out"] == [2021, 2023]
    assert rows["morale"] == [2021, 2022, 2023]
    assert table.provenance["lacking"] == tests.provenance["lacking"] == "share:burnout_burnt_out in 2022"
    assert set(tests.frame["indicator"]) == {"morale"}


def test_an_extract_of_several_years_under_one_numbering_is_taken_apart() -> None:
    parts = []
    for year in (2023, 2024):  # the numbering is the same from 2023 on
        extract = wm.simulate_staff_survey(300, seed=year, edition=year, n_organisations=4).extract
        parts.append(extract.assign(year=year))
    stacked = wm.read_staff_survey(pd.concat(parts, ignore_index=True), edition=2024, edition_column="year")
    apart = [wm.read_staff_survey(part.drop(columns="year"), edition=int(part["year"].iloc[0])) for part in parts]

    together, each = (wm.trend(years, ["burnout", "share:hba_public"]).frame for years in (stacked, apart))

    pd.testing.assert_frame_equal(together, each)


def test_years_before_the_shipped_editions_break_where_the_question_changed() -> None:
    extract = wm.simulate_staff_survey(300, seed=1, edition=2024, n_organisations=4).extract
    extract = extract.assign(year=np.where(np.arange(300) % 2, 2020, 2021))
    survey = wm.read_staff_survey(extract, edition=2024, edition_column="year")

    frame = wm.trend(survey, ["share:org_action_wellbeing", "burnout"]).frame

    assert frame["edition"].tolist() == [2020, 2020, 2021, 2021]
    assert frame["break_before"].tolist() == [
        "", "", "org_action_wellbeing: five options since 2021, three before", "",
    ]  # fmt: skip


def test_a_release_stands_in_every_result() -> None:
    stack = wm.stack_editions(_years(2021, 2022), release="2022 benchmark")

    for table in (wm.trend(stack, "burnout"), wm.trend_test(stack, "burnout")):
        assert table.provenance["data"] == "NHS Staff Survey 2021 to 2022 (release: 2022 benchmark)"


def test_row_order_does_not_matter() -> None:
    years = _years(2021, 2022)
    shuffled = [StaffSurvey(y.table.sample(frac=1.0, random_state=3), y.codebook, y.report) for y in years[::-1]]
    design = wm.SurveyDesign(weight="weight", cluster="org_id")

    found, plain = (
        wm.trend_test(data, ["burnout", "share:hba_public"], by="staff_group", design=design, pairing="clusters").frame
        for data in (shuffled, years)
    )

    numbers = list(plain.select_dtypes("number"))
    np.testing.assert_allclose(found[numbers].to_numpy(float), plain[numbers].to_numpy(float), rtol=1e-9, atol=1e-12)


def test_a_group_that_an_edition_does_not_have_is_not_compared_with_it() -> None:
    first = _answers(1, 2, 1, 2).assign(ward=["Ash", "Ash", "Elm", "Elm"])
    second = _answers(1, 1, 2, 2).assign(ward=["Elm", "Elm", "Fir", "Fir"])
    stack = wm.stack_editions([_own(2025, first), _own(2026, second)])

    change = wm.trend_test(stack, "share:tired", by="ward").frame

    assert change["ward"].unique().tolist() == ["Elm"]
    assert change["estimate"].tolist() == [1.0 - 0.5, 1.0 / 0.5]


def test_what_cannot_be_stacked_or_compared_is_refused() -> None:
    years = _years(2021, 2022)
    with pytest.raises(InvalidArgumentError, match="2021 more than once"):
        wm.stack_editions([years[0], years[0]])
    with pytest.raises(InvalidArgumentError, match="a codebook without one"):
        wm.stack_editions([_own(None, _answers(1, 2))])
    with pytest.raises(InvalidArgumentError, match="a list of surveys"):
        wm.stack_editions([years[0].table])
    with pytest.raises(InvalidArgumentError, match="at least two editions"):
        wm.trend_test(years[:1], "burnout")
    with pytest.raises(InvalidArgumentError, match="an edition among 2021, 2022"):
        wm.trend_test(years, "burnout", reference=2020)
    with pytest.raises(InvalidArgumentError, match="a design with clusters to pair"):
        wm.trend_test(years, "burnout", pairing="clusters")
    with pytest.raises(InvalidArgumentError, match="pairing"):
        wm.trend_test(years, "burnout", pairing="same")
    with pytest.raises(InvalidArgumentError, match="breaks"):
        wm.trend_test(years, "burnout", breaks="ignore")
    with pytest.raises(InvalidArgumentError, match="columns not named 'edition'"):
        wm.trend(years, "burnout", by="edition")
    with pytest.raises(MissingColumnError, match="none in 2021"):
        wm.trend(years, "burnout", by="ward")
    with pytest.raises(MissingColumnError):
        wm.trend(years, "burnuot")
    with pytest.raises(CodebookError):
        wm.trend(years, "item:patient_contact")


def test_small_groups_are_hidden_in_trend_and_change() -> None:
    first = _answers(*[1, 2] * 30).assign(ward=["Ash"] * 6 + ["Elm"] * 20 + ["Fir"] * 34)
    second = _answers(*[1, 2] * 30).assign(ward=["Ash"] * 20 + ["Elm"] * 20 + ["Fir"] * 20)
    stack = wm.stack_editions([_own(2025, first), _own(2026, second)])

    levels = wm.suppress(wm.trend(stack, "share:tired", by="ward"), complementary=False).frame
    change = wm.suppress(wm.trend_test(stack, "share:tired", by="ward"), complementary=False).frame

    assert levels.loc[levels["suppressed"], ["ward", "edition"]].to_numpy().tolist() == [["Ash", 2025]]
    assert change.loc[change["suppressed"], "ward"].unique().tolist() == ["Ash"]  # few in the edition before
    assert change.loc[change["suppressed"], ["estimate", "against_estimate", "n", "n_against"]].isna().all(axis=None)


def test_a_group_is_hidden_in_all_changes_or_in_none() -> None:
    """An edition's level stands in two rows: as the group's, and as what the next edition is compared with."""
    wards = ["Ash", "Elm", "Fir", "Oak", "Yew"]
    sizes = {2024: [30, 12, 14, 40, 40], 2025: [5, 30, 14, 12, 40], 2026: [30, 30, 13, 12, 40]}
    surveys = [
        _own(year, _answers(*([1, 2] * 100)[: sum(n)]).assign(ward=np.repeat(wards, n))) for year, n in sizes.items()
    ]

    frame = wm.suppress(wm.trend_test(surveys, "share:tired", by="ward")).frame

    hidden = frame.groupby("ward")["suppressed"].agg(["all", "any"])
    assert hidden["all"].equals(hidden["any"])
    assert hidden["all"].sum() == 2
    assert hidden.loc["Ash", "all"]
    assert frame["edition"].notna().all()


def test_changes_draw_themselves_with_or_without_groups() -> None:
    years = _years(2021, 2022, 2023)

    assert len(wm.trend_test(years, "burnout").plot().get_yticklabels()) == 2
    assert len(wm.trend_test(years, "burnout", by="org_name").plot().get_yticklabels()) == 8
    plt.close("all")
