"""A register of five nurses, worked on paper row by row.

Observed from 31 March 2015 to 31 March 2025; back within 30 days is no leaving. Rows as they stand in the file:

row  nurse  from        to          why         route   on paper
1    A      2010-09-01  2013-05-31  Lapsed      UK      over before the window: set aside
2    A      2016-01-04                          UK      A2: still there
3    B      2014-02-03  2016-06-30  Lapsed      EU      B1 begins; ends with row 4, which is 20 days later
4    B      2016-07-20  2019-01-31  Retirement  EU      B1: 2014-02-03 to 2019-01-31, Retirement
5    B      2019-03-03  2020-02-29  Lapsed      UK      31 days after row 4: B2
6    C      2017-05-01  2017-05-01  Other       UK      no length: set aside
7    C      2017-05-01  2018-05-01  Other       UK      C1
8    C      2017-05-01  2018-05-01  Other       UK      repeats row 7: set aside
9    D      2015-04-01  2025-04-01  Moved       UK      leaves after the window: still there, no reason
10   E      2018-13-01                          UK      no such month: set aside

10 rows = 6 kept (2, 3, 4, 5, 7, 9) + 4 set aside; 5 spells of 4 nurses, 3 of them ended.
"""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.extracts import Register
from workforce_metrics.loaders.register import read_register

ROWS = """nurse,from,to,why,route
A,2010-09-01,2013-05-31,Lapsed,UK
A,2016-01-04,,,UK
B,2014-02-03,2016-06-30,Lapsed,EU
B,2016-07-20,2019-01-31,Retirement,EU
B,2019-03-03,2020-02-29,Lapsed,UK
C,2017-05-01,2017-05-01,Other,UK
C,2017-05-01,2018-05-01,Other,UK
C,2017-05-01,2018-05-01,Other,UK
D,2015-04-01,2025-04-01,Moved,UK
E,2018-13-01,,,UK
"""


@pytest.fixture(scope="module")
def register() -> Register:
    return read_register(
        pd.read_csv(io.StringIO(ROWS), dtype=str),
        columns={"person_id": "nurse", "joined": "from", "left": "to", "reason": "why"},
        definition="left the register",
        observed_from="2015-03-31",
        observed_to="2025-03-31",
        date_formats="%Y-%m-%d",
        rejoin_within_days=30,
    )


def test_the_spells_are_those_on_paper(register: Register) -> None:
    expected = pd.DataFrame(
        {
            "person_id": ["A", "B", "B", "C", "D"],
            "joined": ["2016-01-04", "2014-02-03", "2019-03-03", "2017-05-01", "2015-04-01"],
            "left": [None, "2019-01-31", "2020-02-29", "2018-05-01", None],
            "reason": [np.nan, "Retirement", "Lapsed", "Other", np.nan],
            "route": ["UK", "EU", "UK", "UK", "UK"],
        }
    ).astype({"joined": "datetime64[s]", "left": "datetime64[s]"})

    table = register.spells.astype({"person_id": object, "reason": object, "route": object})

    pd.testing.assert_frame_equal(table, expected, check_dtype=False)


def test_the_account_is_that_on_paper(register: Register) -> None:
    rows = register.report.rows

    assert dict(zip(rows["row"], rows["rule"], strict=True)) == {
        1: "left on or before observed_from",
        6: "zero-length spell",
        8: "exact duplicate",
        10: "joined unreadable",
    }
    assert (register.report.n_read, register.report.n_kept, register.report.n_set_aside) == (10, 10 - 4, 4)
    assert register.report.count("re-joined within tolerance") == 1
    assert register.report.count("left after observed_to read as still there") == 1


def test_the_register_says_what_it_is(register: Register) -> None:
    assert repr(register) == "<Register left the register: 5 spells, 3 left, observed 2015-03-31 to 2025-03-31>"
