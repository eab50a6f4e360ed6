"""Published rates and totals worked out again: each explanation on a case small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.figures import PublishedWorkforce
from workforce_metrics.indicators.reconcile import Reconciliation
from workforce_metrics.results import Result

HEAD = [
    "Org code",
    "Period",
    "Type",
    "Joiner",
    "Leaver",
    "Denominator at start of period",
    "Denominator at end of period",
    "Joiner rate",
    "Leaver rate",
    "Stability index",
    "AfC band",
]


def turnover(*rows: list[object], **options: object) -> PublishedWorkforce:
    cells = [[org, "202303 to 202403", *rest] for org, *rest in rows]
    frame = pd.DataFrame([HEAD, *cells], dtype=object)
    return wm.read_published_workforce({"Grade": frame}, rates="percent", **options)  # type: ignore[arg-type]


def staff(*rows: tuple[object, ...]) -> PublishedWorkforce:
    head = ["Date", "Org Code", "Staff Group", "Data Type", "Total"]
    return wm.read_published_workforce(pd.DataFrame([["31/03/2025", *row] for row in rows], columns=head).astype(str))


def one(checked: Reconciliation, check: str) -> pd.Series:
    rows = checked.frame.query("check == @check")
    assert len(rows) == 1
    return rows.iloc[0]


def test_rates_that_agree_with_their_parts() -> None:
    # 90 / 1050 = 8.571 %, 110 / 1050 = 10.476 %, 1 - 110 / 1000 = 89 %
    checked = wm.reconcile(turnover(["RX1", "HC", 90, 110, 1000, 1100, 8.57, 10.48, 89.00, "Band 5"]))

    assert checked.frame["explained_by"].tolist() == ["agrees"] * 3
    assert one(checked, "leaver_rate")["recomputed"] == pytest.approx(110 / 1050, abs=1e-15)
    assert one(checked, "joiner_rate")["recomputed"] == pytest.approx(90 / 1050, abs=1e-15)
    assert one(checked, "stability_index")["recomputed"] == pytest.approx(0.89, abs=1e-15)
    assert checked.unexplained.empty


def test_the_denominator_is_an_argument_and_another_is_named() -> None:
    published = turnover(["RX1", "HC", "*", 110, 1000, 1100, "*", "11.00", "*", "Band 5"])

    assert one(wm.reconcile(published), "leaver_rate")[["explained_by", "detail"]].tolist() == [
        "another denominator",
        "leavers / start",
    ]
    assert one(wm.reconcile(published, denominator="start"), "leaver_rate")["explained_by"] == "agrees"


def test_rounding_of_the_parts_is_the_only_tolerance() -> None:
    # leavers 107.5 to 112.5 over 997.5 to 1002.5: from 10.723 to 11.278 %
    def explained(rate: float) -> str:
        row = ["RX1", "HC", "*", 110, 1000, 1000, "*", f"{rate:.2f}", "*", "Band 5"]
        return str(one(wm.reconcile(turnover(row, counts_rounded_to=5)), "leaver_rate")["explained_by"])

    bounds = one(
        wm.reconcile(turnover(["RX1", "HC", "*", 110, 1000, 1000, "*", 11.5, "*", "B"], counts_rounded_to=5)),
        "leaver_rate",
    )
    assert bounds["possible_low"] == pytest.approx(107.5 / 1002.5, abs=1e-14)
    assert bounds["possible_high"] == pytest.approx(112.5 / 997.5, abs=1e-14)
    assert [explained(rate) for rate in (11.0, 10.73, 11.27, 10.71, 11.29)] == [
        "agrees",
        "rounding",
        "rounding",
        "not explained",
        "not explained",
    ]


def test_a_hidden_part_is_bounded_by_what_is_known_of_it() -> None:
    row = ["RX1", "HC", "*", "*", 100, 100, "*", 3.0, "*", "Band 5"]

    assert one(wm.reconcile(turnover(row)), "leaver_rate")["explained_by"] == "suppressed parts"
    below = wm.reconcile(turnover(row), hidden_below=5)
    assert one(below, "leaver_rate")["explained_by"] == "suppressed parts"
    assert one(below, "leaver_rate")["possible_high"] == pytest.approx(5 / 100, abs=1e-14)
    over = turnover([*row[:7], 9.0, *row[8:]])
    assert one(wm.reconcile(over, hidden_below=5), "leaver_rate")["explained_by"] == "not explained"


def test_percent_for_fraction_and_parts_not_published() -> None:
    head = ["Org code", "Period", "Type", "Leaver", "Denominator at start of period", "Leaver rate", "Stability index"]
    frame = pd.DataFrame([head, ["RX1", "202303 to 202403", "HC", 110, 1000, 0.11, 0.89]], dtype=object)

    published = wm.read_published_workforce({"A": frame}, rates="percent")
    checked = wm.reconcile(published, denominator="start")

    assert checked.frame["explained_by"].tolist() == ["percent for fraction", "percent for fraction"]
    alone = wm.read_published_workforce({"A": frame.drop(columns=4)}, rates="fraction")
    assert wm.reconcile(alone).frame["explained_by"].tolist() == ["parts not published", "parts not published"]


def test_sickness_absence() -> None:
    head = ["DATE", "ORG_CODE", "FTE_DAYS_LOST", "FTE_DAYS_AVAILABLE", "SICKNESS_ABSENCE_RATE_PERCENT"]
    rows = [["30/04/2024", "RX1", 50.25, 1000.5, 5.02], ["30/04/2024", "RX2", 50.25, 1000.5, 5.12]]

    checked = wm.reconcile(wm.read_published_workforce(pd.DataFrame(rows, columns=head)))

    assert checked.frame["explained_by"].tolist() == ["agrees", "not explained"]
    assert checked.unexplained["organisation"].tolist() == ["RX2"]


def test_totals_of_fte_add_up_within_rounding_and_head_counts_may_be_less() -> None:
    checked = wm.reconcile(
        staff(
            ("RX1", "All staff groups", "FTE", "3.7"),
            ("RX1", "Nurses", "FTE", "1.2"),
            ("RX1", "Doctors", "FTE", "2.4"),
            ("RX1", "All staff groups", "HC", "5"),
            ("RX1", "Nurses", "HC", "3"),
            ("RX1", "Doctors", "HC", "4"),
            ("RX2", "All staff groups", "FTE", "3.9"),
            ("RX2", "Nurses", "FTE", "1.2"),
            ("RX2", "Doctors", "FTE", "2.4"),
            ("RX2", "All staff groups", "HC", "8"),
            ("RX2", "Nurses", "HC", "3"),
            ("RX2", "Doctors", "HC", "4"),
        )
    )

    totals = checked.frame.query("check == 'total of staff_group'").set_index(["organisation", "basis"])["explained_by"]

    # RX1: 3.7 against 3.6, each part and the total within 0.05; 5 people in posts of 3 and 4
    assert totals.to_dict() == {
        ("RX1", "fte"): "rounding",
        ("RX1", "headcount"): "people in several parts",
        ("RX2", "fte"): "not explained",
        ("RX2", "headcount"): "not explained",
    }
    pairs = checked.frame.query("check == 'fte and headcount'")
    assert len(pairs) == 6
    assert set(pairs["explained_by"]) == {"agrees"}


def test_declared_totals_know_subtotals() -> None:
    published = staff(
        ("RX1", "All staff groups", "FTE", "10"),
        ("RX1", "HCHS doctors", "FTE", "4"),
        ("RX1", "Consultant", "FTE", "3"),
        ("RX1", "Trainee", "FTE", "1"),
        ("RX1", "Nurses", "FTE", "6"),
    )
    tree = {"All staff groups": ["HCHS doctors", "Nurses"], "HCHS doctors": ["Consultant", "Trainee"]}

    blind, told = wm.reconcile(published), wm.reconcile(published, totals={"staff_group": tree})

    assert blind.frame["explained_by"].tolist() == ["not explained"]
    assert "subtotals among them" in blind.frame["detail"].iloc[0]
    assert told.frame[["published", "recomputed", "explained_by"]].values.tolist() == [
        [10, 10, "agrees"],
        [4, 4, "agrees"],
    ]


def test_totals_over_organisations_and_of_reasons() -> None:
    checked = wm.reconcile(
        staff(("RX1", "Nurses", "FTE", "1"), ("RX2", "Nurses", "FTE", "2"), ("England", "Nurses", "FTE", "3"))
    )
    assert one(checked, "total of organisation")["explained_by"] == "agrees"

    reasons = pd.DataFrame(
        [["", "2011-12", None], ["", "Q1", "Q2"], ["Unknown", 3, "-"], ["Has Not Worked", 4, 4], ["Total", 7, 9]]
    )
    checked = wm.reconcile(wm.read_published_workforce({"A": reasons}))
    assert checked.frame["explained_by"].tolist() == ["agrees", "suppressed parts"]


def test_more_fte_than_people_is_not_plausible() -> None:
    checked = wm.reconcile(
        staff(
            ("RX1", "Nurses", "HC", "3"),
            ("RX1", "Nurses", "FTE", "3.9"),
            ("RX2", "Nurses", "HC", "0"),
            ("RX2", "Nurses", "FTE", "1.0"),
            ("RX3", "Nurses", "HC", "3"),
            ("RX3", "Nurses", "FTE", "0.0"),
            ("RX4", "Nurses", "HC", "3"),
            ("RX4", "Nurses", "FTE", "2.5"),
        )
    )

    # RX3: 0.0 may stand for up to 0.05
    assert checked.frame["explained_by"].tolist() == ["not explained", "not explained", "rounding", "agrees"]


def test_the_result_says_what_was_asked() -> None:
    checked = wm.reconcile(
        turnover(["RX1", "HC", 90, 110, 1000, 1100, 8.57, 10.48, 89.00, "B"], definition="left the NHS")
    )

    assert isinstance(checked, Result)
    assert checked.provenance["definition"] == "left the NHS"
    assert checked.summary["n"].sum() == len(checked.frame)
    assert "denominator=average" in repr(checked)


@pytest.mark.parametrize(
    "options",
    [
        {"denominator": "middle"},
        {"hidden_below": 0},
        {"hidden_below": True},
        {"totals": 3},
        {"totals": {"colour": {}}},
        {"totals": {"level": {"All": "B"}}},
        {"totals": {"level": {"All": ["Nobody"]}}},
    ],
)
def test_arguments_are_checked(options: dict[str, object]) -> None:
    published = turnover(["RX1", "HC", 90, 110, 1000, 1100, 8.57, 10.48, 89.00, "B"])

    with pytest.raises(InvalidArgumentError):
        wm.reconcile(published, **options)  # type: ignore[arg-type]


def test_what_cannot_be_reconciled() -> None:
    with pytest.raises(InvalidArgumentError, match="PublishedWorkforce"):
        wm.reconcile(pd.DataFrame())
    with pytest.raises(InvalidDataError, match="rates or totals"):
        wm.reconcile(staff(("RX1", "Nurses", "FTE", "1.0")))


def test_order_of_rows_changes_nothing() -> None:
    rows = [["RX1", "HC", 90 + n, 110, 1000, 1100, 8.57, 10.48, 89.00, f"Band {n}"] for n in range(6)]
    rows.append(["RX1", "HC", 555, 660, 6000, 6600, 8.6, 10.5, 89.0, "All AfC bands"])
    keys = ["check", "level", "measure"]

    first, other = (
        wm.reconcile(turnover(*order)).frame.sort_values(keys, ignore_index=True) for order in (rows, rows[::-1])
    )

    assert np.allclose(first["recomputed"], other["recomputed"], rtol=0, atol=1e-12)
    assert first["explained_by"].tolist() == other["explained_by"].tolist()
