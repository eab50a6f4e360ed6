"""validate and cross_validate at their edges: causes, delayed entry, horizons, groups, clusters, refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, RiskSetWarning
from workforce_metrics.survival.cause_specific import cause_specific
from workforce_metrics.survival.cox import cox
from workforce_metrics.survival.discrete_hazard import discrete_hazard
from workforce_metrics.survival.fine_gray import fine_gray
from workforce_metrics.survival.validation import cross_validate, validate

CAUSES = ("resigned", "retired")


def simulated(n: int = 2000, *, late: bool = False, seed: int = 1) -> tuple[wm.Cohort, np.ndarray]:
    """Return a cohort in which the risk by month 12 is known, and that risk."""
    random = np.random.default_rng(seed)
    risk = random.uniform(0.05, 0.6, n)
    leaves = random.exponential(12 / -np.log1p(-risk))
    entry = random.uniform(0, 10, n) if late else np.zeros(n)
    lost = entry + random.exponential(30, n)
    seen = leaves > entry
    frame = pd.DataFrame(
        {
            "month": np.minimum(leaves, lost),
            "left": leaves <= lost,
            "from": entry,
            "organisation": random.integers(0, 8, n).astype(str),
            "risk": risk,
        }
    )[seen]
    cohort = wm.Cohort.from_frame(
        frame, duration="month", event="left", entry="from" if late else None, time_unit="months"
    )
    return cohort, risk[seen]


def joiners() -> wm.Cohort:
    """Return a register's cohort of people who joined within its window, some on 29 February."""
    random = np.random.default_rng(5)
    joined = pd.Timestamp("2016-02-29") + pd.to_timedelta(random.integers(0, 900, 400) // 30 * 30, unit="D")
    left = joined + pd.to_timedelta(random.integers(1, 3000, 400), unit="D")
    frame = pd.DataFrame({"person_id": np.arange(400).astype(str), "joined": joined, "left": left})
    frame["left"] = frame["left"].where(frame["left"] <= pd.Timestamp("2023-03-31"))
    register = wm.read_register(
        frame,
        columns={"person_id": "person_id", "joined": "joined", "left": "left"},
        observed_from="2016-01-01",
        observed_to="2023-03-31",
        definition="left the register",
    )
    return wm.build_cohort(register, horizon_years=5)


def terms(found: object) -> pd.DataFrame:
    return found.frame.set_index("term")


def test_true_risks_are_calibrated() -> None:
    """Of 30 intervals of tenths at 95 %, fewer than 24 would hold the truth once in thousands of times."""
    inside = 0
    for seed in (1, 2, 3):
        cohort, risk = simulated(8000, seed=seed)

        found = validate(cohort, risk, at=12)

        row = terms(found).loc["observed_expected"]
        assert abs(row["estimate"] - 1) < 4 * row["std_error"]
        assert len(found.calibration) == 10
        held = found.calibration["expected"].between(found.calibration["conf_low"], found.calibration["conf_high"])
        inside += int(held.sum())
        assert np.abs(found.smoothed["estimate"] - found.smoothed["expected"]).max() < 0.08
    assert inside >= 24


def test_observed_is_leaving_within() -> None:
    cohort, risk = simulated()

    found = terms(validate(cohort, risk, at=12)).loc["observed"]

    expected = wm.leaving_within(cohort, years=1).frame.iloc[0]
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        assert found[name] == pytest.approx(expected[name], rel=1e-10)


def test_delayed_entry_keeps_calibration_and_leaves_out_what_is_not_defined() -> None:
    cohort, risk = simulated(20_000, late=True)

    found = validate(cohort, risk, at=12)

    assert terms(found).index.tolist() == ["observed", "expected", "observed_expected", "concordance_harrell"]
    assert found.provenance["not_defined_with_delayed_entry"] == "brier, scaled_brier, auc, concordance_uno"
    row = terms(found).loc["observed_expected"]
    assert row["conf_low"] < 1 < row["conf_high"]
    with pytest.raises(InvalidDataError, match="delayed entry"):
        validate(cohort, risk, at=12, measures=["brier"])


def test_entry_at_zero_is_no_delayed_entry() -> None:
    cohort, risk = simulated(300)
    frame = cohort.frame.assign(start=0.0)[["duration", "event", "start"]]
    same = wm.Cohort.from_frame(frame, duration="duration", event="event", entry="start", time_unit="months")

    pd.testing.assert_frame_equal(validate(same, risk, at=12).frame, validate(cohort, risk, at=12).frame)


def test_groups_are_measured_apart_and_clusters_change_only_errors() -> None:
    cohort, risk = simulated()
    one = cohort.covariates["organisation"].to_numpy() == "3"
    alone = wm.Cohort.from_frame(
        cohort.frame.loc[one, ["duration", "event"]], duration="duration", event="event", time_unit="months"
    )

    grouped = validate(cohort, risk, at=12, by="organisation").frame.query("organisation == '3'")
    plain, clustered = validate(cohort, risk, at=12), validate(cohort, risk, at=12, cluster="organisation")

    expected = validate(alone, risk[one], at=12).frame
    pd.testing.assert_frame_equal(grouped.drop(columns="organisation").reset_index(drop=True), expected)
    np.testing.assert_allclose(clustered.frame["estimate"], plain.frame["estimate"])
    errors = ~plain.frame["term"].isin(["expected"])
    assert (clustered.frame.loc[errors, "std_error"] != plain.frame.loc[errors, "std_error"]).all()


def test_every_row_its_own_cluster_changes_nothing_but_greenwood() -> None:
    cohort, risk = simulated(200)
    frame = cohort.frame.assign(person=np.arange(len(cohort)))[["duration", "event", "person"]]
    same = wm.Cohort.from_frame(frame, duration="duration", event="event", time_unit="months")

    plain, own = terms(validate(same, risk, at=12)), terms(validate(same, risk, at=12, cluster="person"))

    weighing = ["brier", "scaled_brier", "auc", "concordance_uno", "concordance_harrell"]
    np.testing.assert_allclose(own.loc[weighing, "std_error"], plain.loc[weighing, "std_error"])
    np.testing.assert_allclose(own["std_error"].dropna(), plain["std_error"].dropna(), rtol=0.02)


def test_registers_are_cut_at_calendar_anniversaries() -> None:
    cohort = joiners()
    risk = np.full(len(cohort), 0.3)

    for years in (3, 5):
        found = validate(cohort, risk, at=years, measures=["expected", "observed", "observed_expected"])
        table = wm.leaving_within(cohort, years=years).frame
        assert terms(found).loc["observed", "estimate"] == pytest.approx(table["estimate"].iloc[0], abs=1e-12)
    with pytest.raises(InvalidArgumentError, match="horizon"):
        validate(cohort, risk, at=6)
    how = np.where(cohort.event, np.arange(len(cohort)) % 2 + 1, 0)
    by_cause = replace(cohort, cause=how, causes=CAUSES)
    for years in (3, 5):
        found = validate(by_cause, risk, at=years, cause="retired", measures=["observed"])
        table = wm.leaving_within(by_cause, years=years, causes="apart").frame.set_index("cause")
        for name in ("estimate", "std_error", "conf_low", "conf_high"):
            assert terms(found).loc["observed", name] == pytest.approx(table.loc["retired", name], abs=1e-12)


def test_nobody_left_is_said_and_nobody_followed_is_refused() -> None:
    staff = pd.DataFrame({"month": [12, 14, 20], "left": [False, False, True]})
    cohort = wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months")

    with pytest.warns(RiskSetWarning, match="auc"):
        found = terms(validate(cohort, [0.1, 0.2, 0.3], at=12))

    assert found.loc["observed", "estimate"] == 0
    assert found.loc[["auc", "scaled_brier", "concordance_uno"], "estimate"].isna().all()
    assert found.loc["brier", "estimate"] == pytest.approx((0.1**2 + 0.2**2 + 0.3**2) / 3)
    with pytest.raises(InvalidDataError, match="followed"):
        validate(wm.Cohort.from_frame(staff[:2], duration="month", event="left", time_unit="months"), [0.1, 0.2], at=15)


def test_everybody_left_and_one_person() -> None:
    staff = pd.DataFrame({"month": [2, 3, 5], "left": True})
    cohort = wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months")
    alone = wm.Cohort.from_frame(staff[:1], duration="month", event="left", time_unit="months")

    with pytest.warns(RiskSetWarning):
        found = terms(validate(cohort, [0.9, 0.5, 0.2], at=6))
    with pytest.warns(RiskSetWarning):
        one = terms(validate(alone, [0.5], at=6))

    assert found.loc["observed", "estimate"] == 1
    assert found.loc["concordance_uno", "estimate"] == found.loc["concordance_harrell", "estimate"] == 1
    assert one.loc["brier", "estimate"] == 0.25


def test_refusals_say_what_to_do() -> None:
    cohort, risk = simulated(50)

    for wrong, match in ((risk[:-1], "one a row"), (100 * risk, "divide"), (np.full(50, np.nan), "missing")):
        with pytest.raises(InvalidArgumentError, match=match):
            validate(cohort, wrong, at=12)
    with pytest.raises(InvalidArgumentError, match="at"):
        validate(cohort, risk, at=-1)
    with pytest.raises(InvalidArgumentError, match="groups"):
        validate(cohort, risk, at=12, groups=0)
    with pytest.raises(InvalidArgumentError, match="measures"):
        validate(cohort, risk, at=12, measures=["gini"])
    with pytest.raises(MissingColumnError):
        validate(cohort, risk, at=12, by="ward")
    with pytest.raises(InvalidArgumentError, match="Cohort"):
        validate(cohort.frame, risk, at=12)


def test_replacing_the_table_takes_the_calibration_away() -> None:
    cohort, risk = simulated(200)
    found = validate(cohort, risk, at=12)

    hidden = found.with_table(found.frame.iloc[:1], min_n=11)

    assert len(hidden.calibration) == len(hidden.smoothed) == 0


def test_plot() -> None:
    cohort, risk = simulated(400)

    ax = validate(cohort, risk, at=12).plot()
    grouped = validate(cohort, risk, at=12, by="organisation", groups=3).plot()

    assert {artist.get_gid() for artist in ax.get_children()} >= {"band", "smooth", "share", "equal"}
    assert len(grouped.get_legend().get_texts()) == 8


@pytest.mark.validates(
    "cross_validate", against="fits and predictions fold by fold, by hand", data="1,500 simulated people, 8 folds"
)
def test_cross_validation_predicts_each_fold_from_the_others() -> None:
    cohort, _ = simulated(1500)
    fitted_on = []

    def fit(others: wm.Cohort) -> object:
        fitted_on.append(set(others.covariates["organisation"]))
        return cox(others, "risk")

    found = cross_validate(cohort, fit, at=12, by="organisation")

    folds = sorted(set(cohort.covariates["organisation"]))
    assert fitted_on == [set(folds) - {fold} for fold in folds]
    by_hand = np.empty(len(cohort))
    for fold in folds:
        out = (cohort.covariates["organisation"] == fold).to_numpy()
        kept = cohort.frame.loc[~out, ["duration", "event", "risk"]]
        model = cox(wm.Cohort.from_frame(kept, duration="duration", event="event", time_unit="months"), "risk")
        by_hand[out] = model.predict_risk(cohort.covariates[out], at=12)["estimate"]
    expected = validate(cohort, by_hand, at=12, by="organisation")
    pd.testing.assert_frame_equal(found.frame, expected.frame)
    agree(found.frame["estimate"], expected.frame["estimate"], rtol=1e-12, what="all measures")
    assert found.provenance["n_folds"] == 8


def test_cross_validation_refusals() -> None:
    cohort, _ = simulated(100)

    class Short:
        def predict_risk(self, people: pd.DataFrame, *, at: float) -> pd.DataFrame:
            return pd.DataFrame({"estimate": [0.5 + 0 * at]}, index=people.index[:1])

    with pytest.raises(InvalidArgumentError, match="fit"):
        cross_validate(cohort, lambda _: Short(), at=12)
    with pytest.raises(MissingColumnError):
        cross_validate(cohort, lambda _: Short(), at=12, fold="trust")


def test_rows_without_weight_count_for_nothing() -> None:
    cohort, risk = simulated(300)
    frame = cohort.frame.assign(weight=np.arange(300) % 3)[["duration", "event", "weight"]]
    weighted = wm.Cohort.from_frame(frame, duration="duration", event="event", weight="weight", time_unit="months")
    kept = frame["weight"].to_numpy() > 0
    without = wm.Cohort.from_frame(frame[kept], duration="duration", event="event", weight="weight", time_unit="months")

    pd.testing.assert_frame_equal(
        validate(weighted, risk, at=12).frame, validate(without, risk[kept], at=12).frame, rtol=1e-12
    )


def test_a_risk_set_that_empties_early_is_said() -> None:
    staff = pd.DataFrame({"from": [0, 2, 2, 2], "month": [1, 9, 8, 9], "left": [True, False, True, False]})
    cohort = wm.Cohort.from_frame(staff, duration="month", event="left", entry="from", time_unit="months")

    with pytest.warns(RiskSetWarning, match="still to enter"):
        validate(cohort, [0.2, 0.3, 0.4, 0.5], at=9, groups=1)


def test_scale_of_time_and_order_of_rows_change_nothing() -> None:
    cohort, risk = simulated(400)
    order = np.random.default_rng(0).permutation(400)
    frame = cohort.frame.assign(duration=cohort.duration / 12)[["duration", "event"]].iloc[order]
    years = wm.Cohort.from_frame(frame, duration="duration", event="event", time_unit="years")

    first, second = validate(cohort, risk, at=12), validate(years, risk[order], at=1)

    pd.testing.assert_frame_equal(first.frame.drop(columns="time"), second.frame.drop(columns="time"), rtol=1e-10)
    pd.testing.assert_frame_equal(first.calibration, second.calibration, rtol=1e-10)
    pd.testing.assert_frame_equal(first.smoothed, second.smoothed, rtol=1e-9)


def of_two_causes(n: int = 2000, *, late: bool = False, seed: int = 1, **roles: str) -> tuple[wm.Cohort, pd.DataFrame]:
    """Return people who leave by two causes at known rates, and what was drawn, with both true incidences by month 12.

    Who is more likely to retire is less likely to resign, because they retire first: their rates of resigning are equal
    but for `keen`.
    """
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"old": random.random(n) < 0.4, "keen": random.random(n)})
    rates = np.column_stack((0.05 * np.exp(-frame["keen"]), np.where(frame["old"], 0.15, 0.01)))
    times = random.exponential(1 / rates)
    leaves = times.min(axis=1)
    entry = random.uniform(0, 8, n) * (random.random(n) < 0.6) * late
    lost = entry + random.exponential(30, n)
    total = rates.sum(axis=1)
    for cause, rate in zip(CAUSES, rates.T, strict=True):
        frame[cause] = rate / total * -np.expm1(-12 * total)
    frame["month"], frame["left"], frame["from"] = np.minimum(leaves, lost), leaves <= lost, entry
    frame["why"] = np.array(CAUSES)[times.argmin(axis=1)]
    frame["organisation"], frame["weight"] = random.integers(0, 6, n).astype(str), random.choice([0.5, 1.0, 2.0], n)
    frame = frame[leaves > entry].reset_index(drop=True)
    given = {"cause": "why", **({"entry": "from"} if late else {}), **roles}
    return wm.Cohort.from_frame(frame, duration="month", event="left", time_unit="months", **given), frame


def test_true_incidences_are_calibrated_by_cause_with_and_without_late_entry() -> None:
    """Of 40 intervals at 95 %, fewer than 33 would hold the truth once in thousands of times."""
    inside = 0
    for late in (False, True):
        cohort, drawn = of_two_causes(12_000, late=late)
        for cause in CAUSES:
            found = validate(cohort, drawn[cause], at=12, cause=cause)
            row = terms(found).loc["observed_expected"]
            assert abs(row["estimate"] - 1) < 4 * row["std_error"]
            shares = found.calibration
            inside += int(shares["expected"].between(shares["conf_low"], shares["conf_high"]).sum())
            assert np.abs(found.smoothed["estimate"] - found.smoothed["expected"]).max() < 0.1
    assert inside >= 33


def test_the_incidence_tells_who_leaves_by_the_cause_better_than_its_hazard_does() -> None:
    """So it is with who left by the other cause as comparable; with them as lost from sight it would be the reverse."""
    cohort, drawn = of_two_causes(12_000)
    by_hazard = 0.5 * np.exp(-drawn["keen"])

    incidence, hazard = (
        terms(validate(cohort, risk, at=12, cause="resigned"))["estimate"] for risk in (drawn["resigned"], by_hazard)
    )

    for name in ("auc", "concordance_harrell", "concordance_uno"):
        assert incidence[name] > hazard[name] + 0.02
    assert incidence["scaled_brier"] > 0 > hazard["scaled_brier"]


def test_observed_by_cause_is_leaving_within_by_cause_also_of_groups_weights_and_clusters() -> None:
    cohort, drawn = of_two_causes(600, late=True, weight="weight")
    shown = ["estimate", "std_error", "conf_low", "conf_high"]

    for cause in CAUSES:
        for cluster in (None, "organisation"):
            found = validate(cohort, drawn[cause], at=12, cause=cause, groups=1, by="old", cluster=cluster).calibration
            table = wm.leaving_within(cohort, years=1, by="old", causes="apart", cluster=cluster).frame
            expected = table[table["cause"] == cause]
            assert found["old"].tolist() == expected["old"].tolist()
            np.testing.assert_allclose(found[shown], expected[shown], rtol=1e-10)
            assert (found["n_event"] == expected["n_event"].to_numpy()).all()


def test_by_cause_delayed_entry_leaves_calibration_alone() -> None:
    cohort, drawn = of_two_causes(600, late=True)

    found = validate(cohort, drawn["retired"], at=12, cause="retired")

    assert terms(found).index.tolist() == ["observed", "expected", "observed_expected"]
    left_out = "brier, scaled_brier, auc, concordance_harrell, concordance_uno"
    assert found.provenance["not_defined_with_delayed_entry"] == left_out
    shares, row = found.calibration, terms(found).loc["observed"]
    part = shares["weight_sum"] / shares["weight_sum"].sum()
    assert row["estimate"] == pytest.approx(part @ shares["estimate"], rel=1e-12)
    assert row["std_error"] == pytest.approx(np.sqrt(part**2 @ shares["std_error"] ** 2), rel=1e-12)
    reach = 1.959963984540054 * row["std_error"] / (row["estimate"] * np.log(row["estimate"]))
    assert row["conf_high"] == pytest.approx(row["estimate"] ** np.exp(reach), rel=1e-12)
    with pytest.raises(InvalidDataError, match="delayed entry"):
        validate(cohort, drawn["retired"], at=12, cause="retired", measures=["concordance_harrell"])


def test_without_a_cause_all_causes_are_taken_together() -> None:
    cohort, drawn = of_two_causes(400)
    risk = drawn["resigned"] + drawn["retired"]
    together = wm.Cohort.from_frame(drawn, duration="month", event="left", time_unit="months")

    found, expected = validate(cohort, risk, at=12), validate(together, risk, at=12)

    pd.testing.assert_frame_equal(found.frame, expected.frame)
    pd.testing.assert_frame_equal(found.calibration, expected.calibration)
    assert found.provenance["cause"] is None


def test_everybody_left_and_nobody_by_the_cause() -> None:
    staff = pd.DataFrame({"month": [2, 3, 5, 9], "left": True, "why": ["a", "b", "a", "c"]})
    cohort = wm.Cohort.from_frame(staff, duration="month", event="left", cause="why", time_unit="months")

    with pytest.warns(RiskSetWarning, match="not known"):
        never = terms(validate(cohort, [0.1] * 4, at=6, cause="c"))
    by_a = terms(validate(cohort, [0.9, 0.5, 0.2, 0.1], at=12, cause="a", groups=1))

    assert never.loc["observed", ["estimate", "std_error"]].tolist() == [0, 0]
    assert never.loc["brier", "estimate"] == pytest.approx(0.01)
    assert by_a.loc["observed", "estimate"] == 0.5
    assert by_a.loc["observed", "std_error"] == pytest.approx(np.sqrt(0.5 * 0.5 / 4))
    assert by_a.loc["auc", "estimate"] == 3 / 4


def test_all_left_by_the_cause() -> None:
    staff = pd.DataFrame({"month": [2, 3, 5, 9], "left": True, "why": ["a", "a", "a", "b"], "team": list("xxxy")})
    cohort = wm.Cohort.from_frame(staff, duration="month", event="left", cause="why", time_unit="months")

    with pytest.warns(RiskSetWarning, match="not known"):
        found = validate(cohort, [0.9, 0.5, 0.2, 0.1], at=12, cause="a", by="team", groups=1).calibration

    assert found["estimate"].tolist() == [1.0, 0.0]
    assert found["std_error"].isna().tolist() == [True, False]


def test_a_cause_that_is_not_there_is_refused() -> None:
    cohort, drawn = of_two_causes(50)

    for call in (
        lambda: validate(cohort, drawn["retired"], at=12, cause="died"),
        lambda: cross_validate(cohort, lambda _: None, at=12, cause="died"),  # type: ignore[arg-type, return-value]
    ):
        with pytest.raises(InvalidArgumentError, match="one of resigned, retired"):
            call()


FITS = {
    "cause_specific": lambda cohort: cause_specific(cohort, "old + keen"),
    "discrete_hazard": lambda cohort: discrete_hazard(cohort, "old + keen", interval=[3, 6, 9, 12]),
    "fine_gray": lambda cohort: fine_gray(cohort, "old + keen", cause="resigned"),
}


@pytest.mark.parametrize("kind", list(FITS))
def test_cross_validation_by_cause_predicts_the_incidence_of_each_fold_from_the_others(kind: str) -> None:
    cohort, drawn = of_two_causes(900)
    fit = FITS[kind]

    found = cross_validate(cohort, fit, at=12, cause="resigned")

    by_hand = np.empty(len(drawn))
    for fold in drawn["organisation"].unique():
        out = (drawn["organisation"] == fold).to_numpy()
        kept = wm.Cohort.from_frame(drawn[~out], duration="month", event="left", cause="why", time_unit="months")
        table = fit(kept).predict_incidence(drawn[out], at=12)
        by_hand[out] = table[table["cause"] == "resigned"]["estimate"] if "cause" in table else table["estimate"]
    expected = validate(cohort, by_hand, at=12, cause="resigned")
    pd.testing.assert_frame_equal(found.frame, expected.frame)
    assert found.provenance["cause"] == "resigned"
    assert terms(found).loc["auc", "estimate"] > 0.55


def test_cross_validation_of_models_of_all_causes_by_any() -> None:
    cohort, _ = of_two_causes(900)

    found = cross_validate(cohort, FITS["cause_specific"], at=12)

    row = terms(found).loc["observed_expected"]
    assert row["conf_low"] < 1 < row["conf_high"]


def test_cross_validation_refuses_models_of_another_cause_or_of_none() -> None:
    cohort, drawn = of_two_causes(600)

    with pytest.raises(InvalidArgumentError, match="a model of leaving by retired"):
        cross_validate(cohort, FITS["fine_gray"], at=12, cause="retired")
    with pytest.raises(InvalidArgumentError, match="predict_incidence"):
        cross_validate(cohort, lambda others: cox(others, "old"), at=12, cause="retired")
    rare = drawn.assign(why=np.where(drawn["organisation"] == "3", "died", drawn["why"]))
    cohort = wm.Cohort.from_frame(rare, duration="month", event="left", cause="why", time_unit="months")
    with pytest.raises(InvalidArgumentError, match="whichever fold"):
        cross_validate(cohort, FITS["cause_specific"], at=12, cause="died")


def test_the_plot_says_the_cause() -> None:
    cohort, drawn = of_two_causes(400)

    by_cause = validate(cohort, drawn["retired"], at=12, cause="retired").plot()
    of_any = validate(cohort, drawn["retired"], at=12).plot()

    titles = [" ".join(ax.get_title(loc="left").split()) for ax in (by_cause, of_any)]
    assert titles == [
        "Leaving, retired: predicted and observed risk by 12 months",
        "Predicted and observed risk of leaving by 12 months",
    ]
