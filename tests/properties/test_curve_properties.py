"""Clusters against derivatives taken by complex steps; time served against ratios; causes against their sum."""

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.errors import RiskSetWarning

Floats = npt.NDArray[np.float64]
SPELL = st.tuples(
    st.integers(0, 6), st.integers(1, 8), st.sampled_from(["", "a", "b"]), st.sampled_from("xyz"), st.integers(1, 3)
)
SPELLS = st.lists(SPELL, min_size=1, max_size=25)
Spells = list[tuple[int, int, str, str, int]]
VALUES = ["estimate", "std_error", "conf_low", "conf_high"]
STAYERS = [(0, 15, "", "xyz"[person % 3], 1) for person in range(6)]  # of every group, in two clusters
TINY = 1e-30  # the imaginary part of a weight: a derivative without differences, so without cancellation


@pytest.fixture(autouse=True)
def _small_risk_sets_are_no_news() -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RiskSetWarning)
        yield


def cohort_of(frame: pd.DataFrame, *, entry: str | None = "entry", weight: str | None = None) -> wm.Cohort:
    return wm.Cohort.from_frame(
        frame, duration="duration", event="left", entry=entry, cause="why", weight=weight, time_unit="years"
    )


def frame_of(spells: Spells) -> pd.DataFrame:
    """Some spells, and two in every group, so that there always are both causes and two clusters."""
    frame = pd.DataFrame(spells, columns=["entry", "length", "why", "group", "w"])
    frame = frame.assign(duration=frame["entry"] + frame["length"], cluster=np.arange(len(frame)) % 4)
    more = [(0, d, why, g, 1, d, d) for g in frame["group"].unique() for d, why in ((1, "a"), (2, "b"))]
    names = ["entry", "length", "why", "group", "w", "duration", "cluster"]
    frame = pd.concat([frame[names], pd.DataFrame(more, columns=names)], ignore_index=True)
    return frame.assign(left=frame["why"] != "").drop(columns="length")


def many_small_data_sets(n: int, seed: int) -> pd.DataFrame:
    """Return n groups of up to fourteen people in three clusters, with ties, late entry and weights."""
    rng = np.random.default_rng(seed)
    size = rng.integers(3, 15, n)
    rows = int(size.sum())
    entry = np.where(rng.random(rows) < 0.5, 0, rng.integers(0, 6, rows))
    why = rng.choice(["", "a", "b"], rows, p=[0.4, 0.35, 0.25])
    cluster = np.concatenate([np.append([0, 1], rng.integers(0, 3, k - 2)) for k in size])
    frame = pd.DataFrame({"group": np.repeat(np.arange(n), size), "entry": entry, "why": why, "left": why != ""})
    return frame.assign(duration=entry + rng.integers(1, 8, rows), w=rng.integers(1, 9, rows) / 4, cluster=cluster)


def by_the_words(own: pd.DataFrame, w: npt.NDArray[np.complex128], until: float) -> npt.NDArray[np.complex128]:
    """Return staying, both incidences and both cumulative hazards at a time, for any weights, complex ones too."""
    entry, last, why = (own[name].to_numpy() for name in ("entry", "duration", "why"))
    stay, incidence, hazard = 1.0 + 0j, np.zeros(2, dtype=complex), np.zeros(2, dtype=complex)
    for time in np.unique(last[(why != "") & (last <= until)]):
        at_risk = (entry < time) & (time <= last)
        share = np.array([w[(last == time) & (why == cause)].sum() for cause in "ab"]) / w[at_risk].sum()
        incidence, hazard, stay = incidence + stay * share, hazard + share, stay * (1 - share.sum())
    return np.array([stay, *incidence, *hazard])


def variances_by_the_words(own: pd.DataFrame, until: float) -> tuple[Floats, Floats]:
    """Return the same five, and the sums over clusters of the squares of what the cluster's weights do to them."""
    w = own["w"].to_numpy(dtype=complex)
    moved = []
    for members in own.groupby("cluster").indices.values():
        grown = w.copy()
        grown[members] *= 1 + TINY * 1j
        moved.append(by_the_words(own, grown, until).imag / TINY)
    return by_the_words(own, w, until).real, (np.array(moved) ** 2).sum(axis=0)


@pytest.mark.parametrize("weight", [None, "w"])
@pytest.mark.parametrize("entry", [None, "entry"])
def test_brute_force_gives_the_same_variances_by_cluster(entry: str | None, weight: str | None) -> None:
    frame = many_small_data_sets(400, seed=8)
    cohort = cohort_of(frame, entry=entry, weight=weight)
    frame = frame.assign(**({"entry": -1} if entry is None else {}), **({"w": 1.0} if weight is None else {}))

    stay = wm.kaplan_meier(cohort, by="group", cluster="cluster").frame
    left = wm.cumulative_incidence(cohort, by="group", cluster="cluster").frame
    hazard = wm.nelson_aalen(cohort, by="group", cluster="cluster").frame

    people = dict(tuple(frame.groupby("group")))
    for row in stay.groupby("group").nth([0, 2, -1]).itertuples():
        expected, variance = variances_by_the_words(people[row.group], row.time)
        assert abs(row.estimate - expected[0]) < 1e-12
        if row.estimate > 0:
            assert abs(row.std_error**2 - variance[0]) < 1e-12
        for found, at in ((left, slice(1, 3)), (hazard, slice(3, 5))):
            own = found[2 * row.Index : 2 * row.Index + 2]
            np.testing.assert_allclose(own["estimate"], expected[at], rtol=0, atol=1e-12)
            np.testing.assert_allclose(own["std_error"] ** 2, variance[at], rtol=0, atol=1e-12)


@given(SPELLS, st.sampled_from([None, "w"]))
@settings(deadline=None, max_examples=20)
def test_rows_that_are_their_own_clusters_are_the_jackknife_by_person(spells: Spells, weight: str | None) -> None:
    frame = frame_of(spells)
    cohort = cohort_of(frame.assign(person=np.arange(len(frame))), weight=weight)

    by_cluster = wm.cumulative_incidence(cohort, by="group", cluster="person").frame
    by_person = wm.cumulative_incidence(cohort, by="group").frame

    np.testing.assert_allclose(by_cluster["std_error"] ** 2, by_person["std_error"] ** 2, rtol=0, atol=1e-12)


@given(SPELLS)
@settings(deadline=None, max_examples=20)
def test_without_late_entry_and_weights_persons_as_clusters_are_greenwoods_error(spells: Spells) -> None:
    frame = frame_of(spells).assign(entry=0)
    cohort = cohort_of(frame.assign(person=np.arange(len(frame))), entry=None)

    by_cluster = wm.kaplan_meier(cohort, by="group", cluster="person").frame
    greenwood = wm.kaplan_meier(cohort, by="group").frame

    np.testing.assert_allclose(by_cluster["std_error"], greenwood["std_error"], rtol=0, atol=1e-9)


@given(SPELLS, st.randoms())
@settings(deadline=None, max_examples=25)
def test_row_order_and_names_of_clusters_change_nothing(spells: Spells, random: object) -> None:
    frame = frame_of([*spells, *STAYERS])
    turned = frame.sample(frac=1, random_state=random.randrange(1000)).reset_index(drop=True)  # type: ignore[attr-defined]
    turned["cluster"] = turned["cluster"].map(lambda code: f"team {9 - code}")

    for curve in (wm.kaplan_meier, wm.cumulative_incidence, wm.nelson_aalen):
        asked = {"by": "group", "cluster": "cluster", "given": 1.0}
        one, other = (curve(cohort_of(f, weight="w"), **asked).frame for f in (frame, turned))  # type: ignore[operator]
        np.testing.assert_allclose(one["std_error"] ** 2, other["std_error"] ** 2, rtol=0, atol=1e-12)
        pd.testing.assert_frame_equal(one.drop(columns=VALUES), other.drop(columns=VALUES))


@given(SPELLS, st.integers(0, 4), st.sampled_from([None, "w"]))
@settings(deadline=None, max_examples=20)
def test_staying_of_those_still_there_is_a_ratio(spells: Spells, served: int, weight: str | None) -> None:
    frame = frame_of([*spells, *STAYERS])
    whole = wm.kaplan_meier(cohort_of(frame, weight=weight), by="group")

    found = wm.kaplan_meier(cohort_of(frame, weight=weight), by="group", given=served)

    at_given = whole.at(served)["estimate"].to_numpy()
    for time in (served, served + 0.5, served + 3, 15):
        known = at_given > 0
        expected = whole.at(time)["estimate"].to_numpy()[known] / at_given[known]
        np.testing.assert_allclose(found.at(time)["estimate"][known], expected, rtol=0, atol=1e-12)
    if served == 0:
        pd.testing.assert_frame_equal(found.frame, whole.frame)


@given(SPELLS, st.sampled_from([0, 1, 2.5, 4]))
@settings(deadline=None, max_examples=20)
def test_a_risk_table_knows_those_still_there_as_its_cohort_does(spells: Spells, served: float) -> None:
    cohort = cohort_of(frame_of([*spells, *STAYERS]))
    table = wm.risk_table(cohort, by="group")

    for curve in (wm.kaplan_meier, wm.nelson_aalen, wm.leaving_within):
        of_cohort = curve(cohort, by="group", given=served).frame  # type: ignore[operator]
        of_table = curve(table, given=served).frame  # type: ignore[operator]
        pd.testing.assert_frame_equal(of_cohort, of_table, check_exact=False, rtol=1e-12, atol=1e-12)
    asked = [served, served + 0.1, served + 3]
    at = [wm.kaplan_meier(data, by="group", given=served).at(asked) for data in (cohort, table)]
    pd.testing.assert_frame_equal(*at, check_exact=False, rtol=1e-12, atol=1e-12)
    apart = [
        wm.cumulative_incidence(data, by="group", given=served, variance="greenwood").frame for data in (cohort, table)
    ]
    pd.testing.assert_frame_equal(apart[0], apart[1], check_exact=False, rtol=1e-12, atol=1e-12)


@given(SPELLS, st.sampled_from([None, "w"]), st.sampled_from([0.0, 1.0, 3.0]), st.sampled_from([None, "cluster"]))
@settings(deadline=None, max_examples=20)
def test_causes_apart_add_up_to_any(spells: Spells, weight: str | None, served: float, cluster: str | None) -> None:
    cohort = cohort_of(frame_of([*spells, *STAYERS]), weight=weight)
    asked = {"by": "group", "given": served, "years": 6, "cluster": cluster}

    apart = wm.leaving_within(cohort, causes="apart", **asked).frame  # type: ignore[arg-type]
    together = wm.leaving_within(cohort, **asked).frame  # type: ignore[arg-type]

    any_cause = apart[apart["cause"] == "any cause"].reset_index(drop=True)
    by_cause = apart[apart["cause"] != "any cause"]
    for name in ("estimate", "n_event"):
        np.testing.assert_allclose(by_cause.groupby("group")[name].sum(), any_cause[name], rtol=0, atol=1e-12)
    same = ["group", "time", "estimate", "n", "n_event", "n_censor", "n_risk"]
    pd.testing.assert_frame_equal(any_cause[same], together[same], check_exact=False, rtol=1e-12, atol=1e-12)
    incidence = wm.cumulative_incidence(cohort, by="group", given=served, cluster=cluster).at(6)
    np.testing.assert_allclose(by_cause["estimate"], incidence["estimate"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(by_cause["std_error"], incidence["std_error"], rtol=0, atol=1e-12)
    some = (incidence["estimate"] > 0).to_numpy()
    for name in ("conf_low", "conf_high"):
        np.testing.assert_allclose(by_cause[name][some], incidence[name][some], rtol=0, atol=1e-12)
    if cluster:  # of squares, for where the truth is 0
        np.testing.assert_allclose(any_cause["std_error"] ** 2, together["std_error"] ** 2, rtol=0, atol=1e-12)
