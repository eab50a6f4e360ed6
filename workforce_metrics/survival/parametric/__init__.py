"""Fully parametric models of time to leaving: distributions, the search with lifelines, variances, predictions."""

from workforce_metrics.survival.parametric.fit import parametric
from workforce_metrics.survival.parametric.result import ParametricModel

__all__ = ["ParametricModel", "parametric"]
