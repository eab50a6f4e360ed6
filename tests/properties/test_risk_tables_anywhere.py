"""One risk table, whoever counts: from a cohort, streamed from disk, or grouped by another engine."""

import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import dataset

import workforce_metrics as wm
from workforce_metrics.extracts import LoadReport

CAUSES = {"retired": "retirement", "Moved away": "other", "end of CONTRACT": None}
REASONS = ["Retired", "moved away", "End of contract", "died"]
DEFINITION = "left the register"


def dates(rng: np.random.Generator, n: int, first: str, last: str) -> np.ndarray:
    start, end = np.datetime64(first, "D"), np.datetime64(last, "D")
    found = start + rng.integers(0, int((end - start).astype(int)) + 1, n)
    leap = np.array(["2012-02-29", "2016-02-29", "2008-02-29"], dtype="datetime64[D]")
    return np.where(rng.random(n) < 0.15, rng.choice(leap, n), found)


def random_register(
    seed: int, n: int, *, seen: bool = False, weighted: bool = False, observed_from: str | None = "2013-03-01"
) -> wm.Register:
    """Spells with leap days, leavings on anniversaries, late entries and missing values."""
    rng = np.random.default_rng(seed)
    joined = dates(rng, n, "2007-01-01", "2019-06-30")
    left = joined + rng.integers(1, 2600, n)
    anniversary = (joined.astype("datetime64[M]") + 60).astype("datetime64[D]")
    anniversary += joined - joined.astype("datetime64[M]").astype("datetime64[D]")
    left = np.where(rng.random(n) < 0.2, anniversary + rng.integers(-1, 2, n), left)
    left = np.where((left > np.datetime64("2019-12-31")) | (rng.random(n) < 0.2), np.datetime64("NaT"), left)
    table = pd.DataFrame(
        {
            "person_id": pd.array([f"p{i}" for i in range(n)], dtype="string[pyarrow]"),
            "joined": joined.astype("datetime64[s]"),
            "left": left.astype("datetime64[s]"),
            "reason": pd.Categorical(np.where(np.isnat(left), None, rng.choice([*REASONS, None], n)), REASONS),
            "site": pd.Categorical(rng.choice(["z", "b", "a", None], n), ["z", "never", "b", "a"]),
            "band": pd.Categorical(rng.choice(["young", "old"], n), ["young", "old"], ordered=True),
            "grade": pd.array(rng.choice([2, 10, 1], n), dtype="Int64"),
            "town": pd.array(rng.choice(["York", "bath", None], n), dtype="string[pyarrow]"),
        }
    )
    table.loc[rng.random(n) < 0.1, "grade"] = pd.NA
    if seen:
        seen_from = joined + rng.integers(0, 900, n)
        table["seen_from"] = np.where(rng.random(n) < 0.4, np.datetime64("NaT"), seen_from).astype("datetime64[s]")
        table.loc[rng.random(n) < 0.15, "joined"] = pd.NaT
    if weighted:
        table["w"] = rng.choice([0.1, 1.7, 3.0, 0.0, 1e-7, 12345.678], n)
    report = LoadReport(
        "made up", n, pd.DataFrame({"action": [], "rule": [], "column": [], "n": []}), pd.DataFrame({"row": [], "rule": []})
    )
    return wm.Register(table, DEFINITION, pd.Timestamp(observed_from), pd.Timestamp("2019-12-31"), report)


def of_cohort(register: wm.Register, by: list[str], **asked: object) -> wm.RiskTable | None:
    """The table to compare with; None where nobody was ever at risk."""
    try:
        return wm.risk_table(wm.build_cohort(register, **asked), by=by)  # type: ignore[arg-type]
    except wm.errors.InvalidDataError:
        return None


def assert_same(found: wm.RiskTable, expected: wm.RiskTable, *, exactly: bool = True) -> None:
    assert found.causes == expected.causes
    assert (found.time_unit, found.is_weighted) == (expected.time_unit, expected.is_weighted)
    assert dict(found.provenance) == dict(expected.provenance)
    pd.testing.assert_frame_equal(found.groups, expected.groups)
    for name, own in vars(found.counts).items():
        other = getattr(expected.counts, name)
        assert own.dtype == other.dtype, name
        if exactly:
            np.testing.assert_array_equal(own, other, err_msg=name)
        else:
            np.testing.assert_allclose(own, other, rtol=1e-12, atol=1e-9, err_msg=name)


SEEDS = st.integers(0, 10_000)
BY = st.sampled_from([[], ["site"], ["band", "site"], ["grade"], ["town", "grade", "band"], ["reason"]])


@settings(max_examples=60)
@given(seed=SEEDS, n=st.integers(1, 60), by=BY, years=st.integers(1, 6), apart=st.booleans(), seen=st.booleans(),
       weighted=st.booleans(), since=st.sampled_from([None, "2013-03-01"]))  # fmt: skip
def test_streamed_from_disk(
    seed: int, n: int, by: list[str], years: int, *, apart: bool, seen: bool, weighted: bool, since: str | None
) -> None:
    register = random_register(seed, n, seen=seen, weighted=weighted, observed_from=since)
    asked = {"horizon_years": years, "causes": CAUSES if apart else None, "weight": "w" if weighted else None}
    expected = of_cohort(register, by, **asked)

    with tempfile.TemporaryDirectory() as folder:
        path = register.to_parquet(Path(folder) / "one.parquet")
        if expected is None:
            with pytest.raises(wm.errors.InvalidDataError):
                wm.risk_table(path, by=by, **asked)  # type: ignore[arg-type]
            return
        assert_same(wm.risk_table(path, by=by, **asked), expected)  # type: ignore[arg-type]
        assert_same(wm.risk_table(dataset.dataset(path), by=by, **asked), expected)  # type: ignore[arg-type]


@settings(max_examples=20)
@given(seed=SEEDS, cuts=st.lists(st.integers(1, 80), min_size=1, max_size=4), weighted=st.booleans())
def test_a_folder_of_files_is_one_register(seed: int, cuts: list[int], *, weighted: bool) -> None:
    register = random_register(seed, 80, weighted=weighted)
    by, asked = ["site", "town"], {"causes": CAUSES, "weight": "w" if weighted else None}
    expected = of_cohort(register, by, **asked)
    assert expected is not None

    with tempfile.TemporaryDirectory() as folder:
        edges = sorted({0, *cuts, 80})
        for number, (first, last) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
            part = wm.Register(
                register.table.iloc[first:last], DEFINITION, register.observed_from, register.observed_to,
                register.report,
            )  # fmt: skip
            part.to_parquet(Path(folder) / f"part{number}.parquet")
        assert_same(wm.risk_table(folder, by=by, **asked), expected)  # type: ignore[arg-type]


def plain(register: wm.Register) -> pd.DataFrame:
    """The spells as another program would hold them: categories as text, plain numbers."""
    table = register.table.astype({"reason": object, "site": object, "band": object, "town": object, "grade": "float"})
    for name in ("reason", "site", "band", "town"):
        table[name] = table[name].where(table[name].notna(), None)
    return table


def in_engine(name: str, table: pd.DataFrame) -> object:
    if name == "pandas":
        return table
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    if name == "pyarrow":
        return arrow
    if name == "polars":
        return pl.from_arrow(arrow).lazy()  # type: ignore[union-attr]
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: pip install duckdb")
    return duckdb.sql("select * from arrow")


@pytest.mark.parametrize("engine", ["polars", "duckdb", "pandas", "pyarrow"])
def test_grouped_by_another_engine(engine: str) -> None:
    in_engine(engine, plain(random_register(0, 5)))  # skips here where the engine is not installed

    @settings(max_examples=25)
    @given(seed=SEEDS, n=st.integers(1, 60), by=st.sampled_from([[], ["site"], ["town", "grade", "band"]]),
           years=st.integers(1, 6), apart=st.booleans(), seen=st.booleans(), weighted=st.booleans())  # fmt: skip
    def whoever_counts(
        seed: int, n: int, by: list[str], years: int, *, apart: bool, seen: bool, weighted: bool
    ) -> None:
        register = random_register(seed, n, seen=seen, weighted=weighted)
        table = plain(register)
        as_text = wm.Register(table, DEFINITION, register.observed_from, register.observed_to, register.report)
        asked = {"horizon_years": years, "causes": CAUSES if apart else None, "weight": "w" if weighted else None}
        expected = of_cohort(as_text, by, **asked)
        means = {"definition": DEFINITION, "window": ("2013-03-01", "2019-12-31")}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            if expected is None:
                with pytest.raises(wm.errors.InvalidDataError):
                    wm.risk_table(in_engine(engine, table), by=by, engine="lazy", **asked, **means)  # type: ignore[arg-type]
                return
            found = wm.risk_table(in_engine(engine, table), by=by, engine="lazy", **asked, **means)  # type: ignore[arg-type]
        assert_same(found, expected, exactly=not weighted)

    whoever_counts()


@settings(max_examples=20)
@given(seed=SEEDS, n=st.integers(30, 60), weighted=st.booleans())
def test_a_register_in_parquet_comes_back_as_it_was(seed: int, n: int, *, weighted: bool) -> None:
    register = random_register(seed, n, seen=True, weighted=weighted)

    with tempfile.TemporaryDirectory() as folder:
        found = wm.Register.from_parquet(register.to_parquet(Path(folder) / "register.parquet"))
        table = wm.risk_table(wm.build_cohort(register, causes=CAUSES), by=["site", "grade"])
        again = wm.RiskTable.from_parquet(table.to_parquet(Path(folder) / "table.parquet"))

    pd.testing.assert_frame_equal(found.table, register.table)
    pd.testing.assert_frame_equal(found.report.counts, register.report.counts)
    assert (found.definition, found.observed_from, found.observed_to) == (
        register.definition, register.observed_from, register.observed_to,
    )  # fmt: skip
    assert_same(again, table)


@settings(max_examples=20)
@given(seed=SEEDS, cuts=st.lists(st.integers(1, 80), min_size=1, max_size=6), weighted=st.booleans())
def test_pooled_tables_are_the_table_of_all(seed: int, cuts: list[int], *, weighted: bool) -> None:
    """Also their numbers at risk among people of unlike weights, to the last bits."""
    register = random_register(seed, 80, weighted=weighted)
    cohort = wm.build_cohort(register, causes=CAUSES, weight="w" if weighted else None)
    edges = sorted({0, *(cut for cut in cuts if cut < len(cohort)), len(cohort)})
    parts = [
        wm.risk_table(part_of(cohort, slice(first, last)), by="site")
        for first, last in zip(edges[:-1], edges[1:], strict=True)
    ]

    pooled, whole = wm.RiskTable.pooled(parts), wm.risk_table(cohort, by="site")

    pd.testing.assert_frame_equal(pooled.groups.astype(object), whole.groups.astype(object))
    for name, own in vars(pooled.counts).items():
        np.testing.assert_allclose(own, getattr(whole.counts, name), rtol=1e-12, atol=1e-12, err_msg=name)


def part_of(cohort: wm.Cohort, rows: slice) -> wm.Cohort:
    from dataclasses import replace

    return replace(
        cohort,
        duration=cohort.duration[rows],
        cause=cohort.cause[rows],
        entry=None if cohort.entry is None else cohort.entry[rows],
        weight=None if cohort.weight is None else cohort.weight[rows],
        covariates=cohort.covariates.iloc[rows].reset_index(drop=True),
        joined=None if cohort.joined is None else cohort.joined[rows],
    )
