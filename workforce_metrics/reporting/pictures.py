"""Pictures, each with the words that tell its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from workforce_metrics.reporting.content import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["picture_of"]

MOST_TOLD = 12
"""So many numbers an alternative text tells; a longer list is better heard from the table."""


def picture_of(draw: Callable[[], Axes], what: str, told: Sequence[str], caption: str) -> Picture:
    """Return a picture with its alternative text: what it shows, then its numbers.

    Parameters
    ----------
    draw : callable
        Makes the axes.
    what : str
        What the picture shows, a sentence without its full stop.
    told : sequence of str
        Its numbers, one by one.
    caption : str
        What stands under it.
    """
    from workforce_metrics.plotting.embedding import svg_of

    rest = len(told) - MOST_TOLD
    more = (f"and {rest} more, in the table",) if rest > 0 else ()
    return Picture(svg_of(draw), f"{what}. {'; '.join((*told[:MOST_TOLD], *more))}.", caption)
