"""What the instruments refuse, accept and carry: options, frames, docstrings, statuses."""

import doctest
import inspect
import pickle
from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pytest

import workforce_metrics as wm
from workforce_metrics.codebooks.instrument_records import STATISTICS
from workforce_metrics.codebooks.instruments import instrument, instrument_score, instruments
from workforce_metrics.errors import CodebookError, InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.extracts import LoadReport, StaffSurvey
from workforce_metrics.indicators.instruments import (
    bands,
    catalogue,
    in_band,
    maslach,
    named,
    positive_answers,
    real_team,
    score_instrument,
    sops_hospital,
)
from workforce_metrics.indicators.instruments.answers import item_codes

WHO5 = [f"WHO{i}" for i in range(1, 6)]
STAFF = pd.DataFrame({item: [3, 1, 5] for item in WHO5}, index=["a", "b", "c"])
KEY = pd.DataFrame({"item": ["x", "y"], "subscale": "s", "reversed": [False, True], "low": 0, "high": 6})
SCORED = [one for one in instruments().values() if one.function in named.__all__]


def test_every_scored_instrument_has_its_function_and_every_function_an_instrument() -> None:
    there = {one.function for one in instruments().values()}

    assert {one.function for one in SCORED} == set(named.__all__)
    assert there - set(named.__all__) == {"maslach", "real_team", "sops_hospital"}
    assert all(hasattr(wm.indicators.instruments, function) for function in there)


@pytest.mark.parametrize("one", SCORED, ids=lambda one: one.function)
def test_docstring_says_every_rule_with_its_status_and_its_example_runs(one) -> None:  # type: ignore[no-untyped-def]
    function = getattr(wm.indicators.instruments, one.function)
    text = " ".join((inspect.getdoc(function) or "").split())

    assert max(map(len, (inspect.getdoc(function) or "").splitlines())) <= 116
    for score in one.scores.values():
        assert f"{score.name} {score.min_answered} of {len(score.items)} (status: {score.min_answered_status})" in text
        assert f"- {score.name}: " in text
        assert all(item in text for item in score.items)
        if score.bands:
            assert f"Bands of {score.name} (status: {score.bands.status})" in text
        if score.not_scored:
            assert f"(status: {score.not_scored_status})" in text
    assert one.licence in text
    assert one.source.rstrip(".") in text
    for parameter in inspect.signature(function).parameters:
        assert f"\n{parameter} : " in (inspect.getdoc(function) or "")
    (example,) = doctest.DocTestFinder(recurse=False).find(function, one.function, globs={})
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example, out=lambda _: None)
    assert (result.attempted, result.failed) == (4, 0)


@pytest.mark.parametrize("one", SCORED, ids=lambda one: one.function)
def test_function_pickles_and_is_the_engine(one) -> None:  # type: ignore[no-untyped-def]
    function = getattr(wm.indicators.instruments, one.function)
    items = {item: score.codes[-1] for score in one.scores.values() for item in score.items}
    answers = pd.DataFrame([items])

    assert pickle.loads(pickle.dumps(function)) is function  # noqa: S301 - our own
    pd.testing.assert_frame_equal(function(answers), score_instrument(answers, one.name))


def test_facts_hold_together() -> None:
    scores = [score for one in instruments().values() for score in one.scores.values()]
    assert len({score.name for score in scores}) == len(scores)
    for score in scores:
        assert score.name.isidentifier()
        assert score.instrument in instruments()
        assert score.reversed_items <= set(score.items)
        assert len(set(score.items)) == len(score.items)
        assert list(score.codes) == sorted(set(score.codes))
        assert set(score.statistics) <= set(STATISTICS)
        assert 1 <= score.min_answered <= len(score.items)
        assert score.status in {"documented", "unverified"}
        assert score.min_answered_status in {"documented", "unverified", "unknown"}
        assert bool(score.not_scored) == bool(score.not_scored_status)
        assert not score.not_scored & set(score.codes)
        assert score.direction in {"higher", "lower"}
        assert bool(score.conversion) == ("converted" in score.statistics)
        if score.bands:
            low, high = score.limits(score.statistics[0], score.codes)
            assert all(low <= cut_off <= high for cut_off in score.bands.cut_offs)
            assert list(score.bands.cut_offs) == sorted(score.bands.cut_offs)
            assert score.bands.closed in {"left", "right"}
            assert score.bands.status in {"documented", "unverified"}


def test_an_item_has_one_direction_and_one_scale_within_an_instrument() -> None:
    for one in instruments().values():
        seen: dict[str, tuple[bool, tuple[int, ...], frozenset[int]]] = {}
        for score in one.scores.values():
            for item in score.items:
                facts = (item in score.reversed_items, score.codes, score.not_scored)
                assert seen.setdefault(item, facts) == facts


def test_conversion_table_is_complete_and_rises() -> None:
    table = instrument_score("swemwbs").conversion

    assert list(table) == list(range(7, 36))
    assert (np.diff(list(table.values())) > 0).all()


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"instrument": "WHO5"}, CodebookError, "did you mean 'WHO-5'"),
        ({"instrument": "MBI"}, CodebookError, "use instruments.maslach"),
        ({"instrument": "SOPS-Hospital-2.0"}, CodebookError, "use instruments.sops_hospital"),
        ({"scores": ["who6"]}, InvalidArgumentError, "scores of WHO-5"),
        ({"scores": []}, InvalidArgumentError, "at least one"),
        ({"scores": "who5"}, InvalidArgumentError, "write"),
        ({"items": {"WHO9": "x"}}, InvalidArgumentError, "did you mean"),
        ({"items": ["WHO1"]}, InvalidArgumentError, "a mapping"),
        ({"items": {"WHO1": "WHO2"}}, InvalidArgumentError, "twice"),
        ({"items": {"WHO1": "absent", "WHO2": "gone"}}, MissingColumnError, r"WHO1 \(absent\), WHO2 \(gone\)"),
        ({"codes": {}}, InvalidArgumentError, "codes"),
        ({"codes": {3: 7, 1: 1, 5: 5}}, InvalidArgumentError, "0, 1, 2, 3, 4, 5"),
        ({"codes": {-3: 1}}, InvalidArgumentError, "whole codes"),
        ({"codes": {"3": 1}}, InvalidArgumentError, "whole codes"),
        ({"not_scored": [5]}, InvalidArgumentError, "5, an answer"),
        ({"not_scored": "9"}, InvalidArgumentError, "whole codes"),
        ({"min_answered": 0}, InvalidArgumentError, "from 1 to 5"),
        ({"min_answered": 6}, InvalidArgumentError, "from 1 to 5"),
        ({"min_answered": True}, InvalidArgumentError, "from 1 to 5"),
        ({"min_answered": {"swemwbs": 3}}, InvalidArgumentError, "asked for"),
        ({"statistic": "mean"}, InvalidArgumentError, "percent, sum"),
        ({"code_range": (1, 5)}, InvalidArgumentError, r"\(0, 5\)"),
        ({"code_range": 5}, InvalidArgumentError, r"\(0, 5\)"),
        ({"code_range": {"who6": (1, 5)}}, InvalidArgumentError, "asked for"),
    ],
)
def test_options_are_refused(options: dict[str, object], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        score_instrument(STAFF, **{"instrument": "WHO-5", **options})  # type: ignore[arg-type]


def test_a_converted_sum_needs_every_item() -> None:
    staff = pd.DataFrame({item: [1] for item in instrument_score("swemwbs").items})

    with pytest.raises(InvalidArgumentError, match="from 7 to 7"):
        score_instrument(staff, "SWEMWBS-7", min_answered=6)


@pytest.mark.parametrize("code", [6, -1, 99, 2.5, 1e9, np.inf])
def test_codes_off_the_scale_are_refused_and_not_shown(code: float) -> None:
    with pytest.raises(InvalidDataError, match=r"WHO2 \(second\).*another code in 1 cells") as raised:
        score_instrument(STAFF.assign(second=[1.0, code, 2.0]).drop(columns="WHO2"), "WHO-5", items={"WHO2": "second"})

    assert f"{code:g}" not in raised.value.got.replace("1 cells", "")


def test_codes_declared_as_no_answer_count_as_not_answered() -> None:
    staff = STAFF.assign(WHO1=[-9, 1, 99])

    found = score_instrument(staff, "WHO-5", not_scored=[-9, 99], min_answered=4)

    assert found["who5"].tolist() == [60, 20, 100]
    assert score_instrument(staff, "WHO-5", not_scored=[-9, 99])["who5"].isna().tolist() == [True, False, True]


def test_a_default_code_for_no_answer_gives_way_to_the_files_own_coding() -> None:
    items = instrument_score("hse_change").items
    staff = pd.DataFrame({item: [0, 4] for item in items})

    assert score_instrument(staff, "HSE-MSIT-35", scores=["hse_change"])["hse_change"].isna().tolist() == [True, False]
    recoded = score_instrument(staff, "HSE-MSIT-35", scores=["hse_change"], codes={i: i + 1 for i in range(5)})
    assert recoded["hse_change"].tolist() == [1, 5]


@pytest.mark.parametrize(
    "column",
    [["often", "never", None], [True, False, True], pd.Categorical([1, 2, 3]), pd.to_datetime(["2024-01-01"] * 3)],
    ids=["text", "boolean", "categorical", "dates"],
)
def test_what_is_no_code_is_refused(column: object) -> None:
    with pytest.raises(InvalidDataError, match="WHO3: expected whole numbers"):
        score_instrument(STAFF.assign(WHO3=column), "WHO-5")


def test_a_column_of_nothing_is_not_answered() -> None:
    staff = STAFF.assign(WHO3=[None] * 3)

    assert score_instrument(staff, "WHO-5")["who5"].isna().all()


@pytest.mark.parametrize("dtype", ["int8", "float64", "float32", "Int8", "Float64", "int64[pyarrow]", "uint8"])
def test_every_numeric_type_gives_the_same(dtype: str) -> None:
    pd.testing.assert_frame_equal(score_instrument(STAFF.astype(dtype), "WHO-5"), score_instrument(STAFF, "WHO-5"))


def test_any_frame_gives_the_same_under_a_plain_index() -> None:
    plain = score_instrument(STAFF, "WHO-5").reset_index(drop=True)
    frame = pl.DataFrame({item: STAFF[item].to_numpy() for item in WHO5})
    report = LoadReport("test", 3, pd.DataFrame(columns=["rule", "n"]), pd.DataFrame({"row": [], "rule": []}))

    pd.testing.assert_frame_equal(score_instrument(frame, "WHO-5"), plain)
    pd.testing.assert_frame_equal(score_instrument(frame.lazy(), "WHO-5"), plain)
    survey = StaffSurvey(STAFF, wm.nhs_staff_survey(2024), report)
    pd.testing.assert_frame_equal(score_instrument(survey, "WHO-5"), score_instrument(STAFF, "WHO-5"))
    with pytest.raises(InvalidArgumentError, match="a data frame or a StaffSurvey"):
        score_instrument([1, 2], "WHO-5")  # type: ignore[arg-type]


def test_two_columns_of_one_name_are_refused() -> None:
    doubled = pd.concat([STAFF, STAFF[["WHO1"]]], axis="columns")

    with pytest.raises(InvalidDataError, match="one name twice"):
        score_instrument(doubled, "WHO-5")


def test_the_frame_is_not_changed_and_no_respondents_is_no_error() -> None:
    before = STAFF.copy()

    score_instrument(STAFF, "WHO-5")
    empty = score_instrument(STAFF.iloc[:0], "WHO-5")

    pd.testing.assert_frame_equal(STAFF, before)
    assert empty.shape == (0, 1)
    assert empty.dtypes.tolist() == [np.dtype("float64")]


def test_policy_is_keyword_only() -> None:
    for name in wm.indicators.instruments.__all__:
        parameters = inspect.signature(getattr(wm.indicators.instruments, name)).parameters.values()
        if name != "PercentPositive":
            assert sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters) <= 2
            assert not any(p.kind in {p.VAR_POSITIONAL, p.VAR_KEYWORD} for p in parameters)


def test_no_error_shows_a_cell() -> None:
    canary = "CANARY-4711"

    with pytest.raises(InvalidDataError) as text:
        score_instrument(STAFF.assign(WHO1=canary), "WHO-5")
    with pytest.raises(InvalidDataError) as number:
        score_instrument(STAFF.assign(WHO1=4711), "WHO-5")

    assert canary not in f"{text.value} {text.value.__dict__}"
    assert "4711" not in f"{number.value} {number.value.__dict__}"


def test_item_codes_tell_missing_from_impossible() -> None:
    assert item_codes(pd.Series([0, 40_000, -1, np.nan, 1.5, 7]), not_scored=[7]).tolist() == [0, -2, -2, -1, -2, -1]


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"name": "cbi_wrk"}, CodebookError, "did you mean 'cbi_work'"),
        ({"name": "cbi_work"}, InvalidArgumentError, "no published bands"),
        ({"name": "cbi_work", "cut_offs": [50], "closed": "left"}, InvalidArgumentError, "labels"),
        ({"closed": "both"}, InvalidArgumentError, "'left' or 'right'"),
        ({"cut_offs": [50, 25]}, InvalidArgumentError, "ascending"),
        ({"cut_offs": [25, np.nan]}, InvalidArgumentError, "ascending"),
        ({"cut_offs": [], "labels": ["all"]}, InvalidArgumentError, "ascending"),
        ({"cut_offs": [25]}, InvalidArgumentError, "2 different names"),
        ({"labels": ["a", "a", "b"]}, InvalidArgumentError, "3 different names"),
    ],
)
def test_bands_are_refused(options: dict[str, object], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        bands(pd.Series([10.0], name="gmc_burnout"), **options)  # type: ignore[arg-type]


def test_bands_refuse_a_score_in_other_units() -> None:
    with pytest.raises(InvalidDataError, match="0 to 100, the usual statistic"):
        bands(pd.Series([101.0], name="gmc_burnout"))
    with pytest.raises(InvalidArgumentError, match="a Series"):
        bands(pd.DataFrame({"gmc_burnout": [1.0]}))  # type: ignore[arg-type]
    with pytest.raises(CodebookError, match="who5_sum"):
        bands(score_instrument(STAFF, "WHO-5", statistic="sum")["who5_sum"])


def test_bands_keep_index_order_and_emptiness() -> None:
    found = bands(pd.Series([80.0, np.nan], index=["z", "y"], name="gmc_burnout"))

    assert found.index.tolist() == ["z", "y"]
    assert found.cat.categories.tolist() == ["high risk", "moderate risk", "low risk"]
    assert found.isna().tolist() == [False, True]
    assert bands(pd.Series([], dtype=float, name="who5")).empty


def test_scores_and_bands_go_straight_into_estimate() -> None:
    scores = score_instrument(STAFF, "WHO-5")
    staff = STAFF.join(scores).assign(team=["x", "x", "y"], low=in_band(scores["who5"], "poor wellbeing"))

    found = wm.estimate(staff, ["who5", "share:low"], by="team").frame

    assert found["estimate"].tolist() == [40, 0, 100, 0]


def test_in_band_counts_and_keeps_the_missing_missing() -> None:
    score = pd.Series([20.0, 40.0, 60.0, np.nan], index=list("abcd"), name="gmc_burnout")

    one = in_band(score, "high risk")
    two = in_band(score, ["high risk", "moderate risk"])

    assert (one.tolist()[:3], two.tolist()[:3]) == ([1, 0, 0], [1, 1, 0])
    assert one.isna().tolist() == two.isna().tolist() == [False, False, False, True]
    assert one.index.tolist() == list("abcd")
    assert in_band(score, "low", cut_offs=[60], closed="left", labels=["low", "high"]).tolist()[:3] == [1, 1, 0]
    with pytest.raises(InvalidArgumentError, match="high risk, moderate risk, low risk"):
        in_band(score, "high")


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"key": KEY.drop(columns="low")}, MissingColumnError, "no low"),
        ({"key": {"x": "s"}}, InvalidArgumentError, "a data frame"),
        ({"key": KEY.iloc[:0]}, InvalidArgumentError, "one full row an item"),
        ({"key": KEY.assign(item="x")}, InvalidArgumentError, "an item twice"),
        ({"key": KEY.assign(subscale=None)}, InvalidArgumentError, "blanks"),
        ({"key": KEY.assign(reversed=[0, 1])}, InvalidArgumentError, "True or False"),
        ({"key": KEY.assign(low=0.0)}, InvalidArgumentError, "whole low"),
        ({"key": KEY.assign(high=0)}, InvalidArgumentError, "whole low"),
        ({"key": KEY.assign(high=[6, 7])}, InvalidArgumentError, "one range"),
        ({"min_answered": 3}, InvalidArgumentError, "from 1 to 2"),
        ({"statistic": "percent"}, InvalidArgumentError, "'mean' or 'sum'"),
        ({"key": KEY.assign(item=["x", "z"])}, MissingColumnError, "z"),
        ({"key": KEY.assign(high=1)}, InvalidDataError, "another code"),
    ],
)
def test_keys_are_refused(change: dict[str, object], error: type[Exception], match: str) -> None:
    asked = {"key": KEY, "statistic": "mean", "min_answered": 2, **change}

    with pytest.raises(error, match=match):
        maslach(pd.DataFrame({"x": [1, 2], "y": [3, 4]}), **asked)  # type: ignore[arg-type]


def test_a_key_need_not_be_in_order_and_is_not_kept() -> None:
    staff = pd.DataFrame({"x": [1, 2], "y": [3, 4]})

    one_way = maslach(staff, key=KEY, statistic="mean", min_answered=2)
    other = maslach(staff[["y", "x"]], key=KEY.iloc[::-1], statistic="mean", min_answered=2)

    pd.testing.assert_frame_equal(one_way, other)
    assert not instrument("MBI").scores


@pytest.mark.parametrize(
    ("frame", "options", "error", "match"),
    [
        ({"t": [1]}, {}, InvalidDataError, "true, false or missing"),
        ({"t": ["yes"]}, {}, InvalidDataError, "true, false or missing"),
        ({}, {"in_team": "team"}, MissingColumnError, "team"),
        ({}, {"characteristics": ["a", "b"]}, InvalidArgumentError, "three columns"),
        ({}, {"characteristics": "abc"}, InvalidArgumentError, "three columns"),
    ],
)
def test_real_team_refuses(
    frame: dict[str, object], options: dict[str, object], error: type[Exception], match: str
) -> None:
    staff = pd.DataFrame({"t": [True], "a": [True], "b": [True], "c": [False]}).assign(**frame)

    with pytest.raises(error, match=match):
        real_team(staff, **{"in_team": "t", "characteristics": ["a", "b", "c"], **options})  # type: ignore[arg-type]


def test_real_team_reads_objects_and_nullable_columns_alike() -> None:
    staff = pd.DataFrame({"t": [True, None, True], "a": [True] * 3, "b": [True] * 3, "c": [True, True, None]})

    found = real_team(staff, in_team="t", characteristics=["a", "b", "c"])

    assert found.isna().tolist() == [False, True, True]
    pd.testing.assert_series_equal(
        real_team(staff.astype("boolean"), in_team="t", characteristics=["a", "b", "c"]), found
    )


SOPS = pd.DataFrame({"D1": [5, 4, 2, 9, 1, 4], "D2": [4, 1, 9, 9, 2, 5], "unit": ["x", "x", "x", "x", "y", None]})


def test_sops_composite_of_one_item_has_the_standard_error_of_estimate() -> None:
    # with one item answered alike, the composite is that item's share
    staff = SOPS.assign(D2=SOPS["D1"])
    expected = wm.estimate(
        positive_answers(staff, scores=["sops_reporting_events"]).join(staff["unit"]), ["share:D1"], by="unit"
    )

    found = sops_hospital(staff, by="unit", scores=["sops_reporting_events"])

    columns = ["estimate", "n"]
    np.testing.assert_allclose(found.frame[columns], expected.frame[columns], rtol=1e-15)
    np.testing.assert_allclose(found.frame["n_missing"], expected.frame["n_missing"])
    assert found.provenance["n_without_group"] == 1


def test_sops_result_is_tidy_suppressible_and_draws() -> None:
    found = sops_hospital(SOPS, by="unit", scores=["sops_reporting_events"])

    assert found.frame.columns.tolist() == [
        "unit", "indicator", "estimate", "std_error", "conf_low", "conf_high", "n", "n_missing",
    ]  # fmt: skip
    hidden = wm.suppress(found, min_n=3).frame.set_index("unit")
    assert hidden["suppressed"].all()
    assert hidden["estimate"].isna().all()
    assert "unit" in repr(found)
    assert found.plot().get_xlabel() is not None


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: sops_hospital(SOPS, conf_level=95), InvalidArgumentError, "0.95"),
        (lambda: sops_hospital(SOPS), MissingColumnError, "A1, A8"),
        (lambda: sops_hospital(SOPS, by="ward", scores=["sops_reporting_events"]), MissingColumnError, "ward"),
        (lambda: positive_answers(SOPS.assign(D1=6), scores=["sops_reporting_events"]), InvalidDataError, "D1"),
        (lambda: sops_hospital(SOPS, scores=["sops"]), InvalidArgumentError, "scores of SOPS"),
    ],
)
def test_sops_refuses(call: Callable[[], object], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        call()


def test_lazy_frames_are_collected_once_so_that_groups_and_answers_keep_one_order() -> None:
    lazy = pl.from_pandas(SOPS).lazy()

    found = sops_hospital(lazy, by="unit", scores=["sops_reporting_events"]).frame

    expected = sops_hospital(SOPS, by="unit", scores=["sops_reporting_events"]).frame
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_catalogue_is_complete() -> None:
    table = catalogue()

    scores = [score.name for one in instruments().values() for score in one.scores.values()]
    assert table.loc[table["score"] != "", "score"].tolist() == scores
    assert table.loc[table["score"] == "", "instrument"].tolist() == ["MBI", "NHS_real_team"]
    assert set(table["instrument"]) == set(instruments())
    rows = table[table["score"] != ""]
    for column in ("items", "codes", "range", "direction", "statistic", "min_answered_status", "status", "label"):
        assert (rows[column] != "").all(), column
    assert (table[["licence", "source", "title", "function"]] != "").all(axis=None)
    assert ((rows["bands"] == "") == (rows["bands_status"] == "")).all()
