"""Discrete-time hazards on counts by covariate pattern and interval: grid, cells, likelihood, fit, prediction."""

from workforce_metrics.survival.discrete_hazard.fit import discrete_hazard
from workforce_metrics.survival.discrete_hazard.result import DiscreteHazard

__all__ = ["DiscreteHazard", "discrete_hazard"]
