"""Runs compared: a run with itself, one cell perturbed, rows in another order, the two sides swapped."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.estimation.explanations import EXACT
from workforce_metrics.provenance import Input, from_json, made_from, to_json, united_inputs
from workforce_metrics.results import Result

FEW = settings(max_examples=20)
NUMBERS = st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6, allow_subnormal=False))
NAMES = st.text("abcdef_", min_size=1, max_size=6)
PLAIN = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3).map(tuple), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=5,
)
PROVENANCES = st.dictionaries(NAMES, PLAIN, max_size=4)


@st.composite
def runs(draw: st.DrawFn) -> Result:
    n = draw(st.integers(1, 8))
    columns = {name: draw(st.lists(NUMBERS, min_size=n, max_size=n)) for name in ("estimate", "conf_low")}
    people = draw(st.lists(st.integers(0, 200), min_size=n, max_size=n))
    hidden = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    table = pd.DataFrame({"team": [f"t{i}" for i in range(n)], "time": 5.0, **columns, "n": people})
    table = table.assign(n=table["n"].astype("Int64").mask(hidden), suppressed=hidden)
    table.loc[hidden, ["estimate", "conf_low"]] = np.nan
    return Result(table, ("team",), {"conf_level": 0.95, **made_from("extract.csv", 500)})


@FEW
@given(run=runs())
def test_a_run_does_not_differ_from_itself(run: Result) -> None:
    compared = wm.compare_runs(run, run).frame

    assert set(compared["explained_by"]) <= {"no difference", "suppressed"}
    assert (compared["explained_by"] == "suppressed").tolist() == run.frame["suppressed"].tolist()
    assert (compared["differs"] == "").all()
    assert not compared["too_close"].any()


@FEW
@given(run=runs(), data=st.data())
def test_one_perturbed_cell_is_found_and_no_other(run: Result, data: st.DataObject) -> None:
    table = run.frame
    shown = np.flatnonzero(~table["suppressed"])
    if not len(shown):
        return
    row = int(data.draw(st.sampled_from(shown.tolist())))
    column = data.draw(st.sampled_from(["estimate", "conf_low", "n"]))
    value = table.loc[row, column]
    by = data.draw(st.floats(3 * EXACT, 10.0)) if column != "n" else data.draw(st.integers(1, 50))
    moved = 1.0 if pd.isna(value) else value + by * max(1.0, abs(value)) if column != "n" else value + by
    table.loc[row, column] = moved

    compared = wm.compare_runs(run.with_table(table), run).frame

    assert np.flatnonzero(compared["differs"] != "").tolist() == [row]
    assert compared.loc[row, "differs"] == column
    assert compared.loc[row, "explained_by"] == "unexplained"
    assert bool(compared.loc[row, "too_close"]) == (column == "n" and by < 11)


@FEW
@given(run=runs(), other=runs(), data=st.data())
def test_neither_the_order_of_rows_nor_of_sides_matters(run: Result, other: Result, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(run.table))))
    shuffled = run.with_table(run.frame.iloc[list(order)])

    there, back = wm.compare_runs(run, other).frame.set_index("team"), wm.compare_runs(other, shuffled).frame
    back = back.set_index("team").loc[there.index]

    pd.testing.assert_series_equal(there["difference"], -back["difference"], check_names=False)
    assert there["differs"].tolist() == back["differs"].tolist()
    assert there["too_close"].tolist() == back["too_close"].tolist()
    swapped = {"row not there before": "row not there now", "suppressed before, not now": "suppressed now, not before"}
    swapped |= {value: key for key, value in swapped.items()}
    assert [swapped.get(why, why) for why in back["explained_by"]] == there["explained_by"].tolist()


@FEW
@given(run=runs(), other=runs())
def test_numbers_stand_only_where_both_runs_show_them(run: Result, other: Result) -> None:
    compared = wm.compare_runs(run, other).frame.set_index("team")
    shown = [set(one.frame.loc[~one.frame["suppressed"], "team"]) for one in (run, other)]
    apart = [team not in shown[0] & shown[1] for team in compared.index]

    numbers = ["estimate", "earlier", "difference", "n", "earlier_n", "n_difference"]
    assert compared.loc[apart, numbers].isna().all(axis=None)
    assert (compared.loc[apart, "differs"] == "").all()


@FEW
@given(provenance=PROVENANCES)
def test_a_provenance_comes_back_from_its_text(provenance: dict[str, object]) -> None:
    once = from_json(to_json(provenance))

    assert to_json(once) == to_json(provenance)
    assert once == {name: value for name, value in provenance.items() if value is not None}


@FEW
@given(sizes=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3)), min_size=1, max_size=5), data=st.data())
def test_inputs_united_in_any_order_are_the_same(sizes: list[tuple[str, int]], data: st.DataObject) -> None:
    made = [made_from(f"{name}.csv", n) for name, n in sizes]

    united = united_inputs(made)
    others = united_inputs(data.draw(st.permutations(made)))

    assert united == others
    assert len(united["inputs"]) == len(sizes)
    assert all(isinstance(one, Input) for one in united["inputs"])
