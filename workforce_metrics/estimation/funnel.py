"""Groups around a target, with the limits that chance alone would keep them in: the funnel plot and its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.between_groups import between_groups
from workforce_metrics.estimation.compared_groups import ComparedGroups, compared_groups
from workforce_metrics.estimation.funnel_points import Funnel, FunnelPoints, Overdispersion, funnel_points
from workforce_metrics.estimation.group_comparison import GroupComparison, signal_of
from workforce_metrics.estimation.joined_tables import LABELS
from workforce_metrics.results import Result, is_finite_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FunnelTable", "funnel"]

OVERDISPERSION = ("none", "additive", "multiplicative")
SHARE_LIMITS = ("exact", "normal")
OWN_COLUMNS = ("target", "size", "statistic", "limit", "limit_low", "limit_high", "outside")
POINTS = 300


@dataclass(frozen=True, repr=False, eq=False)
class FunnelTable(GroupComparison):
    """Groups against a target; `funnel` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group, indicator and limit: `estimate`; `std_error` at the target; `target`; `statistic`, the
        z-score; `size`, the effective number of answers (precision where no `n` is known); `limit`, its level;
        `limit_low`, `limit_high`; `outside`, "above", "below" or "within" them; `n` and `suppressed` as the table had
        them.
    by, provenance, signal_table
        See `GroupComparison`; `signal` also holds `target`, `phi` and `tau2`.
    funnels : tuple of Funnel
        One an indicator.
    """

    funnels: tuple[Funnel, ...] = ()

    _title: ClassVar[str] = "Funnel"

    def curves(self) -> pd.DataFrame:
        """Return the limits as curves over `size`, one row an indicator, limit and size."""
        asked = [name for name in LABELS if name in self.signal_table]
        parts = []
        for position, one in enumerate(self.funnels):
            labels = self.signal_table[asked].iloc[[position]]
            sizes = (self.table.merge(labels, on=asked) if asked else self.table)["size"]
            largest, least = sizes.max(), sizes.min()
            size = np.geomspace(min(0.5 * least, 0.02 * largest), 1.05 * largest, POINTS)
            for limit in sorted(self.table["limit"].unique()):
                low, high = one.limits(size, limit)
                part = pd.DataFrame({"size": size, "limit": limit, "limit_low": low, "limit_high": high})
                parts.append(labels.merge(part, how="cross") if asked else part)
        return pd.concat(parts, ignore_index=True)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the groups over their size, the limits as curves, those beyond the outer limit by name."""
        from workforce_metrics.plotting.funnel import draw_funnel

        signal = self.drawn(self.signal_table)
        keys = list(signal.get("indicator", [""]))
        hidden = "suppressed" in self.table and bool(self.table["suppressed"].any())
        words = [self.caption, f"overdispersion: {self.provenance['overdispersion']}"]
        return draw_funnel(
            self.drawn(self.table),
            self.drawn(self.curves()),
            by=self.by,
            ax=ax,
            target=dict(zip(keys, signal["target"], strict=True)),
            percent={key for key, one in zip(keys, self.funnels, strict=True) if one.is_share},
            size="Effective number of respondents" if "n" in self.table else "Precision (1 / variance)",
            caption="; ".join([*words, *(["withheld groups are not drawn"] if hidden else [])]),
        )


def funnel(
    table: Result | IntoFrame,
    *,
    by: str | Sequence[str] | None = None,
    target: float | Mapping[str, float] | None = None,
    limits: Sequence[float] = (0.95, 0.998),
    overdispersion: Overdispersion = "none",
    winsorise: float = 0.1,
    shares: bool | None = None,
    share_limits: Literal["exact", "normal"] = "exact",
) -> FunnelTable:
    """Set groups against a target, with the limits within which chance alone would keep them.

    For finding the organisations that are unlike the others, without ranking them and without taking small numbers
    for performance.

    Parameters
    ----------
    table : Result or data frame
        One row a group and indicator with `estimate` and `std_error`; for shares `n` alone will do. Suppressed or not.
    by : str or sequence of str, optional
        The grouping columns of a frame; a result knows its own.
    target : float or mapping of str to float, optional
        What groups are held against, by indicator where there are several. Unless given, the mean of all groups
        weighted by their effective number.
    limits : sequence of float, default (0.95, 0.998)
        Shares of groups at the target that lie between the limits, each in (0, 1).
    overdispersion : {"none", "additive", "multiplicative"}, default "none"
        Whether the limits allow for differences between groups that are there anyway: an added variance ("additive",
        a random effect), or a factor.
    winsorise : float, default 0.1
        Share of the lowest, and of the highest, z-scores that is drawn in before overdispersion is estimated, so that
        true outliers do not widen the limits that are to find them. In [0, 0.5).
    shares : bool, optional
        Whether the estimates are proportions; a result of `estimate` knows, and so does a name "share:...".
    share_limits : {"exact", "normal"}, default "exact"
        Limits of shares from the binomial distribution at the effective number, or the normal one. With overdispersion
        they are always normal.

    Returns
    -------
    FunnelTable
        Groups sorted. A group without an estimate, or without a size, is in the table without limits. Hidden rows
        stay hidden, and no number here depends on what they hold.

    Raises
    ------
    MissingColumnError
        If `estimate` is not there.
    InvalidArgumentError
        If there are no groups, or an argument is none of those it can be.
    InvalidDataError
        If fewer than two groups can be compared, a share is outside 0 to 1, or a group has two rows.

    Notes
    -----
    *Shares.* ``s_i = sqrt(t (1 - t) / m_i)`` at the target t, the effective number ``m_i`` being n by the design effect
    of the group's own standard error (see `workforce_metrics.estimation.funnel_limits.effective_size`); without weights
    and clusters it is n. Exact limits are interpolated between counts, as Spiegelhalter gives them. *Means.* ``s_i`` is
    the standard error; the effective number is the pooled variance of one answer divided by ``s_i^2``.

    ``z_i = (y_i - t) / s_i``. Without overdispersion `statistic` is that. Multiplicative: limits
    ``t -+ z sqrt(phi) s_i`` and ``z_i / sqrt(phi)``, phi no less than 1. Additive: ``t -+ z sqrt(s_i^2 + tau2)`` and
    ``(y_i - t) / sqrt(s_i^2 + tau2)``. The target is taken as known, also where it is the mean of the same groups.
    Of many groups some lie beyond a limit by chance: of 200 at the target, 10 beyond that of 0.95.

    References
    ----------
    Spiegelhalter DJ (2005). Funnel plots for comparing institutional performance. Statistics in Medicine 24,
    1185-1202. https://doi.org/10.1002/sim.1970

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> trusts = pd.DataFrame({"organisation": list("ABC"), "estimate": [0.30, 0.34, 0.45], "n": [400, 90, 250]})
    >>> found = wm.funnel(trusts, by="organisation", shares=True, target=0.32, limits=[0.998])
    >>> found.frame[["organisation", "statistic", "limit_low", "limit_high", "outside"]].round(3)
      organisation  statistic  limit_low  limit_high outside
    0            A     -0.857      0.248       0.395  within
    1            B      0.407      0.169       0.483  within
    2            C      4.406      0.229       0.415   above
    """
    levels = _check_asked(limits, overdispersion, winsorise, share_limits)
    compared = compared_groups(table, by, own_columns=OWN_COLUMNS, needs=("estimate",), shares=shares)
    points = [
        funnel_points(
            panel, numbers, target=target, overdispersion=overdispersion, winsorise=winsorise,
            exact=share_limits == "exact",
        )
        for panel, numbers in compared.each()
    ]  # fmt: skip
    between = [
        between_groups(one.estimate[one.usable], one.std_error[one.usable] ** 2, method="reml") for one in points
    ]
    shapes = tuple(one.funnel for one in points)
    signal, words = signal_of(compared, between, conf_level=min(levels))
    signal = signal.assign(**{name: [getattr(one, name) for one in shapes] for name in ("target", "phi", "tau2")})
    asked = {"limits": levels, "overdispersion": overdispersion, "winsorise": winsorise, "share_limits": share_limits}
    provenance = {**compared.provenance, **asked, "verdict": words}
    provenance.pop("conf_level", None)
    return FunnelTable(_tidy(compared, points, levels), compared.by, provenance, signal, shapes)


def _check_asked(
    limits: Sequence[float], overdispersion: str, winsorise: float, share_limits: str
) -> tuple[float, ...]:
    levels = tuple(limits) if isinstance(limits, Sequence) else (limits,)
    if not levels or not all(is_finite_number(level) and 0 < level < 1 for level in levels):
        raise InvalidArgumentError("limits", "levels in (0, 1)", repr(limits), "write limits=(0.95, 0.998)")
    for name, given, words in (
        ("overdispersion", overdispersion, OVERDISPERSION),
        ("share_limits", share_limits, SHARE_LIMITS),
    ):
        if given not in words:
            raise InvalidArgumentError(name, " or ".join(map(repr, words)), repr(given), "write one of them")
    if not is_finite_number(winsorise) or not 0 <= winsorise < 0.5:
        raise InvalidArgumentError("winsorise", "a share in [0, 0.5)", repr(winsorise), "write 0.1 for 10 % a side")
    return tuple(sorted({float(level) for level in levels}))


def _tidy(compared: ComparedGroups, points: Sequence[FunnelPoints], levels: tuple[float, ...]) -> pd.DataFrame:
    """Return one row a group, indicator and limit."""
    names = ("estimate", "std_error", "target", "statistic", "size")
    columns = {name: [getattr(one, name) for one in points] for name in names}
    parts = []
    for level in levels:
        low, high = zip(*(one.limits(level) for one in points), strict=True)
        part = compared.tidy({**columns, "limit_low": low, "limit_high": high})
        at = list(part.columns).index("limit_low")
        part.insert(at, "limit", level)
        part.insert(at + 3, "outside", _outside(part))
        parts.append(part)
    return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)


def _outside(part: pd.DataFrame) -> pd.Series[str]:
    word = np.select(
        [part["estimate"] > part["limit_high"], part["estimate"] < part["limit_low"]], ["above", "below"], "within"
    )
    return pd.Series(word, index=part.index, dtype=object).where(part["limit_low"].notna(), None)
