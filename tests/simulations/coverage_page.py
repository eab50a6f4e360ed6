"""From findings to shares: the table of coverages, the page and its picture."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from study import Finding, Study

from workforce_metrics.plotting import layout, style

MARGIN = 0.015
"""An interval of nominally 95 % is asked to hold the truth in 93.5 to 96.5 % of the cohorts."""
PACKAGES = ("workforce-metrics", "numpy", "scipy", "pandas")
KEYS = ["family", "estimator", "design"]
INTRODUCTION = """\
# Coverage of intervals

Does an interval of 95 % hold the truth 95 times in a hundred? {cohorts} cohorts with known truth were simulated for
each design below. Of {intervals} intervals, **{within[0]} cover within {margin:g} points of their nominal share**; of
{tests} tests of true hypotheses, {within[1]} reject between 3.5 and 6.5 % at the 5 % level. The Monte-Carlo standard
error of a coverage is {error:.2f} points: of right intervals {chance:.1f} % would fall outside by chance.

Made by `{command}`
with {made}. Results do not depend on the number of processes.

**Cohorts.** Six kinds of people (trained abroad or not, three age bands) leave by Weibull hazards, proportional in
these covariates; three causes of different shapes where causes are told. In most designs three in ten enter late, at
some time within three years, and who left before is not seen; observation ends evenly between three and eight years
after joining. Leaving is known to whole months, days or years. About half have left after five years.

**Truth** is the closed form of these hazards, or Gauss-Legendre quadrature of them (incidences by cause), summed over
units of time where leaving is known to units. Clusters share a positive stable frailty, under which hazards stay
proportional once it is averaged out, so that the marginal truth is closed, too. Standardised risks and joining years
are held against the truth for the people in the cohort, forecasts against the number that leaves. Fine and Gray's
model has a law of its own, whose incidence is proportional by construction, and the log-normal model its times.

**Columns.** *Truth above / below*: the share of cohorts whose interval lies wholly below / above the truth. *Bias*:
mean error in units of the spread (standard deviation) of the estimates over cohorts. *SE / spread*: root mean square
of the standard errors over that spread, 1 where they are honest. *Without*: cohorts without an interval (nobody left by
the cause, or the estimator refused); they are left out of the other shares. For tests, coverage is the share with p
from 5 %. Sizes other than the usual one are drawn half as often. Bold: outside the band.
"""
COLUMNS = {
    "rate": "coverage, %", "above": "truth above, %", "below": "truth below, %", "bias": "bias, in SE",
    "ratio": "SE / spread", "width": "mean width", "none": "without, %",
}  # fmt: skip


def summary(findings: Mapping[Study, list[list[Finding]]]) -> pd.DataFrame:
    """Return one row a study and interval, or test."""
    rows = []
    for study, cohorts in findings.items():
        own = pd.DataFrame([one for cohort in cohorts for one in cohort], columns=Finding._fields)
        about = {
            "family": (sys.modules[study.draw.__module__].__doc__ or "").split("\n")[0].rstrip("."),
            "estimator": study.estimator, "design": study.design, "size": study.size, "people": study.n,
            "note": study.note,
        }  # fmt: skip
        for what, part in own.groupby("what", sort=False):
            rows.append({**about, "what": what, **shares(part, len(cohorts))})
    return pd.DataFrame(rows)


def shares(part: pd.DataFrame, cohorts: int) -> dict[str, float]:
    """Return what the intervals of one estimate, or the p-values of one test, did over the cohorts.

    `rate` is the share of intervals that hold the truth, or of p-values from 5 %; `bias` the mean error in units of the
    spread of estimates; `ratio` the root of the mean squared standard error over that spread.
    """
    known = part.dropna(subset=["p_value"] if part["p_value"].notna().any() else ["low", "high"])
    level = float(part["level"].iloc[0])
    made = {
        "nominal": level,
        "none": 1 - len(known) / cohorts,
        "error": np.sqrt(level * (1 - level) / max(len(known), 1)),
    }
    if part["p_value"].notna().any():
        return {**made, "rate": float((known["p_value"] >= 0.05).mean()), "is_test": True}
    above, below = (known["truth"] > known["high"]).mean(), (known["truth"] < known["low"]).mean()
    off = part["estimate"] - part["truth"]
    spread = off.std()
    width = (known["high"] - known["low"]).replace(np.inf, np.nan)
    return {
        **made, "rate": 1 - above - below, "is_test": False, "above": above, "below": below,
        "bias": off.mean() / spread, "ratio": np.sqrt((part["std_error"] ** 2).mean()) / spread, "width": width.mean(),
    }  # fmt: skip


def is_outside(table: pd.DataFrame) -> pd.Series[bool]:
    """Return which coverages are further from the nominal share than is asked for."""
    return (table["rate"] - table["nominal"]).abs() > MARGIN + 1e-9


def write_page(table: pd.DataFrame, path: Path, *, cohorts: int, seed: int) -> None:
    """Write the page, and its picture into the folder `images` beside it."""
    picture = path.parent / "images" / f"{path.stem}.png"
    picture.parent.mkdir(exist_ok=True)
    ax = draw_coverages(table)
    ax.figure.savefig(picture, dpi=130)
    usual = table[table["size"] == "usual"]
    parts = [
        introduction(usual, cohorts=cohorts, seed=seed), f"![Coverage of every interval](images/{picture.name})", "",
        *outside(table), *overview(usual),
    ]  # fmt: skip
    for family, own in table.groupby("family", sort=False):
        parts += [f"## {family}", ""]
        for (_, estimator, design), study in own.groupby(KEYS, sort=False):
            parts += study_table(str(estimator), str(design), study)
    path.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")


def introduction(usual: pd.DataFrame, *, cohorts: int, seed: int) -> str:
    """Return what the page is about, how it was made, and the verdict."""
    intervals, tests = usual[~usual["is_test"]], usual[usual["is_test"]]
    error = np.sqrt(0.95 * 0.05 / cohorts)
    within = [int((~is_outside(part)).sum()) for part in (intervals, tests)]
    made = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    command = f"python tests/simulations/coverage.py --cohorts {cohorts} --seed {seed} --write docs/coverage.md"
    return INTRODUCTION.format(
        cohorts=f"{cohorts:,}", intervals=len(intervals), tests=len(tests), within=within, margin=100 * MARGIN,
        error=100 * error, chance=100 * chance_outside(error), made=made, command=command,
    )  # fmt: skip


def chance_outside(error: float) -> float:
    """Return the chance that the coverage of a right interval falls outside the band."""
    from scipy.special import ndtr

    return float(2 * ndtr(-MARGIN / error))


def outside(table: pd.DataFrame) -> list[str]:
    """Return what lies outside the band at the usual size, why, and what becomes of it with more people."""
    usual, large = (table[table["size"] == size] for size in ("usual", "large"))
    rows = usual[is_outside(usual)]
    lines = ["## Outside the band", ""]
    if not len(rows):
        return [*lines, "None, at the sizes the estimators are meant for.", ""]
    lines += [
        "| estimator | interval | people | coverage, % | with more people, % |",
        "| --- | --- | --- | --- | --- |",
    ]
    keys = ["estimator", "design", "what"]
    more = large.set_index(keys)[["people", "rate"]]
    for row in rows.to_dict("records"):
        key = tuple(row[name] for name in keys)
        then = f"{100 * more.loc[key, 'rate']:.1f} ({more.loc[key, 'people']:,})" if key in more.index else ""
        name = f"`{row['estimator']}`, {row['design']}"
        lines.append(f"| {name} | {row['what']} | {row['people']:,} | {100 * row['rate']:.1f} | {then} |")
    notes = rows.drop_duplicates(["estimator", "note"])
    return [*lines, "", *(f"- `{row.estimator}`: {row.note}" for row in notes.itertuples() if row.note), ""]


def overview(usual: pd.DataFrame) -> list[str]:
    """Return a line an estimator."""
    lines = [
        "## Overview",
        "",
        "| estimator | intervals or tests | coverage, % | mean | outside |",
        "| --- | --- | --- | --- | --- |",
    ]
    for estimator, own in usual.groupby("estimator", sort=False):
        at = own[own["nominal"] == 0.95]["rate"] * 100
        cells = [f"`{estimator}`", len(own), f"{at.min():.1f} to {at.max():.1f}", f"{at.mean():.1f}"]
        lines.append("| " + " | ".join(map(str, [*cells, int(is_outside(own).sum())])) + " |")
    return [*lines, ""]


def study_table(estimator: str, design: str, study: pd.DataFrame) -> list[str]:
    """Return the table of one design, the other sizes' coverages as its last columns."""
    usual = study[study["size"] == "usual"]
    columns = {name: title for name, title in COLUMNS.items() if usual.get(name, pd.Series()).notna().any()}
    if (usual["none"] == 0).all():
        columns.pop("none")
    others = {size: own.set_index("what") for size, own in study.groupby("size", sort=False) if size != "usual"}
    titles = ["", *columns.values(), *(f"with {own['people'].iloc[0]:,} people, %" for own in others.values())]
    lines = [f"**`{estimator}`**, {design}; {usual['people'].iloc[0]:,} people", ""]
    lines += ["| " + " | ".join(titles) + " |", "| --- " * len(titles) + "|"]
    for row in usual.assign(outside=is_outside(usual)).to_dict("records"):
        cells = [row["what"], *(written(name, row) for name in columns)]
        cells += [f"{100 * own['rate'].get(row['what'], np.nan):.1f}" for own in others.values()]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def written(name: str, row: Mapping[str, float]) -> str:
    """Return a cell of the table; a coverage outside the band is bold."""
    value = row[name]
    if np.isnan(value):
        return ""
    if name == "rate":
        return f"**{100 * value:.1f}**" if row["outside"] else f"{100 * value:.1f}"
    if name in {"above", "below", "none"}:
        return f"{100 * value:.1f}"
    return f"{value:.3g}" if name == "width" else f"{value:.2f}"


def draw_coverages(table: pd.DataFrame) -> Axes:
    """Draw a dot for every interval of nominally 95 % and test, a row an estimator, the other sizes hollow."""
    shown = table[table["nominal"] == 0.95]
    names = list(dict.fromkeys(shown["estimator"]))
    width, height = 460.0, 17.0 * len(names) + 95.0
    ax = layout.new_axes((width + 150) / layout.POINTS_PER_INCH, height / layout.POINTS_PER_INCH)
    layout.make_room(ax, left=max(0.0, max(style.text_width(name, style.TICK_SIZE) for name in names) - 36.0))
    layout.settle(ax)
    style.dress(ax, grid="x")
    ax.axvspan(93.5, 96.5, color=style.FAINT, zorder=0)
    ax.axvline(95, color=style.MUTED, linewidth=0.9, zorder=1)
    for size, filled in (("small", False), ("large", False), ("usual", True)):
        own = shown[shown["size"] == size]
        ax.plot(
            100 * own["rate"], places(own, names), "o", markersize=3.6, color=style.colour(0 if filled else 1),
            markerfacecolor=style.colour(0) if filled else "none", markeredgewidth=0.7, linestyle="none",
            label={"usual": "usual size", "small": "other sizes"}.get(size),
        )  # fmt: skip
    ax.set_yticks(np.arange(len(names)), names, parse_math=False)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(max(min(93.0, 100 * shown["rate"].min() - 0.5), 80.0), 100.3)
    ax.set_xlabel("Intervals that hold the truth, tests that do not reject it, %")
    ax.legend(loc="lower left", frameon=False, fontsize=style.SMALL_SIZE)
    layout.add_title(ax, "Coverage of every interval: nominally 95 %, asked for 93.5 to 96.5 %")
    return ax


def places(own: pd.DataFrame, names: list[str]) -> Iterator[float]:
    """Return the height of each dot: its estimator's row, those of one row spread over it."""
    row = own["estimator"].map(names.index).to_numpy(float)
    order = own.groupby("estimator").cumcount()
    return row + ((order * 7) % 11 - 5).to_numpy() * 0.05
