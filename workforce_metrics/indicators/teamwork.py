"""Teamwork: the team, its line manager, and how people treat one another."""

from __future__ import annotations

from workforce_metrics.indicators.score_functions import item_score_function, part_score_function

__all__ = ["compassionate_leadership", "inclusion", "line_management", "team_working", "we_are_a_team"]

we_are_a_team = part_score_function("we_are_a_team", module=__name__)
team_working = item_score_function("team_working", module=__name__)
line_management = item_score_function("line_management", module=__name__)
compassionate_leadership = item_score_function("compassionate_leadership", module=__name__)
inclusion = item_score_function("inclusion", module=__name__)
