"""Synthetic extracts with known truth."""
