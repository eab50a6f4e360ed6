"""Cox regressions of each cause of leaving, and the incidences that they imply together."""

from workforce_metrics.survival.cause_specific.fit import cause_specific
from workforce_metrics.survival.cause_specific.result import CauseSpecificModel

__all__ = ["CauseSpecificModel", "cause_specific"]
