"""Published rates and totals worked out again from their parts, and what does not add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.figures import PublishedWorkforce
from workforce_metrics.indicators.reconciled_rates import UNEXPLAINED, rate_checks
from workforce_metrics.indicators.reconciled_totals import DIMENSIONS, total_checks
from workforce_metrics.results import Result

__all__ = ["Reconciliation", "reconcile"]


@dataclass(frozen=True, repr=False, eq=False)
class Reconciliation(Result):
    """Published figures beside what their parts give, as `reconcile` returns them.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a check: see `reconcile`.
    by : tuple of str
        Empty.
    provenance : mapping
        Layout, definition, denominator, number of figures.
    """

    _title: ClassVar[str] = "Reconciliation"

    @property
    def summary(self) -> pd.DataFrame:
        """How many checks each explanation accounts for: check, explained_by, n."""
        return self.table.groupby(["check", "explained_by"], sort=True).size().rename("n").reset_index()

    @property
    def unexplained(self) -> pd.DataFrame:
        """The checks of figures that do not add up and whose difference nothing here explains."""
        return self.table[self.table["explained_by"] == UNEXPLAINED].reset_index(drop=True)


def reconcile(
    published: object,
    *,
    denominator: Literal["average", "start", "end"] = "average",
    totals: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    hidden_below: int | None = None,
) -> Reconciliation:
    """Work published rates and totals out again from their published parts, and explain each difference.

    Parameters
    ----------
    published : PublishedWorkforce
        What `read_published_workforce` returns.
    denominator : {"average", "start", "end"}
        What leavers and joiners are divided by: the mean of those in post at start and end (NHS England), those at
        start (NHS Education for Scotland), or those at the end.
    totals : mapping of str to mapping of str to sequence of str, optional
        Column ("staff_group", "care_setting", "level" or "organisation") to totals and their parts:
        ``{"staff_group": {"All staff groups": ["HCHS doctors", "Nurses"], "HCHS doctors": ["Consultant"]}}``.
        Without it, the parts of a column's one total are all its other labels: where there are subtotals among
        them, they add up to more, and the totals have to be declared.
    hidden_below : int, optional
        Suppressed counts are below this number. Without it they may be anything from 0.

    Returns
    -------
    Reconciliation
        One row a check: `check` ("leaver_rate", "joiner_rate", "stability_index", "sickness_absence_rate",
        "total of staff_group", ..., "fte and headcount"), what the figure is about, `published`, `recomputed`,
        `difference` (published minus recomputed), `possible_low` and `possible_high` (between which the parts let it
        lie, given their digits), `explained_by` and `detail`; `sheet`, `row`, `column` of the published figure.
        ``summary`` counts the explanations, ``unexplained`` holds what does not add up.

    Raises
    ------
    InvalidArgumentError
        If an argument is none of those above, or `totals` names a column or a label that is not there.
    InvalidDataError
        If there is nothing to check.

    Notes
    -----
    A published figure written to a step `s` stands for anything within `s / 2`; so does each of its parts. Head counts
    written to 1 are exact: people are whole. The tolerance is these intervals and nothing else. `explained_by` is the
    first that holds:

    - "agrees": what the parts give is the published figure, written with its digits;
    - "rounding": it is within what rounding of the parts allows;
    - "suppressed parts": a part is withheld, and what is known of it allows the figure;
    - "another denominator": it agrees with one of the other denominators, which `detail` names;
    - "percent for fraction": it is a hundred times, or a hundredth of, what the parts give;
    - "people in several parts": a head count is below the sum of its parts and not below the largest of them:
      people in two groups count once in the total;
    - "parts not published": the figures to work it out from are not in the file;
    - "not explained".

    Leaver rate = leavers / denominator; joiner rate = joiners / denominator; stability index = (those at start -
    leavers) / those at start, which holds where leavers are counted among those in post at start (status: inferred);
    sickness absence rate = FTE days lost / FTE days available. "fte and headcount" asks that nobody counts for more
    than one full-time equivalent, and that where there are people there is work, and the other way round.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> sheet = pd.DataFrame([["Org code", "Period", "Type", "Leaver", "Denominator at start of period",
    ...                        "Denominator at end of period", "Leaver rate (%)"],
    ...                       ["RX1", "202303 to 202403", "HC", 110, 1000, 1200, 10.0],
    ...                       ["RX2", "202303 to 202403", "HC", 110, 1000, 1200, 11.0],
    ...                       ["RX3", "202303 to 202403", "HC", 110, 1000, 1200, 12.0]])
    >>> checked = wm.reconcile(wm.read_published_workforce({"Turnover": sheet}))
    >>> checked.frame[["organisation", "published", "recomputed", "explained_by", "detail"]]
      organisation  published  recomputed         explained_by            detail
    0          RX1       0.10         0.1               agrees  leavers / average
    1          RX2       0.11         0.1  another denominator    leavers / start
    2          RX3       0.12         0.1        not explained  leavers / average
    """
    if not isinstance(published, PublishedWorkforce):
        got, fix = type(published).__name__, "pass what read_published_workforce returns"
        raise InvalidArgumentError("published", "a PublishedWorkforce", got, fix)
    if denominator not in {"average", "start", "end"}:
        raise InvalidArgumentError("denominator", "'average', 'start' or 'end'", repr(denominator), "choose one")
    whole = isinstance(hidden_below, int) and not isinstance(hidden_below, bool) and hidden_below > 0
    if hidden_below is not None and not whole:
        raise InvalidArgumentError("hidden_below", "a whole number above 0", repr(hidden_below), "for example 5")
    below = float("inf") if hidden_below is None else float(hidden_below)
    table = published.table
    checks = [rate_checks(table, denominator, below), total_checks(table, _declared(totals, table), below)]
    checks = [check for check in checks if len(check)]
    if not checks:
        fix = "publish the parts beside the rates, or a total beside its parts"
        raise InvalidDataError("published", "rates or totals to work out again", "neither", fix)
    provenance = {
        **published.provenance, "data": published.report.source, "layout": published.layout,
        "denominator": denominator, "hidden_below": hidden_below, "n_figures": len(published),
    }  # fmt: skip
    if published.definition:
        provenance["definition"] = published.definition
    return Reconciliation(pd.concat(checks, ignore_index=True), (), provenance)


def _declared(totals: object, table: pd.DataFrame) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the declared totals, each column and label of which is there."""
    if totals is None:
        return {}
    expected, fix = "a mapping of column to totals and their parts", "{'staff_group': {'All staff groups': [...]}}"
    if not isinstance(totals, Mapping):
        raise InvalidArgumentError("totals", expected, type(totals).__name__, fix)
    declared: dict[str, dict[str, tuple[str, ...]]] = {}
    for column, parts_of in totals.items():
        if column not in DIMENSIONS or not isinstance(parts_of, Mapping):
            raise InvalidArgumentError("totals", f"columns among {', '.join(DIMENSIONS)}", repr(column), fix)
        labels = {*table[column]}
        for total, parts in parts_of.items():
            if isinstance(parts, str) or not isinstance(parts, Sequence) or not parts:
                raise InvalidArgumentError("totals", "a list of parts for each total", type(parts).__name__, fix)
            unknown = next((label for label in (total, *parts) if label not in labels), None)
            if unknown is not None:
                raise InvalidArgumentError("totals", f"labels of {column}", repr(unknown), "write it as in the frame")
        declared[column] = {str(total): tuple(parts) for total, parts in parts_of.items()}
    return declared
