"""Risk tables and model cells of spells that Spark holds: the same as from a cohort, on Spark's local mode."""

import os
import shutil
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.extracts import LoadReport

pytest.importorskip("pyspark", reason="PySpark is not installed: pip install 'workforce-metrics[spark]'")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java: install a JRE such as default-jre-headless", allow_module_level=True)

CAUSES = {"retired": "retirement", "moved": "other", "end of contract": None}
MEANS = {"definition": "left the register", "window": ("2013-03-01", "2019-12-31")}


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.ui.enabled", "false")
            .getOrCreate()
        )
        yield session
        session.stop()


def spells(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    joined = np.datetime64("2007-01-01") + rng.integers(0, 4_500, n)
    joined[: n // 20] = np.datetime64("2012-02-29")
    left = joined + rng.integers(1, 2_600, n)
    left[: n // 40] = np.datetime64("2017-02-28")
    left = np.where((left > np.datetime64("2019-12-31")) | (rng.random(n) < 0.2), np.datetime64("NaT"), left)
    seen = np.where(rng.random(n) < 0.5, np.datetime64("NaT"), joined + rng.integers(0, 900, n))
    joined = np.where(rng.random(n) < 0.03, np.datetime64("NaT"), joined)
    return pd.DataFrame(
        {
            "joined": joined.astype("datetime64[s]"),
            "left": left.astype("datetime64[s]"),
            "seen_from": seen.astype("datetime64[s]"),
            "reason": rng.choice(["Retired", "moved", "End of contract", "died", None], n),
            "site": rng.choice(["z", "b", "a", None], n),
            "grade": rng.choice([2, 10, 1], n),
            "w": rng.choice([0.5, 1.0, 2.25], n),
        }
    )


def register_of(table: pd.DataFrame) -> wm.Register:
    empty = pd.DataFrame({"action": [], "rule": [], "column": [], "n": []})
    report = LoadReport("made up", len(table), empty, pd.DataFrame({"row": [], "rule": []}))
    return wm.Register(table, "left the register", pd.Timestamp("2013-03-01"), pd.Timestamp("2019-12-31"), report)


def in_spark(spark: Any, table: pd.DataFrame) -> Any:
    import datetime as dt

    def day(value: pd.Timestamp) -> dt.date | None:
        return None if pd.isna(value) else value.date()

    rows = [
        (*map(day, row[:3]), *(None if value is None else value for value in row[3:5]), int(row[5]), float(row[6]))
        for row in table.itertuples(index=False, name=None)
    ]
    schema = "joined date, left date, seen_from date, reason string, site string, grade int, w double"
    return spark.createDataFrame(rows, schema)


def test_risk_table_on_spark(spark: Any) -> None:
    table = spells(400, seed=11)
    asked: dict[str, Any] = {"causes": CAUSES, "weight": "w"}
    expected = wm.risk_table(wm.build_cohort(register_of(table), **asked), by=["site", "grade"])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Spark's own making
        found = wm.risk_table(in_spark(spark, table), by=["site", "grade"], **asked, **MEANS)

    assert found.causes == expected.causes
    assert dict(found.provenance) == dict(expected.provenance)
    pd.testing.assert_frame_equal(found.groups, expected.groups, check_dtype=False)
    for name, own in vars(found.counts).items():  # weights are quarters: their sums are exact in any order
        np.testing.assert_array_equal(own, getattr(expected.counts, name), err_msg=name)


def test_model_cells_on_spark(spark: Any) -> None:
    table = spells(400, seed=12)
    asked: dict[str, Any] = {"causes": CAUSES, "weight": "w", "interval": "quarter", "incomplete": "leave_out"}
    expected = wm.model_cells(wm.build_cohort(register_of(table), causes=CAUSES, weight="w"), ["site", "grade"],
                              interval="quarter", incomplete="leave_out")  # fmt: skip

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Spark's own making
        found = wm.model_cells(in_spark(spark, table), ["site", "grade"], **asked, **MEANS)

    pd.testing.assert_frame_equal(found.patterns, expected.patterns, check_dtype=False)
    np.testing.assert_array_equal(found.n_used, expected.n_used)
    for own, other in zip(found.cells.event, expected.cells.event, strict=True):
        np.testing.assert_array_equal(own.cell, other.cell)
        np.testing.assert_array_equal(own.amount, other.amount)
    np.testing.assert_array_equal(found.cells.change.amount, expected.cells.change.amount)
