"""Who can act on it: how the variance of a score divides over persons, teams, organisations and regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.estimation.levels.anova import anova_sums, components, jackknife
from workforce_metrics.estimation.levels.level_data import level_data
from workforce_metrics.estimation.levels.nested_sums import NestedSums
from workforce_metrics.estimation.levels.profile import profile_spread
from workforce_metrics.estimation.levels.reml import reml_fit
from workforce_metrics.estimation.levels.spread import Spread
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.provenance import provenance_of
from workforce_metrics.results import DATA_FRAME, Result, check_conf_level, grouping_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PERSON", "SHARE", "VARIANCE", "Method", "VarianceByLevel", "variance_by_level"]

FloatArray = npt.NDArray[np.float64]
Method = Literal["reml", "anova"]

PERSON = "person"
"""What the last level, the respondents, is called."""
SHARE, VARIANCE = "share of variance", "variance"
COLUMNS = (
    "indicator", "measure", "term", "estimate", "std_error", "conf_low", "conf_high", "n", "n_missing", "n_groups",
    "truncated",
)  # fmt: skip


@dataclass(frozen=True, repr=False, eq=False)
class VarianceByLevel(Result):
    """Variance of one score or several by level, as `variance_by_level` returns it.

    Parameters
    ----------
    table : pandas.DataFrame
        For each `indicator` and `measure` ("share of variance", "variance") one row a level, the largest groups first
        and "person" last (`term`): `estimate`, `std_error`, `conf_low`, `conf_high`, `n`, `n_missing`, `n_groups`,
        `truncated`.
    by : tuple of str
        Empty.
    provenance : mapping
        Data, levels, method, level of the intervals and numbers of respondents.
    """

    _title: ClassVar[str] = "VarianceByLevel"

    @property
    def sentence(self) -> str:
        """What the table says in words, a line a score: how much of the differences lies at each level."""
        shares = self.table[self.table["measure"] == SHARE].dropna(subset="estimate")
        level = 100 * float(str(self.provenance["conf_level"]))
        lines = []
        for name, rows in shares.groupby("indicator", sort=False):
            terms, figures = rows["term"], rows[["estimate", "conf_low", "conf_high"]].to_numpy(dtype=np.float64)
            parts = [
                f"{_percent(share)} lies at the level {term} ({_percent(low)} to {_percent(high)})"
                for term, (share, low, high) in zip(terms, figures, strict=True)
            ]
            lines.append(
                f"Of the variance of {name}, {', '.join(parts[:-1])} and {parts[-1]}; {level:g} % intervals. "
                "What lies at the level person holds the error of measurement too."
            )
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw a bar a score, divided by level, and beside it the levels above persons with their intervals.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; new axes if not given.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from workforce_metrics.plotting.variance_shares import draw_variance_shares

        return draw_variance_shares(self.table[self.table["measure"] == SHARE], ax=ax, caption=self.caption)


def variance_by_level(
    data: StaffSurvey | IntoFrame,
    indicators: str | Sequence[str],
    *,
    levels: str | Sequence[str],
    method: Method = "reml",
    conf_level: float = 0.95,
) -> VarianceByLevel:
    """Divide the variance of scores over nested levels, to see whose responsibility a need is.

    Parameters
    ----------
    data : StaffSurvey or data frame
        One row a respondent: a survey, or any frame that Narwhals reads (a lazy one is collected once).
    indicators : str or sequence of str
        Scores, "item:...", "share:..." or numeric columns, as `estimate` takes them. A share is taken as the numbers
        0 and 1.
    levels : str or sequence of str
        Columns from the largest groups to the smallest, each nested in the one before: ["region", "organisation",
        "team"]. "1" of two organisations is two teams. Persons come last by themselves.
    method : {"reml", "anova"}, default "reml"
        Restricted maximum likelihood with limits from its profile; or the analysis of variance with limits from a
        jackknife over the largest groups.
    conf_level : float, default 0.95
        In (0, 1).

    Returns
    -------
    VarianceByLevel
        `n` counts the respondents who answered and have a group at every level, `n_missing` those with the groups and
        no answer; `n_groups` the groups of the level in which somebody answered.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidArgumentError
        If there is no level, or one stands twice, is called "person" or has the name of a result column.
    InvalidDataError
        If a level cannot be told from the one above or below it, or answers do not differ within the smallest groups.

    Notes
    -----
    The model is ``y = mu + region + organisation + team + person``, independent effects with a variance each. A share
    is a variance over their sum; the shares of a level and of those above it add up to the correlation of two members
    of one of its groups, ICC(1). It says how unequal the groups of a level are, which bounds what making them alike
    could do; not what would happen if all of them changed.

    *reml* takes groups of any sizes and is best where effects are about normal; it does with few of the largest
    groups, whose limits are then wide. Where effects are very skewed its limits are too narrow: of exponential effects
    the 95 % limits of shares held 87 to 93 in a hundred truths. Variances are not below 0.

    *anova* solves the exact expectations of the sums of squares (Henderson 1953), which needs no normality and may
    give a variance below 0. That is shown as 0 and marked in `truncated`; shares are of the sum after that. Its
    limits ask for many of the largest groups, 20 or more, and are missing where leaving one out makes a variance too
    negative. The person level has limits from how it differs between the largest groups.

    A likelihood or an analysis of variance of answers has no place for survey weights: a weight says how many people
    a respondent stands for, not how much alike colleagues are, and weighting the one without the other biases the
    variances (Pfeffermann et al. 1998). So there is no `design` here, and the shares are those of respondents.

    Only counts, means and sums of squares of the smallest groups are used: a pass over the respondents for each
    score, then work in proportion to the number of groups.

    References
    ----------
    Searle SR, Casella G, McCulloch CE (1992). Variance Components. Wiley. https://doi.org/10.1002/9780470316856

    Henderson CR (1953). Estimation of variance and covariance components. Biometrics 9, 226-252.
    https://doi.org/10.2307/3001853

    Patterson HD, Thompson R (1971). Recovery of inter-block information when block sizes are unequal. Biometrika 58,
    545-554. https://doi.org/10.1093/biomet/58.3.545

    Arvesen JN, Schmitz TH (1970). Robust procedures for variance component problems using the jackknife. Biometrics
    26, 677-686. https://doi.org/10.2307/2528715

    Pfeffermann D, Skinner CJ, Holmes DJ, Goldstein H, Rasbash J (1998). Weighting for unequal selection probabilities
    in multilevel models. Journal of the Royal Statistical Society B 60, 23-40. https://doi.org/10.1111/1467-9868.00106

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"team": ["a", "a", "b", "b", "c", "c"], "tired": [1.0, 3.0, 5.0, 7.0, 4.0, 4.0]})
    >>> found = wm.variance_by_level(staff, "tired", levels="team")
    >>> found.frame.loc[:1, ["term", "estimate", "n", "n_groups"]].round(4)
         term  estimate  n  n_groups
    0    team    0.7143  6         3
    1  person    0.2857  6         6
    """
    conf_level = check_conf_level(conf_level)
    if method not in {"reml", "anova"}:
        raise InvalidArgumentError("method", "'reml' or 'anova'", repr(method), "write one of them")
    columns = _level_columns(levels)
    found = level_data(data, indicators, columns)
    frames = [
        _rows(name, sums, columns, method=method, conf_level=conf_level).assign(
            n_missing=found.n_grouped - sums.n_answered
        )
        for name, sums in found.sums.items()
    ]
    provenance = {
        **provenance_of(data, found.n_respondents),
        "data": data.codebook.name if isinstance(data, StaffSurvey) else DATA_FRAME,
        "levels": " > ".join(columns),
        "method": method,
        "conf_level": conf_level,
        "n_respondents": found.n_respondents,
        "n_without_group": found.n_respondents - found.n_grouped,
    }
    return VarianceByLevel(pd.concat(frames, ignore_index=True)[list(COLUMNS)], (), provenance)


def _level_columns(levels: str | Sequence[str]) -> tuple[str, ...]:
    columns = grouping_columns(levels, "levels")
    if not columns or PERSON in columns:
        raise InvalidArgumentError(
            "levels", "columns from the largest groups to the smallest", f"none, or {PERSON!r}",
            'write levels=["region", "organisation", "team"]; persons come by themselves',
        )  # fmt: skip
    return columns


def _rows(name: str, sums: NestedSums, columns: tuple[str, ...], *, method: Method, conf_level: float) -> pd.DataFrame:
    variances, (of_shares, of_variances), truncated = _divide(sums, columns, method=method, conf_level=conf_level)
    blocks = [
        pd.DataFrame({
            "indicator": name, "measure": measure, "term": [*columns, PERSON], "estimate": estimate,
            "std_error": spread.std_error, "conf_low": spread.low, "conf_high": spread.high, "n": sums.n_answered,
            "n_groups": [*sums.n_groups, sums.n_answered], "truncated": truncated,
        })
        for measure, estimate, spread in (
            (SHARE, variances / variances.sum(), of_shares), (VARIANCE, variances, of_variances)
        )
    ]  # fmt: skip
    return pd.concat(blocks, ignore_index=True)


def _divide(
    sums: NestedSums, columns: tuple[str, ...], *, method: Method, conf_level: float
) -> tuple[FloatArray, tuple[Spread, Spread], npt.NDArray[np.bool_]]:
    """Return the variances by level, how uncertain shares and variances are, and which would be below 0."""
    squares = anova_sums(sums)
    by_anova = components(squares)
    _check_levels(by_anova, columns)
    if method == "anova":
        of_variances, of_shares = jackknife(squares, sums.n_groups, conf_level=conf_level)
        return np.maximum(by_anova, 0.0), (of_shares, of_variances), by_anova < 0
    fit = reml_fit(sums, by_anova)
    of_variances, of_shares = profile_spread(sums, fit, conf_level=conf_level)
    return fit.variances, (of_shares, of_variances), fit.variances == 0


def _check_levels(found: FloatArray, columns: tuple[str, ...]) -> None:
    unknown = np.flatnonzero(np.isnan(found[::-1]))
    if not len(unknown):
        return
    level = len(columns) - int(unknown[0])
    above = f"in some {columns[level - 1]}" if level else "in all"
    raise InvalidDataError(
        columns[level], f"two groups or more {above}", "one in each", f"leave {columns[level]} out of levels"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
