"""Staff surveys and registers in, defensible numbers out."""

from __future__ import annotations

from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey

__all__ = ["nhs_staff_survey"]
