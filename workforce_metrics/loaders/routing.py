"""Questions answered by people whom the questionnaire did not lead there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.codebooks.codebook import Item
from workforce_metrics.codebooks.scale import normalise_label
from workforce_metrics.extracts import MISSING_CODE

__all__ = ["NOT_ROUTED", "UNTICKED_NOT_ROUTED", "Misrouted", "find_misrouted", "led_elsewhere"]

NOT_ROUTED = "answered though not routed there"
UNTICKED_NOT_ROUTED = "tick-box left blank by those not asked"
_UNTICKED = normalise_label("Not ticked")

Codes = npt.NDArray[np.int8 | np.int16]


@dataclass(frozen=True)
class Misrouted:
    """The cells of one item that were answered by people led elsewhere.

    Parameters
    ----------
    answered : ndarray of int64
        Rows whose answer contradicts the filter.
    unticked : ndarray of int64
        Rows that hold only the code of a tick-box left blank: an export that writes it for everyone.
    """

    answered: npt.NDArray[np.int64]
    unticked: npt.NDArray[np.int64]


def led_elsewhere(filters: Iterable[tuple[Codes, Collection[int]]]) -> npt.NDArray[np.bool_]:
    """Return who was certainly not led to a question, shape (n_rows,).

    Parameters
    ----------
    filters : iterable of (codes, opening)
        For each filter question its answers, shape (n_rows,), and the codes that lead on. At least one.

    Notes
    -----
    Someone is led elsewhere if every filter was answered and none with a code that leads on. A filter without an
    answer says nothing.

    Examples
    --------
    >>> import numpy as np
    >>> led_elsewhere([(np.array([1, 2, -1], dtype=np.int8), {1})])
    array([False,  True, False])
    """
    closed = [(codes != MISSING_CODE) & ~np.isin(codes, list(opening)) for codes, opening in filters]
    elsewhere: npt.NDArray[np.bool_] = np.logical_and.reduce(closed)
    return elsewhere


def find_misrouted(item: Item, codes: Mapping[str, Codes]) -> Misrouted:
    """Return the cells of a routed item that its filters contradict.

    Parameters
    ----------
    item : Item
        An item with routes, every filter of which is among `codes`.
    codes : mapping of str to ndarray
        Answers by concept as they stand in the source, each of shape (n_rows,).
    """
    elsewhere = led_elsewhere((codes[concept], opening) for concept, opening in item.routes.items())
    own = codes[item.concept]
    unticked = [option.code for option in item.scale.options if normalise_label(option.label) == _UNTICKED]
    left_blank = elsewhere & np.isin(own, unticked)
    return Misrouted(np.flatnonzero(elsewhere & (own != MISSING_CODE) & ~left_blank), np.flatnonzero(left_blank))
