"""Tables published together, curves between chosen times, the audit, and files that others read."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import (
    InvalidArgumentError,
    InvalidDataError,
    MissingDependencyError,
    MissingFileError,
)
from workforce_metrics.results import Result


def _people(**sites: int) -> pd.DataFrame:
    frame = pd.DataFrame({"site": np.repeat(list(sites), list(sites.values()))})
    return frame.assign(pay=np.arange(len(frame)) % 7.0, ill=(np.arange(len(frame)) % 3 == 0).astype(float))


def _table(n: dict[str, int], by: str = "site") -> Result:
    return Result(pd.DataFrame({by: list(n), "n": list(n.values()), "estimate": 0.5}), (by,))


def _cohort(n: int = 600, *, seed: int = 5) -> wm.Cohort:
    random = np.random.default_rng(seed)
    staff = pd.DataFrame({
        "month": random.integers(1, 61, n), "left": random.random(n) < 0.6,
        "route": random.choice(["home", "abroad", "rare"], n, p=[0.6, 0.385, 0.015]),
    })  # fmt: skip
    staff["why"] = np.where(staff["left"], random.choice(["moved", "retired"], n, p=[0.7, 0.3]), None)
    return wm.Cohort.from_frame(staff, duration="month", event="left", cause="why", time_unit="months")


def test_a_small_rest_of_a_shown_total_has_a_partner() -> None:
    """Of 105 people 5 are at no site: the total less the three sites would give their mean."""
    total = Result(pd.DataFrame({"n": [105], "estimate": [0.5]}))

    safe = wm.suppress([total, _table({"a": 30, "b": 40, "c": 30})])

    assert safe[0].frame["suppressed"].tolist() == [False]
    assert safe[1].frame["suppressed"].tolist() == [True, False, False]
    found = wm.audit_disclosure([total, _table({"a": 30, "b": 40, "c": 30})]).frame
    assert found[["term", "possible_low", "too_close"]].to_numpy().tolist() == [["n in no group", 5.0, True]]


def test_a_site_of_one_grade_is_hidden_in_both_tables_or_in_none() -> None:
    """Site a (5) hides b (20) beside it; b's one grade is b, so it is hidden in the finer table too."""
    fine = pd.DataFrame({"site": list("abcc"), "grade": [1, 1, 1, 2], "n": [5, 20, 30, 30], "estimate": 0.5})

    safe = wm.suppress([_table({"a": 5, "b": 20, "c": 60}), Result(fine, ("site", "grade"))])

    assert safe[0].frame["suppressed"].tolist() == [True, True, False]
    assert safe[1].frame["suppressed"].tolist()[:2] == [True, True]


def test_one_table_of_several_breakdowns_is_looked_at_as_such() -> None:
    rows = [("all", 85), ("a", 5), ("b", 30), ("c", 50)]
    table = Result(pd.DataFrame(rows, columns=["site", "n"]).assign(estimate=0.5), ("site",))

    assert wm.suppress(table, total="all").frame["suppressed"].tolist() == [False, True, True, False]


def test_tables_of_different_people_are_refused() -> None:
    with pytest.raises(InvalidDataError, match="a total smaller than the sum of its groups"):
        wm.suppress([Result(pd.DataFrame({"n": [50], "estimate": [0.5]})), _table({"a": 30, "b": 40})])
    with pytest.raises(InvalidArgumentError, match="some twice"):
        wm.suppress([_table({"a": 30}), _table({"a": 40})])


def test_few_events_and_few_others_are_hidden_where_asked_for() -> None:
    staff = pd.DataFrame({"site": np.repeat(list("abcd"), 40), "ill": 0.0})
    for site, ill in zip("abcd", (2, 38, 10, 20), strict=True):
        staff.loc[staff.index[staff["site"] == site][:ill], "ill"] = 1.0
    table = wm.estimate(staff, "share:ill", by="site")

    assert wm.suppress(table).frame["suppressed"].tolist() == [False] * 4
    assert wm.suppress(table, min_event=5).frame["suppressed"].tolist() == [True, True, False, False]


def test_few_still_at_risk_are_hidden_where_asked_for() -> None:
    table = Result(
        pd.DataFrame({"site": list("abc"), "n": 90, "n_event": 30, "n_censor": [0, 57, 40], "n_risk": [60, 3, 20]}),
        ("site",),
    )

    assert wm.suppress(table, min_event=5).frame["suppressed"].tolist() == [True, True, False]


def test_between_times_everything_adds_up() -> None:
    table = wm.risk_table(_cohort(), by="route")

    spans = table.between([12, 24, 60]).frame
    one = spans[spans["cause"] == "moved"]
    events = spans.groupby(["route", "time"], observed=True)["n_event"].sum().to_numpy()

    following = one.groupby("route")["n_risk"].shift(-1).to_numpy()
    left_over = (one["n_risk"] + one["n_entry"] - one["n_censor"]).to_numpy() - events
    last = np.isnan(following)
    np.testing.assert_array_equal(following[~last], left_over[~last])
    np.testing.assert_array_equal(left_over[last], 0)
    assert spans["n_event"].sum() == table.frame["n_event"].sum()


@pytest.mark.parametrize("kind", ["kaplan_meier", "cumulative_incidence", "nelson_aalen", "risk_table"])
def test_no_span_of_a_published_curve_holds_few(kind: str) -> None:
    curve = getattr(wm, kind)(_cohort(), by="route")

    safe = wm.suppress(curve, times=range(1, 61))
    shown = safe.frame[~safe.frame["suppressed"]]

    assert 0 < len(shown) < len(safe.frame)
    assert safe.frame.loc[safe.frame["suppressed"], "route"].nunique() >= 2  # the rare one has a partner
    by_span = shown.groupby(["route", "time"], observed=True)
    assert (by_span["n_event"].sum() >= 11).all()
    for name in ("n_event", "n_censor", "n_entry"):
        assert ((shown[name] == 0) | (shown[name] >= 11)).all()
    assert (shown["n_risk"] >= 11).all()
    again = wm.suppress(safe)
    pd.testing.assert_frame_equal(again.frame, safe.frame)
    assert len(safe.provenance["times"]) + safe.provenance["times_left_out"] == 60
    if kind != "risk_table":
        plt.close(safe.plot().figure)


def test_a_published_curve_is_the_curve_to_one_persons_worth() -> None:
    curve = wm.kaplan_meier(_cohort(4000))

    shown = wm.suppress(curve, times=[12, 24, 36]).frame
    exact = curve.at([12, 24, 36])

    assert (shown["estimate"] - exact["estimate"]).abs().max() <= 0.0005  # half of a step of 1 / 2,000 at least
    assert shown["n_risk"].tolist()[0] == 4000


def test_weighted_counts_are_no_numbers_of_people() -> None:
    staff = pd.DataFrame({"month": [3, 8] * 40, "left": True, "w": 1.5})
    cohort = wm.Cohort.from_frame(staff, duration="month", event="left", weight="w", time_unit="months")

    with pytest.raises(InvalidArgumentError, match="sums of weights"):
        wm.suppress(wm.kaplan_meier(cohort), times=[5])


def test_the_audit_draws_the_closest_first() -> None:
    careless = wm.suppress(wm.estimate(_people(a=4, b=30, c=50), ["pay", "share:ill"], by="site"), complementary=False)

    audit = wm.audit_disclosure(careless, totals=wm.estimate(_people(a=4, b=30, c=50), ["pay", "share:ill"]))
    axes = audit.plot()

    assert audit.frame["too_close"].all()
    assert axes.get_yticklabels()[0].get_text().startswith("a: n")
    assert audit.frame.query("term == 'n_event'")["possible_low"].tolist() == [2.0]
    plt.close(axes.figure)


def test_the_audit_of_rounded_numbers_knows_what_they_stand_for() -> None:
    people = _people(a=4, b=32, c=51)
    rough = wm.suppress(wm.estimate(people, "pay", by="site"), complementary=False, round_to=5)

    found = wm.audit_disclosure(rough, totals=wm.estimate(people, "pay")).frame

    # 87 in all; shown 30 stands for 28 to 32, 50 for 48 to 52
    assert found[["possible_low", "possible_high"]].to_numpy().tolist() == [[3.0, 11.0]]


def test_one_of_several_tables_is_as_safe_as_all() -> None:
    people = _people(a=4, b=30, c=50)
    tables = [wm.estimate(people, "pay"), wm.estimate(people, "pay", by="site")]

    safe = wm.suppress(tables)

    pd.testing.assert_frame_equal(wm.suppress(safe[1]).frame, safe[1].frame)
    apart = [wm.suppress(table) for table in tables]
    assert wm.suppress(apart)[1].frame["suppressed"].sum() >= 2  # looked at anew, as nobody saw to both


def test_rounded_results_are_not_suppressed_further() -> None:
    rough = wm.suppress(_table({"a": 30, "b": 40}), round_to=5)

    with pytest.raises(InvalidArgumentError, match="a result that was rounded"):
        wm.suppress(rough, min_n=20)
    with pytest.raises(InvalidArgumentError, match="round_to: expected a whole number of 2"):
        wm.suppress(_table({"a": 30}), round_to=1)


def test_a_suppressed_result_can_be_pickled() -> None:
    safe = wm.suppress(wm.estimate(_people(a=4, b=30, c=50), "share:ill", by="site"))

    back = pickle.loads(pickle.dumps(safe))  # noqa: S301 - our own bytes

    pd.testing.assert_frame_equal(back.frame, safe.frame)
    assert dict(back.provenance) == dict(safe.provenance)
    assert back.kinds == safe.kinds


@pytest.fixture
def safe() -> Result:
    people = pd.DataFrame({"site": ["=1+1"] * 30 + ["<b>"] * 30 + ["@x"] * 3, "pay": np.arange(63.0)})
    return wm.suppress(wm.estimate(people, "pay", by="site"))


def test_csv_holds_no_formula_and_its_provenance_stands_beside(safe: Result, tmp_path: Path) -> None:
    path = wm.write_result(safe, tmp_path / "pay.csv")

    back = pd.read_csv(path)
    assert set(back["site"]) == {"'=1+1", "<b>", "'@x"}
    assert back["estimate"].isna().sum() == 2
    assert json.loads((tmp_path / "pay.provenance.json").read_text())["min_n"] == 11
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pay.csv", "pay.provenance.json"]


def test_html_is_escaped(safe: Result, tmp_path: Path) -> None:
    text = wm.write_result(safe, tmp_path / "pay.html").read_text()

    assert "<b>" not in text
    assert "&lt;b&gt;" in text
    assert "suppressed_rows" in text


def test_excel_holds_texts_and_empty_cells(safe: Result, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")

    book = openpyxl.load_workbook(wm.write_result(safe, tmp_path / "pay.xlsx"))

    cells = [cell for row in book["result"].iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert book["result"].max_row == 4
    assert dict(book["provenance"].iter_rows(values_only=True))["min_n"] == 11


def test_without_openpyxl_the_extra_is_named(safe: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)

    with pytest.raises(MissingDependencyError, match=r"workforce-metrics\[excel\]"):
        wm.write_result(safe, tmp_path / "pay.xlsx")


def test_what_was_not_suppressed_is_written_only_for_a_reason(tmp_path: Path) -> None:
    table = wm.estimate(_people(a=4, b=30), "pay", by="site")

    with pytest.raises(InvalidArgumentError, match="one that went through suppress"):
        wm.write_result(table, tmp_path / "pay.csv")
    with pytest.raises(InvalidArgumentError, match="a reason in a few words"):
        wm.write_result(table, tmp_path / "pay.csv", unsuppressed="yes")
    with pytest.raises(InvalidArgumentError, match="one that went through suppress"):
        wm.write_result(wm.suppress(table).with_table(table.frame.assign(suppressed=False)), tmp_path / "pay.csv")
    assert not list(tmp_path.iterdir())
    wm.write_result(table, tmp_path / "pay.csv", unsuppressed="simulated people, none is real")
    assert "none is real" in (tmp_path / "pay.provenance.json").read_text()


def test_places_that_cannot_be_written_are_named(safe: Result, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="make the folder first"):
        wm.write_result(safe, tmp_path / "no" / "pay.csv")
    with pytest.raises(InvalidArgumentError, match=r"\.csv, \.xlsx, \.html"):
        wm.write_result(safe, tmp_path / "pay.txt")


def test_a_file_is_replaced_whole_or_not_at_all(safe: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = wm.write_result(safe, tmp_path / "pay.csv")
    before = path.read_text()

    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(pd.DataFrame, "to_csv", broken)
    with pytest.raises(OSError, match="disk full"):
        wm.write_result(safe, path)

    assert path.read_text() == before
    assert len(list(tmp_path.iterdir())) == 2
