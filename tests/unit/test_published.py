"""Published figures: no sourced row is lost, none is a number that nobody published, and they agree with each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.codebooks.leaving_reasons import load_leaving_reasons
from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.codebooks.published import (
    BOUNDS,
    load_published_register,
    load_published_staff_survey,
    load_special_educators,
)

SURVEY_ROWS_COLLECTED = {2018: 15, 2019: 10, 2020: 14, 2021: 63, 2022: 54, 2023: 55, 2024: 42, 2025: 13}
REGISTER_ROWS_COLLECTED = {
    "NMC": 73, "NHS Digital HCHS": 35, "ESR reasons for leaving (PQ 123841)": 24, "NHS England HCHS": 20,
    "DfE School Workforce": 20, "GMC": 18, "NMC leavers survey": 17, "HCPC": 15, "Welsh Government": 14,
    "Goldacre 2009 BMJ": 14, "GMC progression reports (PQ)": 11, "UKFPO F2 career destinations": 10, "Deloitte": 10,
    "Duffield 2014": 8, "Social Work England": 7, "Skills for Care": 7, "HSCIC HCHS": 6,
    "Kaur et al. 2019 (Mersey Care)": 6, "IFS 2022": 5, "DfE School Workforce (Nov 2025 release)": 5,
    "NES (NHS Scotland)": 4, "BMA": 4, "Nuffield Trust 2021": 4, "Health Foundation from NHS Digital": 3,
    "Cleland 2019 (UKMED)": 3, "nurses.co.uk quoting NHS": 3, "NHS Digital (BBC)": 2, "RCN analysis of NMC data": 2,
    "Moscelli 2024": 2, "Moscelli/Vesperoni 2025": 2, "Nuffield Trust 2023": 1, "Nuffield Trust": 1,
}  # fmt: skip
"""Rows collected with a source, by edition and by body; none was left out."""

BURNT_OUT = {  # Always, Often, Sometimes, Rarely, Never, as on the national results page
    2021: (43936, 166191, 233113, 129913, 42145),
    2022: (44611, 160462, 229936, 130688, 43548),
    2023: (41957, 161349, 260868, 156963, 54657),
    2024: (47190, 175934, 289296, 172050, 58780),
}


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    return load_published_staff_survey()


@pytest.fixture(scope="module")
def register() -> pd.DataFrame:
    return load_published_register()


@pytest.fixture(params=["survey", "register"])
def published(request: pytest.FixtureRequest) -> pd.DataFrame:
    frame: pd.DataFrame = request.getfixturevalue(request.param)
    return frame


def test_every_row_collected_is_there(survey: pd.DataFrame, register: pd.DataFrame) -> None:
    assert survey["edition"].value_counts().to_dict() == SURVEY_ROWS_COLLECTED
    assert register["body"].value_counts().to_dict() == REGISTER_ROWS_COLLECTED
    assert (len(survey), len(register)) == (266, 356)


def test_columns_and_types_are_the_documented_ones(survey: pd.DataFrame, register: pd.DataFrame) -> None:
    common = ["unit", "estimate", "low", "high", "bound", "n", "n_of", "source", "status", "note", "as_stated"]

    assert survey.columns.tolist() == ["edition", "scope", "body", "concept", "measure", "option", *common]
    assert register.columns.tolist() == ["period", "scope", "body", "concept", "measure", "option", "group", *common]
    assert survey["edition"].dtype == np.int64
    for frame in (survey, register):
        assert frame[["estimate", "low", "high"]].dtypes.tolist() == [np.float64] * 3
        assert frame["n"].dtype == "Int64"


def test_every_row_has_a_source_and_a_status(survey: pd.DataFrame, register: pd.DataFrame) -> None:
    assert survey["source"].str.contains("https://|github ").all()
    assert register["source"].str.match("https?://").all()
    assert survey["status"].value_counts().to_dict() == {"verified_secondary": 177, "derived": 89}
    assert register["status"].value_counts().to_dict() == {"quoted": 336, "derived": 15, "unverified": 5}
    assert (register.loc[register["status"] != "quoted", "note"] != "").all()


def test_only_a_stated_figure_is_an_estimate(published: pd.DataFrame) -> None:
    stated = published["bound"].isin(["exact", "about"])

    assert set(published["bound"]) <= set(BOUNDS)
    assert published.loc[stated, "estimate"].notna().all()
    assert published.loc[~stated, "estimate"].isna().all()
    assert (
        published["low"].notna() == published["bound"].isin(["more than", "range"]) | _has_interval(published)
    ).all()
    assert (
        published["high"].notna() == published["bound"].isin(["less than", "range"]) | _has_interval(published)
    ).all()


def _has_interval(published: pd.DataFrame) -> pd.Series:
    return published["estimate"].notna() & published["low"].notna() & published["high"].notna()


def test_units_bound_the_figures(published: pd.DataFrame) -> None:
    figures = published.melt(["unit"], ["estimate", "low", "high"]).dropna()
    by_unit = figures.groupby("unit")["value"]
    whole = figures.loc[figures["unit"] == "count", "value"]

    assert by_unit.min()["share"] >= 0
    assert by_unit.max()["share"] <= 1
    assert by_unit.max().get("score 0-10", 0) <= 10
    assert (whole == whole.round()).all()
    assert (published.loc[published["unit"] == "as stated", "bound"] == "not published").all()


def test_every_figure_is_the_one_that_was_stated(published: pd.DataFrame) -> None:
    plain = published["as_stated"].str.extract(r": (\d+(?:\.\d+)?)$")[0].astype("float64")
    in_hundredths = published["unit"].isin(["share", "share a month", "relative change"])
    expected = plain / np.where(in_hundredths, 100, 1)

    checked = expected.notna()

    assert checked.mean() > 0.9
    np.testing.assert_allclose(published.loc[checked, "estimate"], expected[checked], rtol=1e-14)  # a division by 100


def test_figures_in_words_are_bounds_not_estimates(survey: pd.DataFrame, register: pd.DataFrame) -> None:
    worded = survey[survey["as_stated"].str.contains(": (?:over|almost|nearly|about) ")]
    early = register.query("measure == 'leavers on register 5 years or less' and period == '2023-24'").iloc[0]
    doctors = register.query("body == 'BMA' and bound == 'range' and unit == 'count'").iloc[0]
    fifth = register.query("body == 'Nuffield Trust 2023'").iloc[0]

    assert worded["bound"].value_counts().to_dict() == {"more than": 5, "less than": 2, "about": 1}
    assert (early["bound"], early["low"], np.isnan(early["high"])) == ("more than", 3000, True)
    assert (doctors["low"], doctors["high"]) == (15_000, 23_000)
    assert (fifth["bound"], fifth["estimate"]) == ("about", 1 / 5)


def test_concepts_are_those_of_the_codebook(survey: pd.DataFrame) -> None:
    known = {"response"}
    for edition in EDITIONS:
        book = nhs_staff_survey(edition)
        known |= set(book.items) | set(book.scores)

    assert set(survey["concept"]) <= known


@pytest.mark.parametrize("edition", BURNT_OUT)
def test_option_counts_of_burnt_out_are_exact_and_add_up(survey: pd.DataFrame, edition: int) -> None:
    rows = survey.query("edition == @edition and concept == 'burnout_burnt_out'")
    counts = rows.query("measure == 'unweighted count'").set_index("option")
    expected = dict(zip(("Always", "Often", "Sometimes", "Rarely", "Never"), BURNT_OUT[edition], strict=True))

    assert counts["estimate"].astype(int).to_dict() == expected
    assert set(counts["n"]) == {sum(BURNT_OUT[edition])}
    assert set(counts["unit"]) == {"count"}
    assert set(counts["bound"]) == {"exact"}


@pytest.mark.parametrize("edition", BURNT_OUT)
def test_derived_share_and_mean_of_burnt_out_follow_from_the_counts(survey: pd.DataFrame, edition: int) -> None:
    always, often, sometimes, rarely, never = BURNT_OUT[edition]
    n = always + often + sometimes + rarely + never
    rows = survey.query("edition == @edition and concept == 'burnout_burnt_out'").set_index("measure")["estimate"]

    # published to 0.01 points and to 0.001 of a score: half of the last digit
    assert rows["unweighted share"] == pytest.approx((always + often) / n, abs=0.00005)
    assert rows["unweighted mean"] == pytest.approx(
        (0 * always + 2.5 * often + 5 * sometimes + 7.5 * rarely + 10 * never) / n, abs=0.0005
    )


def test_pages_of_one_edition_agree_on_shares_within_a_point_and_a_half(survey: pd.DataFrame) -> None:
    shares = survey[survey["measure"].str.startswith("share") & (survey["edition"] >= 2021)]
    shares = shares[~shares["note"].str.contains("Not applicable is not in the base")]
    spread = shares.groupby(["edition", "concept", "option"])["estimate"].agg(lambda x: x.max() - x.min())

    assert len(spread) > 90
    assert spread.max() < 0.015


def test_leaving_reasons_are_those_of_the_reason_list(register: pd.DataFrame) -> None:
    by_reason = register[register["measure"] == "leavers by reason (headcount)"]

    assert len(by_reason) == 22
    assert set(by_reason["option"]) <= set(load_leaving_reasons()["label"])
    assert by_reason["group"].value_counts().to_dict() == {"nurses and health visitors": 11, "HCHS doctors": 11}


def test_counts_that_the_register_derives_add_up(register: pd.DataFrame) -> None:
    nmc = register.query("body == 'NMC' and measure == 'register size'").set_index(["period", "group"])["estimate"]
    groups = nmc.loc["2025-09"].drop("all registrants UK")

    assert groups.sum() == nmc.loc["2025-09", "all registrants UK"]
    assert nmc.loc["2017-03", "all registrants UK"] == nmc.loc["2024-09", "all registrants UK"] - 151_629


def test_retention_derived_from_counts_is_those_counts(register: pd.DataFrame) -> None:
    rows = register.query("body == 'Goldacre 2009 BMJ' and status == 'derived'")
    counts = rows["note"].str.extract(r"(\d+)/(\d+) doctors").astype(int)

    assert len(rows) == 10
    assert (counts[1] == rows["n"]).all()
    # percentages to one decimal: half of the last digit
    np.testing.assert_allclose(rows["estimate"], counts[0] / counts[1], atol=0.0005 + 1e-12)


def test_special_educators_are_the_textbook_life_table() -> None:
    table = load_special_educators()

    risk, left, censored = (table[column].to_numpy() for column in ("n_risk", "n_event", "n_censor"))

    assert table.columns.tolist() == ["time", "n_risk", "n_event", "n_censor"]
    assert table["time"].tolist() == list(range(1, 13))
    assert risk.tolist() == [3941, 3485, 3101, 2742, 2447, 2229, 2045, 1642, 1256, 948, 648, 391]
    assert left.tolist() == [456, 384, 359, 295, 218, 184, 123, 79, 53, 35, 16, 5]
    assert (risk[1:] == risk[:-1] - left[:-1] - censored[:-1]).all()
    assert left.sum() + censored.sum() == risk[0]
    assert (left[:5].sum() / risk[0]).round(3) == 0.434  # nobody is censored in the first five years
