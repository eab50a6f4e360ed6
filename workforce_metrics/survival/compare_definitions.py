"""The same question under several definitions of leaving."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.extracts import Register
from workforce_metrics.provenance import INPUTS, VERSION, package_version, united_inputs
from workforce_metrics.results import Result, grouping_columns
from workforce_metrics.survival.build_cohort import JOINING_NOT_KNOWN, build_cohort, require_register
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.intervals import ConfType
from workforce_metrics.survival.leaving_within import leaving_within

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ComparedDefinitions", "compare_definitions"]

DEFINITION = "definition"


@dataclass(frozen=True, repr=False, eq=False)
class ComparedDefinitions(Result):
    """Risk of leaving within some years of joining under each definition; `compare_definitions` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns: `definition` (categorical in the order given), the groups, and those of `LeavingWithin`: `time`,
        `estimate` (risk, 0 to 1), `std_error`, `conf_low`, `conf_high`, `n` (spells ever at risk), `n_event`,
        `n_censor`, `n_risk`.
    by, provenance
        See `Result`; `by` begins with "definition".
    """

    _title: ClassVar[str] = "Leaving by definition"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each definition's risk, and each group's in it, with its interval."""
        from workforce_metrics.plotting.dots import draw_estimates

        years = self.provenance["years"]
        return draw_estimates(
            self.frame,
            by=self.by,
            ax=ax,
            percent=True,
            order="group",
            title=f"Leaving within {years:g} years, by what leaving means",
            caption=self.caption,
        )


def compare_definitions(
    registers: Mapping[str, Register],
    *,
    years: int = 5,
    by: str | Sequence[str] | None = None,
    causes: Mapping[str, str | None] | None = None,
    conf_type: ConfType = "log-log",
    conf_level: float = 0.95,
    cluster: str | None = None,
) -> ComparedDefinitions:
    """Estimate the risk of leaving within `years` under each of several definitions of leaving.

    Parameters
    ----------
    registers : mapping of str to Register
        Definition to register, as `read_snapshots_by_definition` returns them.
    years : int
        How far ahead, whole years.
    by : str or sequence of str, optional
        Columns of every register to group by.
    causes : mapping of str to (str or None), optional
        As in `build_cohort`: with ``{"left the extract": "left", "moved organisation": None}`` a move is no leaving but
        ends what is seen of the spell. By default every end of a spell is leaving.
    conf_type, conf_level, cluster : various
        As in `leaving_within`. A person may have several spells: ``cluster="person_id"`` takes that into account.

    Returns
    -------
    ComparedDefinitions
        One row a definition and group. Spells whose joining is not known are in none, and counted in ``provenance``.

    Raises
    ------
    InvalidArgumentError, MissingColumnError, InvalidDataError
        If there is no register, something else among them, or as `build_cohort` and `leaving_within` do.

    Notes
    -----
    The intervals say how well each risk is known, not whether two differ: the definitions are about the same people.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> days = pd.to_datetime(["2020-01-31", "2020-02-29", "2020-03-31", "2020-04-30"])
    >>> rows = pd.DataFrame({"pid": list("aaaabbbcc"), "org": list("NNSSNNNNN"),
    ...                      "month": days[[0, 1, 2, 3, 0, 1, 2, 2, 3]],
    ...                      "start": ["2019-12-09"] * 7 + ["2020-03-09"] * 2})
    >>> registers = wm.read_snapshots_by_definition(
    ...     rows, columns={"person_id": "pid", "period": "month", "organisation": "org", "joined": "start"},
    ...     definitions=["left the extract", "left the organisation"], posts="first",
    ... )
    >>> registers["left the organisation"].spells[["person_id", "organisation", "left", "reason"]]
      person_id organisation       left              reason
    0         a            N 2020-03-16  moved organisation
    1         a            S        NaT                 NaN
    2         b            N 2020-04-15    left the extract
    3         c            N        NaT                 NaN
    """
    if not isinstance(registers, Mapping) or not registers:
        fix = "pass what read_snapshots_by_definition returns"
        raise InvalidArgumentError("registers", "definitions with their registers", type(registers).__name__, fix)
    tables = []
    not_known: dict[str, object] = {}
    for definition, register in registers.items():
        require_register(register)
        cohort: Cohort = build_cohort(register, horizon_years=years, causes=causes)
        left = leaving_within(cohort, years=years, by=by, conf_type=conf_type, conf_level=conf_level, cluster=cluster)
        tables.append(left.frame.assign(**{DEFINITION: definition}))
        not_known[definition] = cohort.provenance.get(JOINING_NOT_KNOWN, 0)
    table = pd.concat(tables, ignore_index=True)
    table.insert(0, DEFINITION, pd.Series(pd.Categorical(table.pop(DEFINITION), list(registers))))
    made = {
        **united_inputs(_different(registers.values())),
        VERSION: package_version(),
        "years": years,
        JOINING_NOT_KNOWN: not_known,
        "conf_type": conf_type,
        "conf_level": conf_level,
        "cluster": cluster,
    }
    return ComparedDefinitions(table, (DEFINITION, *grouping_columns(by)), made)


def _different(registers: Iterable[Register]) -> list[Mapping[str, object]]:
    """Return the provenances of registers, those of one source once."""
    found: list[Mapping[str, object]] = []
    for register in registers:
        if all(register.provenance.get(INPUTS) != one.get(INPUTS) for one in found):
            found.append(register.provenance)
    return found
