"""Groups as codes."""

import numpy as np
import pandas as pd

from workforce_metrics.groups import group_codes


def test_many_columns_of_many_levels() -> None:
    """Seven columns of 1,000 levels have more combinations than an int64 can count."""
    levels = np.random.default_rng(1).permutation(1000)
    table = pd.DataFrame({f"column_{i}": np.roll(levels, i) for i in range(7)})

    groups = group_codes(table, tuple(table.columns), missing="no group")

    assert groups.codes.tolist() == levels.tolist()  # the first column alone tells all rows apart
    pd.testing.assert_frame_equal(groups.labels, table.sort_values("column_0").reset_index(drop=True))


def test_rows_without_a_value_are_in_no_group() -> None:
    table = pd.DataFrame({"site": ["x", None, "y", "x"], "grade": [2.0, 1.0, np.nan, 1.0]})

    groups = group_codes(table, ("site", "grade"), missing="no group")

    assert groups.codes.tolist() == [1, -1, -1, 0]
    assert groups.labels.to_numpy().tolist() == [["x", 1.0], ["x", 2.0]]
