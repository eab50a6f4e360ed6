"""Responses to scores and shares; registers to leaver rates."""
