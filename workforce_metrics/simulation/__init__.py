"""Synthetic extracts with known truth."""

from __future__ import annotations

from workforce_metrics.simulation.register import simulate_register
from workforce_metrics.simulation.simulated import Simulated
from workforce_metrics.simulation.snapshots import simulate_snapshots
from workforce_metrics.simulation.staff_survey import simulate_staff_survey

__all__ = ["Simulated", "simulate_register", "simulate_snapshots", "simulate_staff_survey"]
