"""Risk tables of several houses as one: no person-level row leaves any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workforce_metrics.errors import DefinitionMismatchError, InvalidArgumentError
from workforce_metrics.survival.cohort_columns import ONE_CAUSE
from workforce_metrics.survival.risk_addition import (
    add_counts,
    causes_together,
    pooled_provenance,
    refuse_differences,
    under_causes,
)
from workforce_metrics.survival.risk_table import RiskTable

__all__ = ["pooled_table"]


def pooled_table(tables: Sequence[RiskTable]) -> RiskTable:
    """Return the table of all people of several tables; `RiskTable.pooled` says what may differ."""
    if not tables or not all(isinstance(table, RiskTable) for table in tables):
        raise InvalidArgumentError("tables", "risk tables", "none, or something else", "pass a list of risk tables")
    same = [{"by": table.by, "time_unit": table.time_unit, "is_weighted": table.is_weighted} for table in tables]
    made = [table.provenance for table in tables]
    refuse_differences(same, tuple(same[0]))
    refuse_differences(made, ("definition", "horizon_years"))
    causes = causes_together([(table.counts, table.causes) for table in tables], ONE_CAUSE)
    if causes is None:
        raise DefinitionMismatchError(
            "risk tables", "the same causes", f"one with {ONE_CAUSE!r} alone", "take both apart, or all_causes()"
        )
    counts, groups = add_counts([(under_causes(t.counts, t.causes, causes), t.groups) for t in tables])
    return replace(tables[0], counts=counts, groups=groups, causes=causes, provenance=pooled_provenance(made))
