"""A published table held against a new run, every figure by hand.

Published last year, shares to two decimals: ward A 3 of 10 tired (0.30), ward B 8 of 24 (0.33), ward C withheld.
The extract has been read again with one row more, in ward A, somebody who is tired; ward D is new.

    A: 4 / 11 = 0.363636...; published 0.30; difference 0.063636...; half a step is 0.005, so more than rounding
    B: 8 / 24 = 0.333333...; published 0.33; difference 0.003333... <= 0.005: rounding
    C: 2 / 12 shown now; withheld then: no difference may be told
    D: 5 / 10, not there before
"""

from __future__ import annotations

import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.provenance import made_from
from workforce_metrics.results import Result


def _extract() -> pd.DataFrame:
    counted = {"A": (4, 11), "B": (8, 24), "C": (2, 12), "D": (5, 10)}
    return pd.DataFrame(
        [(ward, i < tired) for ward, (tired, n) in counted.items() for i in range(n)], columns=["ward", "tired"]
    )


def _published() -> Result:
    table = pd.DataFrame(
        {
            "ward": ["A", "B", "C"], "indicator": "share:tired", "estimate": [0.30, 0.33, None], "n": [10, 24, None],
            "suppressed": [False, False, True], "rounded_to": 0.01,
        }
    )  # fmt: skip
    return Result(table, ("ward",), {**made_from("data frame", 10 + 24 + 12), "data": "data frame", "conf_level": 0.95})


def test_each_row_by_hand() -> None:
    now = wm.estimate(_extract(), "share:tired", by="ward")

    compared = wm.compare_runs(now, _published())

    found = compared.frame.set_index("ward")
    assert found.loc["A", "difference"] == pytest.approx(4 / 11 - 0.30, abs=1e-15)
    assert found.loc["B", "difference"] == pytest.approx(8 / 24 - 0.33, abs=1e-15)
    assert found.loc[["C", "D"], ["difference", "earlier", "estimate", "n"]].isna().all(axis=None)
    assert found["n_difference"].tolist()[:2] == [11 - 10, 24 - 24]
    assert found["explained_by"].to_dict() == {
        "A": "more rows in data frame: n 46 -> 57",  # 11 + 24 + 12 + 10 rows
        "B": "within rounding of the saved figures",
        "C": "suppressed before, not now",
        "D": "row not there before",
    }
    assert found["differs"].to_dict() == {"A": "estimate, n", "B": "estimate", "C": "", "D": ""}
    # A: who holds both tables knows of the eleventh person: 4 - 3 = 1 of 11 - 10 = 1 is tired. C was to be hidden.
    assert found["too_close"].to_dict() == {"A": True, "B": False, "C": True, "D": False}
    assert compared.summary == (
        "Of 4 rows 0 show no difference, 1 differ within rounding and 1 by more (1 accounted for, 0 not); 2 cannot be"
        " compared. Between the runs: more rows in data frame: n 46 -> 57. 2 of them tell of few people to whoever"
        " holds both runs (hidden in one and shown in the other, or on numbers of people that hardly differ): look at"
        " them first."
    )
