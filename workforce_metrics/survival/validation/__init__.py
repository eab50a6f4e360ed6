"""How good predicted risks of leaving are: calibration, accuracy, discrimination."""

from workforce_metrics.survival.validation.cross_validation import cross_validate
from workforce_metrics.survival.validation.result import Validation
from workforce_metrics.survival.validation.validate import validate

__all__ = ["Validation", "cross_validate", "validate"]
