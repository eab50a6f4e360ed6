"""What every comparison of groups says beside its table: how much of the differences is signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.estimation.between_groups import BetweenGroups
from workforce_metrics.estimation.compared_groups import ComparedGroups, Panel
from workforce_metrics.estimation.joined_tables import LABELS
from workforce_metrics.results import Result

__all__ = ["GroupComparison", "refuse_too_few", "signal_of"]


@dataclass(frozen=True, repr=False, eq=False)
class GroupComparison(Result):
    """A table of compared groups with what is known of the differences between them.

    Parameters
    ----------
    table, by, provenance
        See `Result`. ``provenance["verdict"]`` says in words which indicators' differences are within noise.
    signal_table : pandas.DataFrame
        See `signal`.

    Notes
    -----
    It holds more than its table, and a mean of all groups would tell of a hidden one: suppress the estimates first
    and compare what is shown. `suppress` refuses it.
    """

    signal_table: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def signal(self) -> pd.DataFrame:
        """How much of the differences is more than sampling, one row an indicator; a fresh copy.

        `groups` that were compared and their `mean` with its `mean_error`; `between`, the variance between them;
        Cochran's `q` with `df` and `p_value`; `i_squared` and `reliability` (the mean share of an estimate's variance
        that lies between groups); `within_noise`: homogeneity is not rejected at the level of the intervals.
        """
        return self.signal_table.copy()

    @property
    def caption(self) -> str:
        """What stands under the picture: as for every result, and whether the differences are within noise."""
        return "; ".join(part for part in (super().caption, str(self.provenance.get("verdict", ""))) if part)

    def drawn(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table with what was asked of each row in one column, `indicator`; none where nothing tells."""
        asked = [name for name in LABELS if name in self.signal_table]
        if not asked:
            return table.copy()
        texts = [", ".join(map(str, key)) for key in zip(*(table[name] for name in asked), strict=True)]
        return table.drop(columns=asked).assign(indicator=texts)


def signal_of(
    compared: ComparedGroups, found: Sequence[BetweenGroups], *, conf_level: float
) -> tuple[pd.DataFrame, str]:
    """Return the table of what is signal, and in words which differences are within noise.

    Parameters
    ----------
    compared : ComparedGroups
    found : sequence of BetweenGroups, one a panel
    conf_level : float
        Homogeneity is tested at one less this level.

    Returns
    -------
    signal : pandas.DataFrame
        One row a panel.
    words : str
    """
    asked = [name for name in compared.labels if name not in compared.by]
    first = [int(panel.rows[0]) for panel in compared.panels]
    table = compared.labels[asked].take(first).reset_index(drop=True)
    numbers = pd.DataFrame([asdict(one) for one in found])
    within = [one.p_value >= 1 - conf_level for one in found]
    names = [_name(panel) for panel in compared.panels]
    parts = [
        f"differences {word} noise: {', '.join(chosen)}"
        for word, is_within in (("within", True), ("beyond", False))
        if (chosen := [name for name, flag in zip(names, within, strict=True) if flag is is_within])
    ]
    return table.join(numbers).assign(within_noise=within), "; ".join(parts)


def refuse_too_few(panel: Panel, n: int, at_least: int) -> None:
    """Refuse a panel of fewer groups with what is needed than a method can do with."""
    if n < at_least:
        raise InvalidDataError(
            _name(panel),
            f"at least {at_least} groups with an estimate and a standard error above 0",
            f"{n}",
            "compare more groups, or leave this indicator out",
        )


def _name(panel: Panel) -> str:
    return panel.name or "estimates"
