"""Bounds of a pooled risk: by hand, and what is refused."""

from dataclasses import replace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import DefinitionMismatchError, InvalidArgumentError, InvalidDataError, MissingColumnError

NORTH = pd.DataFrame({"time": [1, 2], "n_risk": [100, 70], "n_event": [20, 7], "n_censor": [10, 3], "n_entry": [0, 10]})
SOUTH = NORTH.assign(n_risk=[50, 40], n_event=[5, 4], n_censor=[5, 6], n_entry=[0, 0])


def bounds(*tables: Any, **asked: Any) -> dict[str, float]:
    return wm.pooled_risk_bounds(list(tables), **{"years": 2, **asked}).frame.iloc[0].to_dict()  # type: ignore[return-value]


def test_two_houses_by_hand() -> None:
    found = bounds(NORTH, SOUTH)

    assert found["possible_high"] == pytest.approx(1 - (1 - 25 / (90 + 45)) * (1 - 11 / (67 + 34)))
    assert found["possible_low"] == pytest.approx(1 - (1 - 25 / 150) * (1 - 11 / (110 + 10)))
    assert found["estimate"] == pytest.approx(1 - (1 - 25 / (150 - 7.5)) * (1 - 11 / (110 + 0.5)))
    assert (found["n"], found["n_missing"], found["n_event"]) == (160, 0, 36)


def test_a_hidden_house_by_hand() -> None:
    hidden = SOUTH.assign(n_risk=np.nan, n_event=None, n_censor=np.nan, n_entry=None)

    found = bounds(NORTH, hidden, hidden_at_most=3)

    fewest = min(100 - 10 - 20, 70 - 3 - 7)
    assert found["possible_high"] == pytest.approx(1 - (1 - 20 / 90) * (1 - 7 / 67) * (fewest / (fewest + 1)) ** 3)
    assert found["possible_low"] == pytest.approx(1 - (1 - 20 / 103) * (1 - 7 / 83))
    assert (found["n"], found["n_missing"]) == (110, 3)


def test_a_risk_set_that_may_run_empty() -> None:
    table = pd.DataFrame({"time": [2], "n_risk": [5], "n_event": [3], "n_censor": [2], "n_entry": [0]})

    found = bounds(table)

    assert (found["possible_low"], found["possible_high"]) == (pytest.approx(3 / 5), 1.0)


def test_nobody_left() -> None:
    found = bounds(NORTH.assign(n_event=0))

    assert (found["possible_low"], found["estimate"], found["possible_high"]) == (0.0, 0.0, 0.0)


def test_finer_spans_of_one_house_are_added_up() -> None:
    whole = pd.DataFrame({"time": [2], "n_risk": [100], "n_event": [27], "n_censor": [13], "n_entry": [10]})

    assert bounds(NORTH, SOUTH[1:].assign(n_risk=50)) == bounds(whole, SOUTH[1:].assign(n_risk=50))


def test_causes_are_taken_together() -> None:
    apart = pd.concat(
        [NORTH.assign(cause="moved", n_event=[15, 5]), NORTH.assign(cause="retired", n_event=[5, 2])], ignore_index=True
    )

    assert bounds(apart) == bounds(NORTH)


def test_groups_that_one_house_lacks() -> None:
    first = pd.concat([NORTH.assign(group="a"), SOUTH.assign(group="b")])

    found = wm.pooled_risk_bounds([first, SOUTH.assign(group="b")], years=2).frame

    assert found["group"].tolist() == ["a", "b"]
    assert found.loc[0, "possible_high"] == pytest.approx(bounds(NORTH)["possible_high"])
    assert found.loc[1, "possible_high"] == pytest.approx(bounds(SOUTH, SOUTH)["possible_high"])


@pytest.mark.parametrize(
    ("tables", "asked", "error", "message"),
    [
        ([], {}, InvalidArgumentError, "tables"),
        ([NORTH], {"years": 3}, InvalidArgumentError, "in every table"),
        ([NORTH], {"years": 0}, InvalidArgumentError, "years"),
        ([NORTH.assign(n_risk=np.nan)], {}, InvalidArgumentError, "1 hidden"),
        ([NORTH.assign(n_risk=np.nan)], {"hidden_at_most": -1}, InvalidArgumentError, "hidden_at_most"),
        ([NORTH.drop(columns="n_censor")], {}, MissingColumnError, "n_censor"),
        ([NORTH, SOUTH.assign(group="a")], {}, InvalidDataError, "grouping columns"),
        ([NORTH.assign(n_event=[95, 1])], {}, InvalidDataError, "n_event"),
        ([NORTH.assign(n_event=[-1, 1])], {}, InvalidDataError, "from 0"),
        ([NORTH, SOUTH[1:], NORTH[:1]], {}, InvalidArgumentError, "in every table"),
    ],
)
def test_what_is_refused(tables: list[Any], asked: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        wm.pooled_risk_bounds(tables, **{"years": 2, **asked})


def spans(definition: str = "left", **change: Any) -> Any:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"day": rng.integers(1, 1_500, 400), "left": rng.random(400) < 0.5, "w": 2.0})
    cohort = wm.Cohort.from_frame(
        frame, duration="day", event="left", time_unit="days", definition=definition, **change
    )
    return wm.risk_table(cohort)


def test_tables_that_mean_different_things_or_no_people_are_refused() -> None:
    one = spans().between([365, 730.5])
    with pytest.raises(DefinitionMismatchError, match="definition"):
        wm.pooled_risk_bounds([one, spans("retired").between([365, 730.5])], years=2)
    with pytest.raises(InvalidArgumentError, match="weights"):
        wm.pooled_risk_bounds([spans(weight="w").between([730.5])], years=2)
    with pytest.raises(InvalidArgumentError, match="rounded"):
        wm.pooled_risk_bounds([replace(one, provenance={**one.provenance, "round_to": 5})], years=2)


def test_the_picture_shows_the_bounds() -> None:
    found = wm.pooled_risk_bounds([spans().between([365, 730.5])], years=2)

    axes = found.plot()

    assert "2 years" in "".join(text.get_text() for text in axes.figure.findobj(plt.Text))
    plt.close(axes.figure)


def test_who_was_followed_to_the_horizon_is_still_there() -> None:
    extract = wm.simulate_register(2_000, seed=3, n_organisations=3).extract
    register = wm.read_register(
        extract, columns={"person_id": "PIN", "joined": "First registration", "left": "Lapsed"},
        date_formats="%Y-%m-%d", definition="left", observed_from="2018-04-01", observed_to="2025-03-31",
    )  # fmt: skip
    longer, shorter = (wm.risk_table(register, horizon_years=years).between([4, 5]).frame.iloc[1] for years in (7, 5))

    assert shorter["n_risk"] == longer["n_risk"]
    assert abs(shorter["n_censor"] - longer["n_censor"]) <= 3  # but for who was censored on the last two days
    assert longer["n_censor"] < 0.3 * longer["n_risk"]
