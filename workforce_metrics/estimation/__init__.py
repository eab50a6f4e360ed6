"""Scores to estimates: survey design, one pass of totals, groups, disclosure control."""
