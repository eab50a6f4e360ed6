"""Which ranks of a league table the data allow a group to have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.between_groups import BetweenGroups, between_groups
from workforce_metrics.estimation.compared_groups import compared_groups
from workforce_metrics.estimation.group_comparison import GroupComparison, refuse_too_few, signal_of
from workforce_metrics.estimation.rank_sets import drawn_ranks, observed_ranks, simultaneous_ranks
from workforce_metrics.estimation.shrinkage import AT_LEAST, shrunken
from workforce_metrics.results import Result, check_conf_level

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["RankTable", "rank_intervals"]

FloatArray = npt.NDArray[np.float64]
RankMethod = Literal["simultaneous", "simulation"]
METHODS = ("simultaneous", "simulation")
FIRST = ("largest", "smallest")
OWN_COLUMNS = ("rank", "rank_low", "rank_high", "expected_rank")


@dataclass(frozen=True, repr=False, eq=False)
class RankTable(GroupComparison):
    """Ranks of groups with their intervals; `rank_intervals` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        The grouping columns, `indicator` and what else was asked; `estimate` and `std_error` as given; `rank` of the
        estimate, `rank_low` and `rank_high`; from a simulation also `expected_rank`; `n` and `suppressed` as the
        table had them.
    by, provenance, signal_table
        See `GroupComparison`.
    """

    _title: ClassVar[str] = "Rank intervals"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the rank of each group with its interval, the first on top."""
        from workforce_metrics.plotting.dots import draw_estimates
        from workforce_metrics.plotting.groups import plain_words

        frame = self.drawn(self.table.drop(columns=["estimate", "std_error"]))
        names = {"rank": "estimate", "rank_low": "conf_low", "rank_high": "conf_high"}
        if "indicator" in frame:
            frame["indicator"] = [f"rank in {plain_words(name)}" for name in frame["indicator"]]
        return draw_estimates(
            frame.astype(dict.fromkeys(names, "Float64")).rename(columns=names),
            by=self.by,
            ax=ax,
            order="smallest",
            title="Ranks that the data allow",
            caption=self.caption,
        )


def rank_intervals(
    table: Result | IntoFrame,
    *,
    by: str | Sequence[str] | None = None,
    method: RankMethod = "simultaneous",
    first: Literal["largest", "smallest"] = "largest",
    draws: int = 10_000,
    seed: int | None = None,
    conf_level: float = 0.95,
) -> RankTable:
    """Say which ranks each group may have, and whether there is a ranking at all.

    Parameters
    ----------
    table : Result or data frame
        As in `shrink`. Each indicator is ranked by itself.
    by : str or sequence of str, optional
        The grouping columns of a frame; a result knows its own.
    method : {"simultaneous", "simulation"}, default "simultaneous"
        "simultaneous": from all pairs of groups at once. At `conf_level` the intervals of *all* groups hold their
        ranks, whatever the truth is; without a random number. "simulation": the middle `conf_level` of the rank over
        draws of the shrunken estimates (see `shrink`); shorter, right on average over groups that come from one
        normal distribution. Draws of the estimates themselves are not offered: their ranks are spread too widely and
        drawn to the middle, and hold no stated level where groups are close (Xie, Singh and Zhang 2009).
    first : {"largest", "smallest"}, default "largest"
        Which estimate has rank 1.
    draws : int, default 10000
        How many, for the simulation.
    seed : int, optional
        Needed for the simulation.
    conf_level : float, default 0.95
        In (0, 1).

    Returns
    -------
    RankTable
        Groups sorted; `signal` and the provenance say which indicators' differences are within noise. A group without
        an estimate or whose standard error is missing or 0 has no rank, and neither has a hidden one: ranks are among
        those that do.

    Raises
    ------
    MissingColumnError
        If `estimate` or `std_error` is not there.
    InvalidArgumentError
        If there are no groups, `method` or `first` is another word, or a simulation has no `seed` or no draws.
    InvalidDataError
        If fewer than two groups (four for the simulation) have an estimate and a standard error above 0, or a group
        has two rows.

    Notes
    -----
    Two groups are apart where ``|y_i - y_j| > q / sqrt(2) sqrt(v_i + v_j)``, q being the quantile of the range of k
    independent standard normal variables: Tukey and Kramer's comparison of all pairs, which holds its level for
    unequal variances too (Hayter 1984). The rank of a group lies between one more than the number of groups that are
    above it and k less the number that are below it (Mogstad et al. 2024 for sets of ranks from differences; Klein
    et al. 2020 for such sets from separate intervals, which are wider). Groups are taken as independent and standard
    errors as known.

    References
    ----------
    Mogstad M, Romano JP, Shaikh AM, Wilhelm D (2024). Inference for ranks with applications to mobility across
    neighbourhoods and academic achievement across countries. Review of Economic Studies 91, 476-518.
    https://doi.org/10.1093/restud/rdad006

    Klein M, Wright T, Wieczorek J (2020). A joint confidence region for an overall ranking of populations. Journal of
    the Royal Statistical Society C 69, 589-606. https://doi.org/10.1111/rssc.12402

    Hayter AJ (1984). A proof of the conjecture that the Tukey-Kramer multiple comparisons procedure is conservative.
    Annals of Statistics 12, 61-75. https://doi.org/10.1214/aos/1176346392

    Xie M, Singh K, Zhang C-H (2009). Confidence intervals for population ranks in the presence of ties and near ties.
    Journal of the American Statistical Association 104, 775-788. https://doi.org/10.1198/jasa.2009.0142

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> teams = pd.DataFrame({"team": list("abc"), "estimate": [6.0, 5.8, 3.0], "std_error": [0.4, 0.4, 0.4]})
    >>> wm.rank_intervals(teams, by="team").frame[["team", "rank", "rank_low", "rank_high"]]
      team  rank  rank_low  rank_high
    0    a     1         1          2
    1    b     2         1          2
    2    c     3         3          3
    """
    conf_level = check_conf_level(conf_level)
    seed = _check_asked(method, first, draws, seed)
    compared = compared_groups(table, by, own_columns=OWN_COLUMNS)
    sign, found = 1.0 if first == "largest" else -1.0, []
    names = [*OWN_COLUMNS[:3], *(OWN_COLUMNS[3:] if seed is not None else ())]
    columns: dict[str, list[FloatArray]] = {name: [] for name in ("estimate", "std_error", *names)}
    for panel, numbers in compared.each():
        y, error = numbers["estimate"], numbers["std_error"]
        usable = np.isfinite(y) & np.isfinite(error) & (error > 0)
        refuse_too_few(panel, int(usable.sum()), 2 if seed is None else AT_LEAST)
        between = between_groups(y[usable], error[usable] ** 2, method="reml")
        ranks = _ranks(sign * y[usable], error[usable], between, sign=sign, draws=draws, seed=seed, level=conf_level)
        columns["estimate"].append(y)
        columns["std_error"].append(error)
        for name, part in zip(names, ranks, strict=True):
            spread = np.full(len(y), np.nan)
            spread[usable] = part
            columns[name].append(spread)
        found.append(between)
    signal, words = signal_of(compared, found, conf_level=conf_level)
    frame = compared.tidy(columns)
    whole = {name: frame[name].astype("Int64" if frame[name].isna().any() else "int64") for name in OWN_COLUMNS[:3]}
    asked = {"method": method, "first": first, "draws": draws if seed is not None else None, "seed": seed}
    provenance = {**compared.provenance, **asked, "conf_level": conf_level, "verdict": words}
    return RankTable(frame.assign(**whole), compared.by, provenance, signal)


def _check_asked(method: str, first: str, draws: int, seed: int | None) -> int | None:
    """Return the seed of a simulation, None where there is none to be done."""
    for name, given, words in (("method", method, METHODS), ("first", first, FIRST)):
        if given not in words:
            raise InvalidArgumentError(name, " or ".join(map(repr, words)), repr(given), "write one of them")
    if method == "simultaneous":
        return None
    for name, number, least in (("draws", draws, 1), ("seed", seed, 0)):
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < least:
            raise InvalidArgumentError(name, f"a whole number of {least} or more", repr(number), f"write {name}=1000")
    return seed


def _ranks(
    estimate: FloatArray,
    std_error: FloatArray,
    between: BetweenGroups,
    *,
    sign: float,
    draws: int,
    seed: int | None,
    level: float,
) -> tuple[npt.NDArray[np.generic], ...]:
    """Return ranks and limits, and from a simulation the expected ranks; a larger estimate comes first."""
    own = observed_ranks(estimate)
    if seed is None:
        return own, *simultaneous_ranks(estimate, std_error, conf_level=level)
    new = shrunken(sign * estimate, std_error**2, between)
    expected, low, high = drawn_ranks(sign * new.estimate, new.std_error, draws=draws, seed=seed, conf_level=level)
    return own, low, high, expected
