"""What leaving can mean in snapshots, and the words for it."""

from __future__ import annotations

__all__ = ["DEFINITIONS", "KEY_OF", "LEFT", "MOVED", "NOT_ACTIVE", "POSTS"]

LEFT = "left the extract"
"""The definition, and the reason of who is in none of the snapshots that settle it."""

NOT_ACTIVE = "became not active"

KEY_OF = {LEFT: None, "left the organisation": "organisation", "left the staff group": "staff_group", NOT_ACTIVE: None}
"""Definition to the role whose change ends a spell."""

MOVED = {
    LEFT: LEFT,
    "left the organisation": "moved organisation",
    "left the staff group": "changed staff group",
    NOT_ACTIVE: "not active",
}
"""Definition to the reason of who is still in the extract."""

DEFINITIONS = tuple(KEY_OF)

POSTS = ("largest_fte", "first", "all")
"""How several posts of one person in a period are reduced."""
