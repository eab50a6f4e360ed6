"""Risk tables and model cells are the same whoever counts: of a cohort, streamed from disk, by another engine."""

import tempfile
import warnings
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

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
from workforce_metrics.survival.discrete_hazard.model_cells import ModelCells

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
        "made up",
        n,
        pd.DataFrame({"action": [], "rule": [], "column": [], "n": []}),
        pd.DataFrame({"row": [], "rule": []}),
    )
    return wm.Register(table, DEFINITION, pd.Timestamp(observed_from), pd.Timestamp("2019-12-31"), report)


def of_cohort(register: wm.Register, by: list[str], **asked: object) -> wm.RiskTable | None:
    """The table to compare with; None where nobody was ever at risk."""
    try:
        return wm.risk_table(wm.build_cohort(register, **asked), by=by)  # type: ignore[arg-type]
    except wm.errors.InvalidDataError:
        return None


def labels(groups: pd.DataFrame) -> list[list[Any]]:
    """The groups as they read: a column of missing values alone has no type of its own."""
    return groups.astype(object).where(groups.notna(), None).to_numpy().tolist()


def assert_same(found: wm.RiskTable, expected: wm.RiskTable, *, exactly: bool = True, typed: bool = True) -> None:
    assert found.causes == expected.causes
    assert (found.time_unit, found.is_weighted) == (expected.time_unit, expected.is_weighted)
    assert dict(found.provenance) == dict(expected.provenance)
    assert labels(found.groups) == labels(expected.groups)
    if typed:
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


@settings(max_examples=30)
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


@settings(max_examples=12)
@given(seed=SEEDS, cuts=st.lists(st.integers(1, 80), min_size=1, max_size=4), weighted=st.booleans())
def test_a_folder_of_files_is_one_register(seed: int, cuts: list[int], *, weighted: bool) -> None:
    register = random_register(seed, 80, weighted=weighted)
    by, asked = ["site", "town"], {"causes": CAUSES, "weight": "w" if weighted else None}
    expected = of_cohort(register, by, **asked)
    assert expected is not None

    with tempfile.TemporaryDirectory() as folder:
        edges = sorted({0, *cuts, 80})
        for number, (first, last) in enumerate(pairwise(edges)):
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

    @settings(max_examples=4 if engine == "duckdb" else 12)
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
        assert_same(found, expected, exactly=not weighted, typed=False)

    whoever_counts()


@settings(max_examples=12)
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


@settings(max_examples=12)
@given(seed=SEEDS, cuts=st.lists(st.integers(1, 80), min_size=1, max_size=6), weighted=st.booleans())
def test_pooled_tables_are_the_table_of_all(seed: int, cuts: list[int], *, weighted: bool) -> None:
    """Also their numbers at risk among people of unlike weights, to the last bits."""
    register = random_register(seed, 80, weighted=weighted)
    cohort = wm.build_cohort(register, causes=CAUSES, weight="w" if weighted else None)
    edges = sorted({0, *(cut for cut in cuts if cut < len(cohort)), len(cohort)})
    parts = [wm.risk_table(part_of(cohort, slice(first, last)), by="site") for first, last in pairwise(edges)]

    pooled, whole = wm.RiskTable.pooled(parts), wm.risk_table(cohort, by="site")

    pd.testing.assert_frame_equal(pooled.groups.astype(object), whole.groups.astype(object))
    for name, own in vars(pooled.counts).items():
        np.testing.assert_allclose(own, getattr(whole.counts, name), rtol=1e-12, atol=1e-12, err_msg=name)


def part_of(cohort: wm.Cohort, rows: slice) -> wm.Cohort:
    return replace(
        cohort,
        duration=cohort.duration[rows],
        cause=cohort.cause[rows],
        entry=None if cohort.entry is None else cohort.entry[rows],
        weight=None if cohort.weight is None else cohort.weight[rows],
        covariates=cohort.covariates.iloc[rows].reset_index(drop=True),
        joined=None if cohort.joined is None else cohort.joined[rows],
    )


MEANS: dict[str, Any] = {"definition": DEFINITION, "window": ("2013-03-01", "2019-12-31")}
INTERVALS = st.sampled_from(["year", "quarter", "month", (0.5, 1.0, 2.0)])
INCOMPLETE = st.sampled_from(["half", "full", "leave_out"])


def assert_same_cells(found: ModelCells, expected: ModelCells, *, exactly: bool = True) -> None:
    tolerance = {} if exactly else {"rtol": 1e-12, "atol": 1e-9}
    assert (found.causes, found.interval, found.time_unit) == (expected.causes, expected.interval, expected.time_unit)
    assert found.provenance == expected.provenance
    assert labels(found.patterns) == labels(expected.patterns)
    for name in ("ends", "n_spells", "n_at_risk", "n_used", "leavings"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
    np.testing.assert_allclose(found.weight_sum, expected.weight_sum, rtol=1e-12)
    pairs = zip((found.cells.change, *found.cells.event), (expected.cells.change, *expected.cells.event), strict=True)
    for own, other in pairs:
        np.testing.assert_allclose(dense(own, found), dense(other, expected), **(tolerance or {"rtol": 0, "atol": 0}))


def dense(tally: Any, counted: ModelCells) -> np.ndarray:
    """All that is looked at: changes up to the last interval, and leavings."""
    table = np.zeros(counted.cells.n_patterns * tally.width)
    table[tally.cell] = tally.amount
    return table.reshape(-1, tally.width)[:, : counted.cells.n_periods]


@settings(max_examples=12)
@given(seed=SEEDS, interval=INTERVALS, incomplete=INCOMPLETE, years=st.integers(2, 5), apart=st.booleans(),
       weighted=st.booleans())  # fmt: skip
def test_model_cells_whoever_counts(
    seed: int, interval: Any, incomplete: Any, years: int, *, apart: bool, weighted: bool
) -> None:
    register = random_register(seed, 60, seen=True, weighted=weighted)
    asked: dict[str, Any] = {
        "horizon_years": years, "causes": CAUSES if apart else None, "weight": "w" if weighted else None,
    }  # fmt: skip
    grid, by = {"interval": interval, "incomplete": incomplete}, ["site", "band"]
    table = plain(register)
    as_text = replace(register, table=table)

    expected = wm.model_cells(wm.build_cohort(register, **asked), by, **grid)
    of_text = wm.model_cells(wm.build_cohort(as_text, **asked), by, **grid)
    with tempfile.TemporaryDirectory() as folder:
        on_disk = wm.model_cells(register.to_parquet(Path(folder) / "spells.parquet"), by, **grid, **asked)
    lazily = wm.model_cells(in_engine("polars", table), by, **grid, **asked, **MEANS)

    assert_same_cells(on_disk, expected, exactly=not weighted)
    assert_same_cells(lazily, of_text, exactly=not weighted)


@pytest.mark.parametrize("engine", ["duckdb", "pandas", "pyarrow"])
def test_model_cells_by_another_engine(engine: str) -> None:
    for seed, weighted, interval, incomplete in [(3, False, "month", "leave_out"), (4, True, (0.5, 1.0, 2.0), "half")]:
        register = random_register(seed, 80, seen=True, weighted=weighted)
        register = replace(register, table=plain(register))
        asked: dict[str, Any] = {"causes": CAUSES, "weight": "w" if weighted else None}
        grid: dict[str, Any] = {"interval": interval, "incomplete": incomplete}

        expected = wm.model_cells(wm.build_cohort(register, **asked), ["site", "band"], **grid)
        found = wm.model_cells(
            in_engine(engine, register.table), ["site", "band"], engine="lazy", **grid, **asked, **MEANS
        )

        assert_same_cells(found, expected, exactly=not weighted)


@pytest.mark.parametrize(
    ("formula", "asked", "grid", "cluster"),
    [
        ("site + band", {}, {}, None),
        ("bs(grade, df=3) + band", {"causes": {"retired": "retirement", "moved away": "other"}}, {}, "site"),
        ("C(grade) + center(age)", {"weight": "w"}, {"interval": "quarter", "incomplete": "full"}, "site"),
    ],
)
def test_the_fit_to_cells_is_the_fit_to_the_cohort(
    formula: str, asked: dict[str, Any], grid: dict[str, Any], cluster: str | None
) -> None:
    register = random_register(8, 4_000, seen=True)
    rng = np.random.default_rng(2)
    table = register.table.assign(
        grade=rng.integers(1, 9, 4_000).astype(float), age=rng.integers(3, 7, 4_000) * 10.0,
        w=rng.choice([0.3, 1.0, 2.5, 0.0], 4_000),
    )  # fmt: skip
    register = replace(register, table=table)
    options: dict[str, Any] = {"cluster": cluster, "missing": "drop", "baseline": "time"}

    expected = wm.discrete_hazard(wm.build_cohort(register, **asked), formula, **grid, **options)
    with tempfile.TemporaryDirectory() as folder:
        path = register.to_parquet(Path(folder) / "spells.parquet")
        counted = wm.model_cells(path, ["site", "band", "grade", "age"], **grid, **asked)
        cells = wm.ModelCells.from_parquet(counted.to_parquet(Path(folder) / "cells.parquet"))
    assert_same_cells(cells, counted)
    pd.testing.assert_frame_equal(cells.patterns, counted.patterns)
    found = wm.discrete_hazard(cells, formula, **options)

    pd.testing.assert_frame_equal(found.frame, expected.frame, rtol=1e-10, atol=1e-12)
    pd.testing.assert_frame_equal(found.counts, expected.counts, rtol=1e-12)
    assert found.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-12)
    assert dict(found.provenance) == dict(expected.provenance)
    people = table[["site", "band", "grade", "age"]].dropna()[:20]
    np.testing.assert_allclose(
        found.predict_risk(people, at=3)["std_error"], expected.predict_risk(people, at=3)["std_error"], rtol=1e-9
    )
    forecast, same = (
        wm.forecast_leaving(model, people.assign(served=1.0), served="served", years=2).frame
        for model in (found, expected)
    )
    pd.testing.assert_frame_equal(forecast, same, rtol=1e-9)
