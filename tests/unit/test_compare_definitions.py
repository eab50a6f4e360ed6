"""One question under several definitions of leaving."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError

DEFINITIONS = ["left the extract", "left the organisation"]


@pytest.fixture(scope="module")
def registers() -> dict[str, wm.Register]:
    rng = np.random.default_rng(11)
    months = pd.date_range("2016-01-31", periods=84, freq="ME")
    rows = []
    for who in range(150):
        start, where = int(rng.integers(0, 50)), str(rng.choice(["N", "S"]))
        for month in range(start, 84):
            if rng.random() < 0.01:
                break
            where = str(rng.choice(["N", "S"])) if rng.random() < 0.02 else where
            rows.append((f"p{who}", months[month], where, months[start] - pd.Timedelta(days=9)))
    frame = pd.DataFrame(rows, columns=["pid", "month", "org", "since"])
    columns = {"person_id": "pid", "period": "month", "organisation": "org", "joined": "since"}
    return wm.read_snapshots_by_definition(frame, columns=columns, definitions=DEFINITIONS, posts="first")


def test_each_row_is_the_risk_under_that_definition(registers: dict[str, wm.Register]) -> None:
    compared = wm.compare_definitions(registers, years=3, by="organisation").frame
    assert compared["definition"].cat.categories.tolist() == DEFINITIONS
    for definition, register in registers.items():
        alone = wm.leaving_within(wm.build_cohort(register, horizon_years=3), years=3, by="organisation").frame
        rows = compared[compared["definition"] == definition].drop(columns="definition").reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, alone)


def test_moves_may_end_what_is_seen_without_being_leaving(registers: dict[str, wm.Register]) -> None:
    every = wm.compare_definitions(registers, years=3).frame.set_index("definition")
    causes = {"left the extract": "left", "moved organisation": None}
    strict = wm.compare_definitions(registers, years=3, causes=causes).frame.set_index("definition")
    assert strict.loc[DEFINITIONS[0], "estimate"] == every.loc[DEFINITIONS[0], "estimate"]
    assert strict.loc[DEFINITIONS[1], "n_event"] < every.loc[DEFINITIONS[1], "n_event"]


def test_provenance_and_clusters(registers: dict[str, wm.Register]) -> None:
    compared = wm.compare_definitions(registers, years=3, cluster="person_id")
    assert compared.provenance["cluster"] == "person_id"
    assert len(compared.provenance["inputs"]) == 1
    assert set(compared.provenance["n_joining_not_known"]) == set(DEFINITIONS)
    plain = wm.compare_definitions(registers, years=3).frame
    # under the first definition everybody has one spell
    differs = ~np.isclose(compared.frame["std_error"], plain["std_error"], rtol=1e-9)
    assert differs.tolist() == [False, True]


def test_the_picture_has_a_row_a_definition(registers: dict[str, wm.Register]) -> None:
    ax = wm.compare_definitions(registers, years=3).plot()
    labels = [label.get_text() for label in ax.get_yticklabels()]
    plt.close("all")
    assert {label.replace("\n", " ") for label in labels} == set(DEFINITIONS)


@pytest.mark.parametrize("given", [{}, None, [1], {"left": 3}])
def test_something_else_is_refused(given: object) -> None:
    with pytest.raises(InvalidArgumentError, match="register"):
        wm.compare_definitions(given)
