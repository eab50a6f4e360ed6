"""What is known of a documented instrument: its scores, the rules by which they are taken, and their bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["STATISTICS", "Bands", "Instrument", "InstrumentScore"]

STATISTICS = ("mean", "sum", "percent", "converted", "positive")
"""How a score is made of the values of its items:

- "mean": of the answered items, in the units of one item;
- "sum": of all items; where some may be missing, the mean of the answered ones times the number of items;
- "percent": the mean put on 0 to 100 by the ends of the item scale;
- "converted": the sum looked up in a published table; every item is needed;
- "positive": of a group, the share of favourable answers to each item, averaged over the items.
"""


@dataclass(frozen=True)
class Bands:
    """Cut-offs that put a score in words.

    Parameters
    ----------
    labels : tuple of str
        From the lowest values to the highest.
    cut_offs : tuple of float
        Where each band but the first begins, one fewer than `labels`.
    closed : {"left", "right"}
        "left": a value on a cut-off belongs to the band above it; "right": to the one below.
    status : str
        How the cut-offs are known.
    note : str
        What an analyst should know.
    """

    labels: tuple[str, ...]
    cut_offs: tuple[float, ...]
    closed: str
    status: str
    note: str = ""


@dataclass(frozen=True)
class InstrumentScore:
    """One score of an instrument.

    Parameters
    ----------
    name : str
        The score's name, unique among all instruments: the column of a result.
    instrument : str
        The instrument's short name.
    label : str
        Our own short label, for a plot.
    items : tuple of str
        Item codes.
    reversed_items : frozenset of str
        Items reflected about the middle of their scale.
    codes : tuple of int
        The codes of an answer, ascending.
    other_codes : tuple of int
        The codes in another edition of the instrument; empty where there is none.
    statistics : tuple of str
        From `STATISTICS`, the usual one first.
    direction : str
        "higher" or "lower": which way is better.
    min_answered : int
        With fewer items answered the score is missing.
    min_answered_status : str
        How that rule is known.
    not_scored : frozenset of int
        Codes of answers that count as not answered.
    not_scored_status : str
        How those are known; empty where there is none.
    status : str
        How items, reversals and statistic are known.
    note : str
        What an analyst should know.
    bands : Bands or None
        Cut-offs on the usual statistic.
    conversion : mapping of int to float
        Sum to published value, for "converted".
    """

    name: str
    instrument: str
    label: str
    items: tuple[str, ...]
    reversed_items: frozenset[str]
    codes: tuple[int, ...]
    statistics: tuple[str, ...]
    min_answered: int
    direction: str = "higher"
    other_codes: tuple[int, ...] = ()
    min_answered_status: str = "declared"
    not_scored: frozenset[int] = frozenset()
    not_scored_status: str = ""
    status: str = "declared"
    note: str = ""
    bands: Bands | None = None
    conversion: Mapping[int, float] = field(default_factory=dict)

    def item_values(self, item: str, codes: tuple[int, ...]) -> dict[int, float]:
        """Return code to value of one item, reversal applied."""
        ends = codes[0] + codes[-1]
        return {code: float(ends - code if item in self.reversed_items else code) for code in codes}

    def limits(self, statistic: str, codes: tuple[int, ...]) -> tuple[float, float]:
        """Return the least and the greatest value that the score can take.

        Examples
        --------
        >>> from workforce_metrics.codebooks.instruments import instrument_score
        >>> who5 = instrument_score("who5")
        >>> who5.limits("percent", who5.codes), who5.limits("sum", who5.codes)
        ((0.0, 100.0), (0.0, 25.0))
        """
        if statistic == "percent":
            return 0.0, 100.0
        if statistic == "positive":
            return 0.0, 1.0
        if statistic == "converted":
            return min(self.conversion.values()), max(self.conversion.values())
        n = len(self.items) if statistic == "sum" else 1
        return float(n * codes[0]), float(n * codes[-1])


@dataclass(frozen=True)
class Instrument:
    """A documented instrument.

    Parameters
    ----------
    name : str
        Its short name.
    function : str
        The function of `workforce_metrics.indicators.instruments` that scores it.
    title : str
        Its name in full.
    answers : str
        Which end of the codes is which, where that is stated; otherwise codes count up with the options.
    licence : str
        What is known of its licence. Item text is shipped of none.
    source : str
        The publication, with its DOI or address.
    note : str
        What an analyst should know.
    scores : mapping of str to InstrumentScore
        By name; empty where the key is the licensee's own or the result is no number.
    """

    name: str
    function: str
    title: str
    answers: str
    licence: str
    source: str
    note: str
    scores: Mapping[str, InstrumentScore]
