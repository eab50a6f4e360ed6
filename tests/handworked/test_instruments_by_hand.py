"""Every documented instrument on respondents worked by hand, missing items among them."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from agreement import agree

from workforce_metrics.indicators import instruments
from workforce_metrics.indicators.instruments.functions import InstrumentFunction

NA = None
NAN = np.nan
pytestmark = pytest.mark.validates(
    "indicators.instruments.score_instrument",
    against="arithmetic by hand",
    data="invented respondents, every instrument",
)
Answers = Sequence[int | None]


def people(items: str, *respondents: Answers) -> pd.DataFrame:
    """Return the answers of each respondent, in the order of `items`."""
    names = items.split()
    return pd.DataFrame({item: pd.array([r[i] for r in respondents], dtype="Int16") for i, item in enumerate(names)})


def numbered(prefix: str, first: int, last: int) -> str:
    return " ".join(f"{prefix}{i}" for i in range(first, last + 1))


def check(found: pd.DataFrame, expected: Mapping[str, npt.ArrayLike]) -> None:
    assert list(found.columns) == list(expected)
    for name, values in expected.items():
        agree(found[name], np.asarray(values, dtype=float), rtol=1e-15, what="score")


def test_copenhagen_burnout() -> None:
    staff = people(
        f"{numbered('PB', 1, 6)} {numbered('WB', 1, 7)} {numbered('CB', 1, 6)}",
        # all answered; the last work item is reversed
        [100, 75, 50, 25, 0, 50, 100, 100, 75, 75, 50, 25, 100, 0, 0, 25, 25, 50, 50],
        # three of six, four of seven, two of six
        [100, 75, 50, NA, NA, NA, NA, 100, 75, 50, NA, NA, 25, 100, 0, NA, NA, NA, NA],
        # two of six, three of seven, three of six
        [100, 75, NA, NA, NA, NA, NA, 100, 75, 50, NA, NA, NA, 100, 0, 25, NA, NA, NA],
    )

    found = instruments.copenhagen_burnout(staff)

    check(
        found,
        {
            "cbi_personal": [(100 + 75 + 50 + 25 + 0 + 50) / 6, (100 + 75 + 50) / 3, NAN],
            "cbi_work": [(100 + 100 + 75 + 75 + 50 + 25 + 0) / 7, (100 + 75 + 50 + 75) / 4, NAN],
            "cbi_client": [(0 + 0 + 25 + 25 + 50 + 50) / 6, NAN, (100 + 0 + 25) / 3],
        },
    )


def test_copenhagen_burnout_from_a_file_of_1_to_5_with_the_top_option_first() -> None:
    staff = people(numbered("q", 1, 7), [1, 2, 3, 4, 5, 1, 1], [1, NA, 3, NA, 5, NA, 5])

    found = instruments.copenhagen_burnout(
        staff,
        scores=["cbi_work"],
        items={f"WB{i}": f"q{i}" for i in range(1, 8)},
        codes={1: 100, 2: 75, 3: 50, 4: 25, 5: 0},
    )

    check(found, {"cbi_work": [(100 + 75 + 50 + 25 + 0 + 100 + 0) / 7, (100 + 50 + 0 + 100) / 4]})


def test_gmc_burnout_is_the_work_score_turned_round() -> None:
    staff = people(
        numbered("WB", 1, 7), [100, 75, 75, 75, 75, 75, 0], [75, 75, 75, 75, 75, 75, 25], [50] * 7, [NA] + [50] * 6
    )

    found = instruments.gmc_burnout(staff)

    check(found, {"gmc_burnout": [(0 + 25 * 5 + 0) / 7, 7 * 25 / 7, 7 * 50 / 7, NAN]})
    check(instruments.gmc_burnout(staff, min_answered=6)[3:], {"gmc_burnout": [6 * 50 / 6]})
    assert instruments.bands(found["gmc_burnout"]).tolist() == ["high risk", "high risk", "moderate risk", NAN]


def test_oldenburg_burnout() -> None:
    staff = people(
        numbered("OLBI", 1, 16),
        [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4],
        [NA, NA, 3, NA, NA, 2, 3, NA, 1, NA, NA, NA, NA, NA, NA, NA],
    )
    # reversed: 2, 3, 4, 6, 8, 9, 11, 12
    disengagement = [1, 5 - 3, 5 - 2, 3, 5 - 1, 5 - 3, 1, 3]  # 1 3 6 7 9 11 13 15
    exhaustion = [5 - 2, 5 - 4, 1, 5 - 4, 2, 5 - 4, 2, 4]  # 2 4 5 8 10 12 14 16

    check(
        instruments.oldenburg_burnout(staff),
        {
            "olbi_disengagement": [sum(disengagement) / 8, ((5 - 3) + (5 - 2) + 3 + (5 - 1)) / 4],
            "olbi_exhaustion": [sum(exhaustion) / 8, NAN],
            "olbi_total": [sum(disengagement + exhaustion) / 16, NAN],
        },
    )
    check(
        instruments.oldenburg_burnout(staff, statistic="sum"),
        {
            "olbi_disengagement_sum": [sum(disengagement), 8 * ((5 - 3) + (5 - 2) + 3 + (5 - 1)) / 4],
            "olbi_exhaustion_sum": [sum(exhaustion), NAN],
            "olbi_total_sum": [sum(disengagement + exhaustion), NAN],
        },
    )


def test_single_item_burnout() -> None:
    found = instruments.single_item_burnout(people("B1", [2], [3], [5], [NA]))

    check(found, {"burnout_single_item": [2, 3, 5, NAN]})
    assert instruments.bands(found["burnout_single_item"]).tolist() == [
        "not burned out",
        "burned out",
        "burned out",
        NAN,
    ]


@pytest.mark.parametrize(
    ("function", "prefix", "suffix", "sizes"),
    [
        (instruments.burnout_assessment_23, "bat23", "", (8, 5, 5, 5)),
        (instruments.burnout_assessment_12, "bat12", "s", (3, 3, 3, 3)),
    ],
)
def test_burnout_assessment_tool(
    function: InstrumentFunction, prefix: str, suffix: str, sizes: tuple[int, ...]
) -> None:
    n = sum(sizes)
    items = " ".join(
        numbered(f"{part}{suffix}", 1, size) for part, size in zip(("EX", "MD", "CI", "EI"), sizes, strict=True)
    )
    full = [1 + i % 5 for i in range(n)]
    gap = [NA, *full[1:]]  # one exhaustion item is missing
    ex, md, ci = sizes[0], sizes[0] + sizes[1], sizes[0] + sizes[1] + sizes[2]

    check(
        function(people(items, full, gap)),
        {
            f"{prefix}_exhaustion": [sum(full[:ex]) / ex, NAN],
            f"{prefix}_mental_distance": [sum(full[ex:md]) / sizes[1]] * 2,
            f"{prefix}_cognitive_impairment": [sum(full[md:ci]) / sizes[2]] * 2,
            f"{prefix}_emotional_impairment": [sum(full[ci:]) / sizes[3]] * 2,
            f"{prefix}_total": [sum(full) / n, NAN],
        },
    )
    loose = function(people(items, gap), min_answered={f"{prefix}_total": n - 1}, scores=[f"{prefix}_total"])
    check(loose, {f"{prefix}_total": [sum(full[1:]) / (n - 1)]})


def test_professional_fulfillment() -> None:
    staff = people(
        numbered("PFI", 1, 16),
        [3, 3, 3, 3, 3, 3, 1, 1, 1, 2, 1, 1, 1, 2, 2, 2],
        [4, 2, 3, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1, 2, 2, NA],
    )
    found = instruments.professional_fulfillment(staff)

    check(
        found,
        {
            "pfi_fulfillment": [3, 17 / 6],
            "pfi_work_exhaustion": [5 / 4, 4 / 4],
            "pfi_interpersonal_disengagement": [9 / 6, NAN],
            "pfi_burnout": [14 / 10, NAN],
        },
    )
    percent = instruments.professional_fulfillment(staff, statistic="percent", scores=["pfi_fulfillment"])
    check(percent, {"pfi_fulfillment_percent": [3 * 25, 17 * 25 / 6]})
    assert instruments.bands(found["pfi_fulfillment"]).tolist() == ["fulfilled", "not fulfilled"]
    assert instruments.bands(found["pfi_fulfillment"], closed="right").tolist() == ["not fulfilled", "not fulfilled"]
    assert instruments.bands(found["pfi_burnout"]).tolist() == ["burned out", NAN]


def test_shirom_melamed_burnout() -> None:
    staff = people(numbered("SM", 1, 14), [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7], [NA, *[7] * 13])

    check(
        instruments.shirom_melamed_burnout(staff),
        {
            "smbm_physical_fatigue": [(1 + 2 + 3 + 4 + 5 + 6) / 6, NAN],
            "smbm_cognitive_weariness": [(7 + 1 + 2 + 3 + 4) / 5, 7],
            "smbm_emotional_exhaustion": [(5 + 6 + 7) / 3, 7],
            "smbm_total": [(1 + 2 + 3 + 4 + 5 + 6 + 7) * 2 / 14, NAN],
        },
    )


def test_professional_quality_of_life() -> None:
    codes = [1 + i % 5 for i in range(30)]  # item k has code 1 + (k - 1) % 5
    staff = people(numbered("PQ", 1, 30), codes, [NA, *codes[1:]])

    check(
        instruments.professional_quality_of_life(staff),
        {
            # 3 6 12 16 18 20 22 24 27 30
            "proqol_compassion_satisfaction": [3 + 1 + 2 + 1 + 3 + 5 + 2 + 4 + 2 + 5] * 2,
            # 1r 4r 8 10 15r 17r 19 21 26 29r
            "proqol_burnout": [(6 - 1) + (6 - 4) + 3 + 5 + (6 - 5) + (6 - 2) + 4 + 1 + 1 + (6 - 4), NAN],
            # 2 5 7 9 11 13 14 23 25 28
            "proqol_secondary_traumatic_stress": [2 + 5 + 2 + 4 + 1 + 3 + 4 + 3 + 5 + 3] * 2,
        },
    )


def test_mini_z() -> None:
    staff = people(numbered("MZ", 1, 10), [4] * 10, [5, 4, 3, 2, 1, 1, 2, 3, 4, NA])
    found = instruments.mini_z(staff)

    check(
        found,
        {
            "mini_z_supportive_environment": [20, 5 + 4 + 3 + 2 + 1],
            "mini_z_work_pace": [20, NAN],
            "mini_z_total": [40, NAN],
        },
    )
    assert instruments.bands(found["mini_z_total"]).tolist() == ["joyful workplace", NAN]


def test_maslach_by_a_key_of_the_users_own() -> None:
    key = pd.DataFrame(
        {
            "item": ["a", "b", "c", "d"],
            "subscale": ["first", "second", "first", "second"],
            "reversed": [False, True, False, False],
            "low": 0,
            "high": 6,
        }
    )
    staff = people("a b c d", [6, 1, 3, 2], [6, NA, NA, 2])

    mean = instruments.maslach(staff, key=key, statistic="mean", min_answered=2)
    total = instruments.maslach(staff, key=key, statistic="sum", min_answered={"first": 1})

    check(mean, {"first": [(6 + 3) / 2, NAN], "second": [((6 - 1) + 2) / 2, NAN]})
    check(total, {"first": [6 + 3, 2 * 6 / 1], "second": [(6 - 1) + 2, NAN]})


def test_safety_attitudes() -> None:
    climate = people(numbered("SAQ", 1, 6), [4, 2, 4, 4, 4, 4], [5, 1, 5, 4, 4, 3], [5, 1, 5, 9, 4, 3])
    found = instruments.safety_attitudes(climate, scores=["saq_teamwork_climate"], not_scored=[9], min_answered=5)

    expected = [(4 - 1) * 25, ((5 + 5 + 5 + 4 + 4 + 3) / 6 - 1) * 25, ((5 + 5 + 5 + 4 + 3) / 5 - 1) * 25]
    check(found, {"saq_teamwork_climate": expected})
    assert instruments.bands(found["saq_teamwork_climate"]).tolist() == ["positive"] * 3

    items = " ".join(
        [numbered("SAQ", 1, 13), numbered("SAQ", 15, 23), numbered("SAQ", 29, 32)]
        + [f"SAQ{i}{level}" for level in "uh" for i in range(24, 29)]
    )
    everybody = people(items, [2] * 13 + [3] * 5 + [4] * 4 + [5] * 4 + [1] * 5 + [NA] + [2] * 4)

    check(
        instruments.safety_attitudes(everybody),
        {
            "saq_teamwork_climate": [((5 * 2 + (6 - 2)) / 6 - 1) * 25],
            "saq_safety_climate": [((6 * 2 + (6 - 2)) / 7 - 1) * 25],
            "saq_job_satisfaction": [50],
            "saq_stress_recognition": [75],
            "saq_working_conditions": [100],
            "saq_management_unit": [0],
            "saq_management_hospital": [NAN],
        },
    )


def test_sops_hospital_is_the_mean_over_items_of_each_items_own_share() -> None:
    # teamwork: A1, A8, and A9 worded negatively; 9 does not apply
    staff = people("A1 A8 A9", [5, 4, 1], [4, 3, 2], [2, 9, 5], [9, 9, 9], [3, 5, NA]).assign(
        unit=["x", "x", "x", "x", "y"]
    )

    found = instruments.sops_hospital(staff, by="unit", scores=["sops_teamwork"]).frame.set_index("unit")

    x = [2 / 3, 1 / 2, 2 / 3]
    assert found.loc["x", "estimate"] == pytest.approx(sum(x) / 3, rel=1e-15)
    assert found.loc["x", ["n", "n_missing"]].tolist() == [3, 1]
    assert np.isnan(found.loc["y", "estimate"])  # nobody in y answered A9
    everybody = instruments.sops_hospital(staff, scores=["sops_teamwork"]).frame
    assert everybody["estimate"].item() == pytest.approx((2 / 4 + 2 / 3 + 2 / 3) / 3, rel=1e-15)


def test_every_sops_composite_turns_round_the_negatively_worded_items() -> None:
    negative = ["A9", "A3", "A5", "A11", "A14", "A6", "A7", "A13", "B2", "C7", "F3", "F4", "F5"]
    items = numbered("A", 1, 14).split() + numbered("B", 1, 3).split() + numbered("C", 1, 7).split()
    items += numbered("D", 1, 2).split() + numbered("F", 1, 6).split()
    strongly_agree = people(" ".join(items), [5] * 32, [4] * 32)

    found = instruments.positive_answers(strongly_agree)

    assert sorted(found.columns) == sorted(items)
    assert [item for item in found if (found[item] == 0).all()] == [item for item in found if item in negative]
    shares = instruments.sops_hospital(strongly_agree).frame.set_index("indicator")["estimate"]
    assert shares.to_dict() == pytest.approx(
        {
            "sops_teamwork": 2 / 3,
            "sops_staffing": 1 / 4,
            "sops_organizational_learning": 2 / 3,
            "sops_response_to_error": 1 / 4,
            "sops_supervisor_support": 2 / 3,
            "sops_communication_about_error": 1,
            "sops_communication_openness": 3 / 4,
            "sops_reporting_events": 1,
            "sops_management_support": 2 / 3,
            "sops_handoffs": 1 / 3,
        },
        rel=1e-15,
    )


def test_sops_standard_error_without_missing_answers_is_that_of_the_respondents_own_shares() -> None:
    staff = people("D1 D2", [5, 4], [4, 1], [2, 2], [5, 3], [1, 1])
    own = np.array([2, 1, 0, 1, 0]) / 2

    found = instruments.sops_hospital(staff, scores=["sops_reporting_events"]).frame

    assert found["estimate"].item() == pytest.approx(own.mean(), rel=1e-15)
    assert found["std_error"].item() == pytest.approx(own.std(ddof=1) / np.sqrt(5), rel=1e-14)


def test_teamstepps_perceptions() -> None:
    staff = people(numbered("TT", 1, 35), [1 + i % 5 for i in range(35)], [NA, *[4] * 34])

    found = instruments.teamstepps_perceptions(staff)

    check(
        found,
        {
            "ttpq_team_structure": [(1 + 2 + 3 + 4 + 5 + 1 + 2) / 7, NAN],
            "ttpq_leadership": [(3 + 4 + 5 + 1 + 2 + 3 + 4) / 7, 4],
            "ttpq_situation_monitoring": [(5 + 1 + 2 + 3 + 4 + 5 + 1) / 7, 4],
            "ttpq_mutual_support": [(2 + 3 + 4 + 5 + 1 + 2 + 3) / 7, 4],
            "ttpq_communication": [(4 + 5 + 1 + 2 + 3 + 4 + 5) / 7, 4],
        },
    )
    total = instruments.teamstepps_perceptions(staff, statistic="sum", scores=["ttpq_leadership"])
    check(total, {"ttpq_leadership_sum": [22, 28]})


def test_team_climate() -> None:
    staff = people(numbered("TCI", 1, 14), [1, 2, 3, 4, 5, 4, 3, 2, 1, 2, 3, 5, 5, 4], [*[5] * 13, NA])

    check(
        instruments.team_climate(staff),
        {
            "tci_vision": [(1 + 2 + 3 + 4) / 4, 5],
            "tci_participative_safety": [(5 + 4 + 3 + 2) / 4, 5],
            "tci_task_orientation": [(1 + 2 + 3) / 3, 5],
            "tci_support_for_innovation": [(5 + 5 + 4) / 3, NAN],
        },
    )
    seven = people(numbered("TCI", 1, 4), [7, 6, 7, 6])
    wide = instruments.team_climate(seven, scores=["tci_vision"], code_range={"tci_vision": (1, 7)})
    check(wide, {"tci_vision": [26 / 4]})


def test_psychological_safety_on_seven_and_on_five_points() -> None:
    staff = people(numbered("PS", 1, 7), [1, 5, 2, 4, 3, 5, 4], [1, 5, 2, 4, NA, 5, 4])

    check(
        instruments.psychological_safety(staff),
        {"psychological_safety": [((8 - 1) + 5 + (8 - 2) + 4 + (8 - 3) + 5 + 4) / 7, NAN]},
    )
    check(
        instruments.psychological_safety(staff, code_range=(1, 5), statistic="sum"),
        {"psychological_safety_sum": [(6 - 1) + 5 + (6 - 2) + 4 + (6 - 3) + 5 + 4, NAN]},
    )


def test_relational_coordination() -> None:
    items = "RC1_freq RC2_timely RC3_accurate RC4_problem RC5_goals RC6_knowledge RC7_respect"

    found = instruments.relational_coordination(people(items, [1, 2, 3, 4, 5, 5, 4], [1, 2, 3, NA, 5, 5, 4]))

    check(found, {"relational_coordination": [(1 + 2 + 3 + 4 + 5 + 5 + 4) / 7, NAN]})


def test_real_team() -> None:
    yes_no = {1: True, 0: False, None: pd.NA}
    rows = [(1, 1, 1, 1), (1, 1, 0, 1), (0, 1, 1, 1), (0, None, None, None), (1, 1, None, 1), (None, 1, 1, 1)]
    rows += [(1, 0, 0, None)]
    staff = pd.DataFrame([[yes_no[cell] for cell in row] for row in rows], columns=list("tabc"), dtype="boolean")

    found = instruments.real_team(staff, in_team="t", characteristics=["a", "b", "c"])

    # in a team a missing characteristic leaves the kind missing: all are needed
    assert found.tolist() == ["real team", "pseudo team", "no team", "no team", NAN, NAN, NAN]
    assert found.cat.ordered


def test_who5() -> None:
    staff = people(numbered("WHO", 1, 5), [5, 4, 3, 0, 0], [2, 2, 1, 1, 1], [3, 3, 3, 2, 2], [NA, 5, 5, 5, 5])

    found = instruments.who5(staff)

    check(found, {"who5": [(5 + 4 + 3) * 4, 7 * 4, 13 * 4, NAN]})
    check(instruments.who5(staff, statistic="sum"), {"who5_sum": [12, 7, 13, NAN]})
    assert instruments.bands(found["who5"]).tolist() == [
        "poor wellbeing",
        "likely depression on a screen",
        "not poor",
        NAN,
    ]


def test_ons4() -> None:
    measures = ["life_satisfaction", "worthwhile", "happy_yesterday", "anxious_yesterday"]
    staff = people(" ".join(measures), [4, 5, 7, 1], [10, 9, 8, 2], [6, NA, 0, 4], [0, 4, 9, 6])

    found = instruments.ons4(staff)

    check(
        found,
        {f"ons4_{measure}": staff[measure].astype("Float64").to_numpy(float, na_value=NAN) for measure in measures},
    )
    words = {name: instruments.bands(found[f"ons4_{name}"]).tolist() for name in measures}
    assert words == {
        "life_satisfaction": ["low", "very high", "medium", "low"],
        "worthwhile": ["medium", "very high", NAN, "low"],
        "happy_yesterday": ["high", "high", "low", "very high"],
        "anxious_yesterday": ["very low", "low", "medium", "high"],
    }


def test_wemwbs_and_its_short_form() -> None:
    full = [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4]
    three_missing = [NA, NA, NA, *full[3:]]
    four_missing = [NA, NA, NA, NA, *full[4:]]
    staff = people(numbered("W", 1, 14), full, three_missing, four_missing, [5] * 14, [1] * 14)

    check(
        instruments.wemwbs(staff),
        {"wemwbs": [sum(full), 14 * sum(full[3:]) / 11, NAN, 70, 14]},
    )
    # the short form: items 1 2 3 6 7 9 11, here 1 + 2 + 3 + 1 + 2 + 4 + 1 = 14, which the table turns into 15.32
    check(instruments.swemwbs(staff), {"swemwbs": [15.32, NAN, NAN, 35, 7]})
    check(instruments.swemwbs(staff, statistic="sum"), {"swemwbs_sum": [14, NAN, NAN, 35, 7]})


def test_uwes() -> None:
    staff = people(numbered("UW", 1, 9), [0, 1, 2, 3, 4, 5, 6, 0, 1], [6, 6, NA, 6, 6, 6, 6, 6, 6])

    check(
        instruments.uwes_9(staff),
        {
            "uwes9_vigor": [(0 + 1 + 4) / 3, 6],
            "uwes9_dedication": [(2 + 3 + 6) / 3, NAN],
            "uwes9_absorption": [(5 + 0 + 1) / 3, 6],
            "uwes9_total": [(0 + 1 + 2 + 3 + 4 + 5 + 6 + 0 + 1) / 9, NAN],
        },
    )
    check(instruments.uwes_3(staff), {"uwes3": [(0 + 2 + 0) / 3, NAN]})


def test_hse_indicator_tool_reads_0_as_not_answered() -> None:
    codes = [1 + i % 5 for i in range(35)]  # item k has code 1 + (k - 1) % 5
    staff = people(numbered("HSE", 1, 35), codes, [0, *codes[1:]])

    check(
        instruments.hse_indicator_tool(staff),
        {
            # 3 6 9 12 16 18 20 22, all reversed
            "hse_demands": [sum(6 - code for code in (3, 1, 4, 2, 1, 3, 5, 2)) / 8] * 2,
            "hse_control": [(2 + 5 + 5 + 4 + 5 + 5) / 6] * 2,  # 2 10 15 19 25 30
            "hse_manager_support": [(3 + 3 + 4 + 3 + 5) / 5] * 2,  # 8 23 29 33 35
            "hse_peer_support": [(2 + 4 + 2 + 1) / 4] * 2,  # 7 24 27 31
            "hse_relationships": [((6 - 5) + (6 - 4) + (6 - 1) + (6 - 4)) / 4] * 2,  # 5 14 21 34
            "hse_role": [(1 + 4 + 1 + 3 + 2) / 5, NAN],  # 1 4 11 13 17
            "hse_change": [(1 + 3 + 2) / 3] * 2,  # 26 28 32
        },
    )


def test_psychosocial_safety_climate() -> None:
    staff = people(numbered("PSC", 1, 12), [4, 4, 4, 3, 3, 3, 3, 3, 3, 4, 4, 3], [5] * 11 + [NA], [2] * 11 + [3])
    found = instruments.psychosocial_safety_climate(staff)

    check(
        found,
        {
            "psc12_management_commitment": [12, 15, 6],
            "psc12_management_priority": [9, 15, 6],
            "psc12_organisational_communication": [9, 15, 6],
            "psc12_organisational_participation": [11, NAN, 7],
            "psc12_total": [41, NAN, 25],
        },
    )
    assert instruments.bands(found["psc12_total"]).tolist() == ["low risk", NAN, "very high risk"]


def test_job_satisfaction() -> None:
    found = instruments.job_satisfaction(people("JS1", [3], [4], [5], [NA]))

    check(found, {"job_satisfaction": [3, 4, 5, NAN]})
    assert instruments.bands(found["job_satisfaction"]).tolist() == ["not satisfied", "satisfied", "satisfied", NAN]
