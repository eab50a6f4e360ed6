"""Time all scores and shares of a large survey by organisation and six breakdowns, with linearised errors.

Ours (`estimate` of a loaded survey, the making of scores and shares included) in one run against

- the bare floor: for each indicator, whose values are ready, and each of the seven tables, whose cell codes are ready,
  the sums that a weighted mean and its linearised variance need, by `numpy.bincount`: number, w, w^2, w y, w^2 y and,
  for scores, w^2 y^2 (a share's y^2 is y). The floor makes no score, no label, no interval and no frame;
- pandas: a `groupby` with named sums and a merge for the variance, table by table and indicator by indicator, to the
  same columns; timed on every tenth indicator and multiplied (`--pandas-step 1` for all);
- Polars: one `group_by` a table with expressions for mean, error and number of all indicators, eager, on all cores.

Both peers get the indicators' values ready made, in columns.

    python tests/benchmarks/estimation.py [--respondents 775000] [--organisations 215] [--peers pandas polars]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from timing import peak_mb, print_ratios, seconds

import workforce_metrics as wm
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.by_name import each_indicator

BREAKDOWNS = {"staff_group": 13, "sex": 4, "age_group": 6, "band": 9, "ethnic": 5, "contract": 3}
DESIGN = wm.SurveyDesign(weight="weight", stratum="organisation")
Values = dict[str, npt.NDArray[np.float64]]


def extract(n: int, organisations: int, seed: int) -> pd.DataFrame:
    """Answers to all items in random order of options, 5 % missing, with background columns and weights."""
    rng = np.random.default_rng(seed)
    book = wm.nhs_staff_survey(2024)
    columns: dict[str, object] = {}
    items = [item for item in book.items.values() if item.direction != "demographic"]
    for item in items:
        codes = np.array(sorted(item.scale.codes), dtype=np.int8)
        columns[item.columns[0]] = pd.arrays.IntegerArray(codes[rng.integers(len(codes), size=n)], rng.random(n) < 0.05)
    sizes = rng.gamma(3.0, size=organisations)
    of = rng.choice(organisations, size=n, p=sizes / sizes.sum())
    columns["organisation"] = pd.Categorical.from_codes(of, [f"R{code:04d}" for code in range(organisations)])
    for name, levels in BREAKDOWNS.items():
        codes = np.where(rng.random(n) < 0.03, -1, rng.integers(levels, size=n))
        columns[name] = pd.Categorical.from_codes(codes, [f"{name} {level}" for level in range(levels)])
    columns["weight"] = rng.gamma(8.0, 0.125, n).round(6)
    return pd.DataFrame(columns)


def indicators_of(survey: StaffSurvey, n_shares: int = 60) -> list[str]:
    book = survey.codebook
    shares = [
        f"share:{item.concept}" for item in book.items.values() if item.counted and item.concept in survey.concepts
    ]
    return [*book.scores, *shares[:n_shares]]


def table_codes(table: pd.DataFrame) -> list[tuple[npt.NDArray[np.int64], int]]:
    """Return the cell of each row in the seven tables; rows without a level share one cell more."""
    organisation = table["organisation"].cat.codes.to_numpy().astype(np.int64)
    n = len(table["organisation"].cat.categories)
    codes = [(organisation, n)]
    for name in BREAKDOWNS:
        width = len(table[name].cat.categories) + 1
        level = table[name].cat.codes.to_numpy().astype(np.int64) % width
        codes.append((organisation * width + level, n * width))
    return codes


def floor(values: Values, weight: npt.NDArray[np.float64], tables: list[tuple[npt.NDArray[np.int64], int]]) -> int:
    made = 0
    for name, value in values.items():
        answered = (~np.isnan(value)).astype(np.float64)
        w, y = weight * answered, np.nan_to_num(value)
        ww, wy = w * w, w * y
        amounts = [answered, w, ww, wy, w * wy] + ([] if name.startswith("share:") else [wy * wy])
        for codes, size in tables:
            made += sum(len(np.bincount(codes, amount, size)) for amount in amounts)
    return made


def by_pandas(frame: pd.DataFrame, names: list[str]) -> list[pd.DataFrame]:
    """Return the same columns as ours; each group is taken as a sample of its own, the usual shortcut."""
    from scipy.stats import t

    tables = []
    for breakdown in [None, *BREAKDOWNS]:
        keys = ["organisation"] if breakdown is None else ["organisation", breakdown]
        members = frame.groupby(keys, observed=True).size()
        for name in names:
            rows = frame[[*keys, name, "weight"]].dropna()
            rows = rows.assign(wy=rows["weight"] * rows[name], w2=rows["weight"] ** 2)
            grouped = rows.groupby(keys, observed=True)
            sums = grouped.agg(n=(name, "size"), w=("weight", "sum"), wy=("wy", "sum"), w2=("w2", "sum"))
            sums["estimate"] = sums["wy"] / sums["w"]
            rows = rows.merge(sums[["estimate"]], left_on=keys, right_index=True)
            rows["z2"] = (rows["weight"] * (rows[name] - rows["estimate"])) ** 2
            squares = rows.groupby(keys, observed=True)["z2"].sum()
            sums["std_error"] = np.sqrt(sums["n"] / (sums["n"] - 1) * squares) / sums["w"]
            half = t.ppf(0.975, sums["n"] - 1) * sums["std_error"]
            sums["conf_low"], sums["conf_high"] = sums["estimate"] - half, sums["estimate"] + half
            sums["n_effective"] = sums["w"] ** 2 / sums["w2"]
            sums["n_missing"] = members - sums["n"]
            tables.append(sums.reset_index().assign(indicator=name))
    return tables


def by_polars(frame: object, names: list[str]) -> list[object]:
    import polars as pl

    tables = []
    for breakdown in [None, *BREAKDOWNS]:
        keys = ["organisation"] if breakdown is None else ["organisation", breakdown]
        found = []
        for name in names:
            y, w = pl.col(name), pl.col("weight").filter(pl.col(name).is_not_null())
            mean = (pl.col(name) * pl.col("weight")).sum() / w.sum()
            n = y.count()
            error = (((pl.col("weight") * (y - mean)) ** 2).sum() * n / (n - 1)).sqrt() / w.sum()
            found += [mean.alias(f"mean {name}"), error.alias(f"error {name}"), n.alias(f"n {name}")]
        tables.append(frame.drop_nulls(keys).group_by(keys).agg(found))
    return tables


def ours(survey: StaffSurvey, names: list[str]) -> object:
    return wm.estimate(survey, names, by="organisation", breakdowns=list(BREAKDOWNS), design=DESIGN).frame


def peak_from_parquet(file: Path) -> None:
    survey = wm.read_staff_survey(str(file), edition=2024)
    loaded = peak_mb()
    table = ours(survey, indicators_of(survey))
    print(f"peak from Parquet: {peak_mb():,.0f} MB ({loaded:,.0f} MB after loading), {len(table):,} rows")


def thousands(n: int, groups: int = 2_000, indicators: int = 40) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {f"y{i}": np.where(rng.random(n) < 0.05, np.nan, rng.normal(5, 2, n)) for i in range(indicators)}
    )
    frame = frame.assign(group=rng.integers(groups, size=n), weight=rng.gamma(8.0, 0.125, n))
    design = wm.SurveyDesign(weight="weight", stratum="group")
    names = [f"y{i}" for i in range(indicators)]
    taken = seconds(lambda: wm.estimate(frame, names, by="group", design=design), rounds=3)
    print(f"{groups:,} groups x {indicators} indicators, {n:,} respondents: {taken:.2f} s")


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--respondents", type=int, default=775_000)
    arguments.add_argument("--organisations", type=int, default=215)
    arguments.add_argument("--peers", nargs="*", default=["pandas", "polars"])
    arguments.add_argument("--pandas-step", type=int, default=10)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--peak-of", type=Path)
    asked = arguments.parse_args()
    if asked.peak_of:
        peak_from_parquet(asked.peak_of)
        return
    answers = extract(asked.respondents, asked.organisations, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "survey.parquet"
        answers.to_parquet(file)
        subprocess.run([sys.executable, __file__, "--peak-of", str(file)], check=True)  # noqa: S603 - this script
    survey = wm.read_staff_survey(answers, edition=2024)
    del answers
    names = indicators_of(survey)
    print(f"{len(survey):,} respondents, {len(survey.concepts)} items, {len(names)} indicators, 7 tables")
    others: dict[str, float | None] = {}
    taken = seconds(lambda: ours(survey, names), rounds=asked.rounds, warm=True)
    values = {found.name: found.values for found in each_indicator(survey, names)}
    others["making the values (part of ours)"] = seconds(lambda: list(each_indicator(survey, names)))
    weight = survey.table["weight"].to_numpy()
    tables = table_codes(survey.table)
    others["bincount floor"] = seconds(lambda: floor(values, weight, tables), rounds=asked.rounds, warm=True)
    frame = pd.DataFrame({**values, **{name: survey.table[name] for name in ["organisation", *BREAKDOWNS, "weight"]}})
    if "pandas" in asked.peers:
        some = names[:: asked.pandas_step]
        others["pandas groupby"] = seconds(lambda: by_pandas(frame, some)) * len(names) / len(some)
    if "polars" in asked.peers:
        import polars as pl

        lent = pl.from_pandas(frame, nan_to_null=True)
        others["Polars expressions"] = seconds(lambda: by_polars(lent, names))
    print_ratios("all tables", taken, others)
    thousands(asked.respondents)


if __name__ == "__main__":
    main()
