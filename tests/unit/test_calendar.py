"""Anniversaries by the corresponding date rule."""

import numpy as np
import pytest

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.survival.calendar import anniversary, units_per_year
from workforce_metrics.survival.ties import fix_ties


@pytest.mark.parametrize(
    ("joined", "years", "expected"),
    [
        ("2016-02-29", 1, "2017-02-28"),
        ("2016-02-29", 4, "2020-02-29"),
        ("2016-02-29", 5, "2021-02-28"),
        ("2016-02-28", 5, "2021-02-28"),
        ("2016-03-01", 5, "2021-03-01"),
        ("2019-12-31", 5, "2024-12-31"),
        ("2015-03-01", 1, "2016-03-01"),
    ],
)
def test_anniversary(joined: str, years: int, expected: str) -> None:
    assert anniversary(np.array([joined], dtype="datetime64[D]"), years).astype(str).tolist() == [expected]


def test_unknown_unit_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="fortnights"):
        units_per_year("fortnights")


def test_times_that_differ_in_the_last_bits_are_one_time() -> None:
    times = np.array([0.3, 0.1 + 0.2, 0.3 * (1 + 1e-7)])

    fixed = fix_ties(times)[0]

    assert fixed[0] == fixed[1] == 0.3
    assert fixed[2] == times[2]


def test_near_ties_are_found_between_entry_and_duration() -> None:
    entry, duration = fix_ties(np.array([0.0, 3 * 0.1]), np.array([0.3, 1.0]))

    assert entry[1] == duration[0]
