"""What variance by level, ICC and agreement return, refuse and account for."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.plotting.variance_shares import draw_variance_shares
from workforce_metrics.results import RESULT_COLUMNS
from workforce_metrics.simulation import simulate_staff_survey

mpl.use("Agg")
LEVELS = ["region", "organisation", "team"]


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def staff(n: int = 400, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    region, organisation, team = rng.integers(0, 5, n), rng.integers(0, 4, n), rng.integers(0, 3, n)
    effects = [rng.normal(0, sd, size) for sd, size in ((0.4, (5,)), (0.5, (5, 4)), (0.7, (5, 4, 3)))]
    y = 5 + effects[0][region] + effects[1][region, organisation] + effects[2][region, organisation, team]
    return pd.DataFrame({
        "region": np.array(["N", "S", "E", "W", "M"])[region], "organisation": organisation, "team": team,
        "y": y + rng.normal(0, 1.5, n), "tired": rng.random(n) < 0.3,
    })  # fmt: skip


def test_one_row_for_each_indicator_measure_and_level() -> None:
    data = staff()
    data.loc[:9, "y"] = np.nan
    data["team"] = data["team"].where(data.index >= 5)

    found = wm.variance_by_level(data, ["y", "share:tired"], levels=LEVELS)

    frame = found.frame
    assert set(frame.columns) <= set(RESULT_COLUMNS)
    assert list(frame["indicator"]) == ["y"] * 8 + ["share:tired"] * 8
    assert list(frame["measure"][:8]) == ["share of variance"] * 4 + ["variance"] * 4
    assert list(frame["term"][:4]) == [*LEVELS, "person"]
    assert frame["n"][:4].tolist() == [390] * 4
    assert frame["n_missing"][:4].tolist() == [5] * 4  # five more have no team
    assert found.provenance["n_without_group"] == 5
    assert frame["n_groups"][:4].tolist()[:2] == [5, 20]
    assert repr(found) == (
        "<VarianceByLevel: 16 rows; data=data frame; levels=region > organisation > team; method=reml;"
        " conf_level=0.95; n_respondents=400; n_without_group=5>"
    )


def test_equal_to_the_mixed_model_of_statsmodels() -> None:
    data = staff(120, seed=3)
    model = sm.MixedLM(data["y"], np.ones(len(data)), groups=data["region"]).fit(reml=True, method="bfgs", gtol=1e-9)

    frame = wm.variance_by_level(data, "y", levels="region").frame

    np.testing.assert_allclose(frame["estimate"][2:], [model.cov_re.iloc[0, 0], model.scale], rtol=1e-5)


def test_no_difference_between_groups_has_the_share_zero_and_says_so() -> None:
    data = pd.DataFrame({"team": np.repeat(np.arange(30), 4), "y": np.tile([1.0, 2.0, 3.0, 4.0], 30)})

    by_method = {
        method: wm.variance_by_level(data, "y", levels="team", method=method).frame for method in ("reml", "anova")
    }

    for frame in by_method.values():
        assert frame["estimate"][:2].tolist() == [0.0, 1.0]
        assert frame["truncated"][:2].tolist() == [True, False]
    assert by_method["reml"]["conf_low"][0] == 0
    assert np.isnan(by_method["anova"]["conf_low"][0])  # less alike than the logarithm can hold
    assert 0 < by_method["reml"]["conf_high"][0] < 0.05
    assert np.isnan(by_method["reml"]["std_error"][0])


def test_limits_widen_with_the_level() -> None:
    narrow, wide = (wm.variance_by_level(staff(), "y", levels="team", conf_level=c).frame for c in (0.8, 0.99))

    assert (wide["conf_low"] <= narrow["conf_low"]).all()
    assert (wide["conf_low"] < narrow["conf_low"]).any()
    assert (wide["conf_high"] > narrow["conf_high"]).sum() >= 3  # the share of persons may reach 1


@pytest.mark.parametrize("frame", [pl.DataFrame, lambda data: pl.DataFrame(data).lazy()])
def test_any_frame_gives_the_same_table(frame: object) -> None:
    data = staff()
    expected = wm.variance_by_level(data, ["y", "share:tired"], levels=LEVELS, method="anova").frame

    found = wm.variance_by_level(frame(data), ["y", "share:tired"], levels=LEVELS, method="anova").frame

    pd.testing.assert_frame_equal(found, expected)
    for call in (
        lambda d: wm.intraclass_correlation(d, "y", group=LEVELS),
        lambda d: wm.group_agreement(d, "y", group="region", null=2.0),
    ):
        pd.testing.assert_frame_equal(call(frame(data)).frame, call(data).frame)


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"levels": []}, InvalidArgumentError, "levels"),
        ({"levels": ["region", "person"]}, InvalidArgumentError, "person"),
        ({"levels": ["region", "n"]}, InvalidArgumentError, "not named as a column of the result"),
        ({"levels": ["region", "ward"]}, MissingColumnError, "ward"),
        ({"indicators": []}, InvalidArgumentError, "indicators"),
        ({"indicators": ["y", "y"]}, InvalidArgumentError, "each once"),
        ({"method": "ml"}, InvalidArgumentError, "'reml' or 'anova'"),
        ({"conf_level": 95}, InvalidArgumentError, "conf_level"),
    ],
)
def test_what_is_refused(change: dict[str, object], error: type[Exception], text: str) -> None:
    settings = {"indicators": "y", "levels": LEVELS, **change}

    with pytest.raises(error, match=text):
        wm.variance_by_level(staff(), **settings)


@pytest.mark.parametrize("method", ["reml", "anova"])
@pytest.mark.parametrize(
    ("column", "values", "text"),
    [
        ("region", lambda _: "all", "region: expected two groups or more in all"),
        ("team", lambda d: d["organisation"], "team: expected two groups or more in some organisation"),
        ("organisation", lambda d: d["region"], "organisation: expected two groups or more in some region"),
        ("team", lambda d: np.arange(len(d)), "answers that differ within some team"),
    ],
)
def test_levels_that_cannot_be_told_apart_are_refused(method: str, column: str, values: object, text: str) -> None:
    data = staff()

    with pytest.raises(InvalidDataError, match=text):
        wm.variance_by_level(data.assign(**{column: values(data)}), "y", levels=LEVELS, method=method)


def test_a_survey_is_scored_and_the_sentence_says_what_the_table_says() -> None:
    survey = wm.read_staff_survey(simulate_staff_survey(1500, seed=4, n_organisations=6).extract, edition=2024)

    found = wm.variance_by_level(survey, ["burnout", "item:burnout_burnt_out"], levels="org_id")

    org, person = found.frame["estimate"][:2]
    low, high = found.frame.loc[0, ["conf_low", "conf_high"]]
    first, second = found.sentence.split("\n")
    assert first.startswith(
        f"Of the variance of burnout, {100 * org:.1f} % lies at the level org_id ({100 * low:.1f} % to"
        f" {100 * high:.1f} %) and {100 * person:.1f} % lies at the level person"
    )
    assert second.startswith("Of the variance of item:burnout_burnt_out")
    assert found.provenance["data"] == "NHS Staff Survey 2024"


def test_small_surveys_are_hidden_whole() -> None:
    data = pd.DataFrame({"team": ["a", "a", "b", "b"], "y": [1.0, 2.0, 3.0, 5.0]})

    hidden = wm.suppress(wm.variance_by_level(data, "y", levels="team"))

    assert hidden.frame["estimate"].isna().all()
    assert hidden.frame["measure"].tolist() == ["share of variance"] * 2 + ["variance"] * 2
    assert hidden.sentence == ""


def test_the_picture_has_a_bar_a_score_and_an_interval_a_level() -> None:
    found = wm.variance_by_level(staff(), ["y", "share:tired"], levels=LEVELS)

    ax = found.plot()
    bars, dots = ax.child_axes

    shares = found.frame.query("measure == 'share of variance'")["estimate"].to_numpy().reshape(2, 4)
    np.testing.assert_allclose([bar.get_width() for bar in bars.patches], shares.T.ravel(), atol=1e-12)
    assert [label.get_text() for label in bars.get_yticklabels()] == ["y", "tired (share)"]
    assert len([c for c in dots.collections if c.get_gid() == "interval"]) == 3
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [*LEVELS, "person"]
    assert dots.get_xlim()[1] >= found.frame.query("term != 'person' and measure != 'variance'")["conf_high"].max()


def test_the_picture_stands_on_given_axes_and_refuses_what_it_cannot_draw() -> None:
    shares = wm.variance_by_level(staff(), "y", levels="team").frame.head(2)
    _, ax = plt.subplots()

    assert draw_variance_shares(shares.drop(columns=["conf_low", "conf_high"]), ax=ax, title="") is ax
    with pytest.raises(InvalidDataError, match="a share in every row"):
        draw_variance_shares(shares.assign(estimate=[np.nan, 1.0]))
    with pytest.raises(InvalidDataError, match="the same two levels"):
        draw_variance_shares(shares.head(1))
    with pytest.raises(MissingColumnError):
        draw_variance_shares(shares.drop(columns="term"))


def test_icc_of_groups_with_equal_means_is_at_its_least() -> None:
    data = pd.DataFrame({"team": np.repeat(["a", "b", "c"], 4), "y": np.tile([1.0, 2.0, 3.0, 4.0], 3)})

    frame = wm.intraclass_correlation(data, "y", group="team").frame

    # F = 0, so (0 - 1) / (0 - 1 + 4) and 1 - 1 / 0; no ratio of variances is small enough for the lower quantile
    assert frame["estimate"].tolist() == [pytest.approx(-1 / 3), -np.inf]
    assert frame["conf_low"].tolist() == [pytest.approx(-1 / 3), -np.inf]
    assert frame["p_value"].tolist() == [1.0, 1.0]


def test_icc_refuses_one_group_and_other_words() -> None:
    with pytest.raises(InvalidDataError, match="two groups"):
        wm.intraclass_correlation(staff().assign(region="all"), "y", group="region")
    with pytest.raises(InvalidArgumentError, match="group_size"):
        wm.intraclass_correlation(staff(), "y", group="region", group_size="harmonic")
    with pytest.raises(InvalidArgumentError, match="group"):
        wm.intraclass_correlation(staff(), "y", group=[])


def test_agreement_of_a_survey_takes_the_options_of_the_codebook() -> None:
    survey = wm.read_staff_survey(simulate_staff_survey(900, seed=4, n_organisations=3).extract, edition=2024)
    items = survey.codebook.scores["burnout"].items
    codes = pd.DataFrame({item: survey.table[item].astype("Float64").astype(float) for item in items})
    codes["org_id"] = survey.table["org_id"]

    found = wm.group_agreement(survey, {"burnout": items}, group="org_id").frame
    by_code = wm.group_agreement(codes, items, group="org_id", options=[1, 2, 3, 4, 5]).frame

    # values are 2.5 times the codes, reversed: variance and null alike carry the factor
    np.testing.assert_allclose(found["estimate"], by_code["estimate"], rtol=1e-12)
    pd.testing.assert_frame_equal(found, wm.group_agreement(survey, "burnout", group="org_id").frame)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"options": None}, "options: expected the values that an answer can have"),
        ({"options": [1, 2]}, "every answer"),
        ({"null": "skewed"}, "null"),
        ({"null": -1.0}, "null"),
        ({"measure": "awg"}, "options"),
        ({"measure": "median"}, "measure"),
        ({"group": []}, "group"),
    ],
)
def test_agreement_refuses(settings: dict[str, object], text: str) -> None:
    data = pd.DataFrame({"team": ["a", "a"], "safe": [1, 4]})

    with pytest.raises(InvalidArgumentError, match=text):
        wm.group_agreement(data, "safe", **{"group": "team", **settings})


def test_small_groups_of_agreement_are_hidden() -> None:
    data = pd.DataFrame({"team": ["a"] * 3 + ["b"] * 20 + ["c"] * 15, "safe": [1.0, 4.0] * 19})

    hidden = wm.suppress(wm.group_agreement(data, "safe", group="team", null=2.0)).frame

    assert hidden["suppressed"].tolist() == [True, False, True]
    assert hidden.loc[hidden["suppressed"], ["estimate", "n"]].isna().all(axis=None)
