"""What diverging bars show, before anything is drawn: rows and panels in order, each option's place on the axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.plotting.groups import groups_of, numbers, plain_words, suppressed_rows

__all__ = ["ASIDE", "LEFT", "MIDDLE", "RIGHT", "Bar", "LikertOrder", "LikertPanel", "Neutral", "likert_panels"]

LikertOrder = Literal["favourable", "group"]
Neutral = Literal["split", "aside"]
Floats = npt.NDArray[np.float64]
LEFT, MIDDLE, RIGHT, ASIDE = "unfavourable", "neutral", "favourable", "aside"


@dataclass(frozen=True)
class Bar:
    """The options of one row, from the least favourable.

    Parameters
    ----------
    outcomes, sides : tuple of str, length n_options
    share : ndarray of float, shape (n_options,)
        NaN where withheld or nobody answered.
    n : float
        How many answered; NaN where withheld.
    hidden : bool
    """

    outcomes: tuple[str, ...]
    sides: tuple[str, ...]
    share: Floats
    n: float
    hidden: bool

    @property
    def known(self) -> bool:
        """Whether there is a bar to draw."""
        return bool(np.isfinite(self.share).all())

    @property
    def favourable(self) -> float:
        """The share of favourable answers."""
        return float(self.share[np.array(self.sides) == RIGHT].sum())

    def starts(self, neutral: Neutral) -> Floats:
        """Where each option begins on an axis whose 0 parts the sides; those set aside begin at 0 of their strip."""
        sides = np.array(self.sides)
        apart = (sides == ASIDE) | ((sides == MIDDLE) & (neutral == "aside"))
        main = np.where(apart, 0.0, self.share)
        left = main[sides == LEFT].sum() + main[sides == MIDDLE].sum() / 2
        beside = np.where(apart, self.share, 0.0)
        starts = np.where(apart, np.cumsum(beside) - beside, np.cumsum(main) - main - left)
        return np.asarray(starts, dtype=np.float64)

    def is_apart(self, neutral: Neutral) -> npt.NDArray[np.bool_]:
        """Which options stand in the strip at the right."""
        return np.array([side == ASIDE or (side == MIDDLE and neutral == "aside") for side in self.sides])


@dataclass(frozen=True)
class LikertPanel:
    """One panel: its title and a bar for each row, None where the panel lacks it."""

    title: str
    bars: tuple[Bar | None, ...]


def likert_panels(
    frame: pd.DataFrame, by: tuple[str, ...], *, order: LikertOrder
) -> tuple[list[str], list[LikertPanel]]:
    """Return the texts of the rows from the top, and the panels from the left.

    Without groups the items are the rows of one panel. With them each item has a panel and the groups are the rows, in
    the order of the first panel; what has no bar stands at the foot.

    Raises
    ------
    InvalidDataError
        If an option stands twice in a group and item.
    """
    if frame.duplicated([*by, "indicator", "outcome"]).any():
        raise InvalidDataError(
            "frame", "one row a group, item and option", "several", "name in by= what tells them apart"
        )
    items = list(dict.fromkeys(str(name) for name in frame["indicator"]))
    by_item = [frame[frame["indicator"] == name] for name in items]
    if not by:
        bars: list[list[Bar | None]] = [[_bar(rows) for rows in by_item]]
        texts, titles = [plain_words(name) for name in items], [""]
    else:
        texts = [group.label for group in groups_of(frame, by)]
        titles = [plain_words(name) for name in items]
        found = [{group.label: _bar(group.rows) for group in groups_of(rows, by)} for rows in by_item]
        bars = [[bar.get(text) for text in texts] for bar in found]
    places = _order(bars[0]) if order == "favourable" else list(range(len(texts)))
    panels = [
        LikertPanel(title, tuple(rows[place] for place in places)) for title, rows in zip(titles, bars, strict=True)
    ]
    return [texts[place] for place in places], panels


def _bar(rows: pd.DataFrame) -> Bar:
    return Bar(
        tuple(map(str, rows["outcome"])),
        tuple(map(str, rows["side"])),
        numbers(rows, "estimate"),
        float(numbers(rows, "n")[0]),
        bool(suppressed_rows(rows).any()),
    )


def _order(bars: list[Bar | None]) -> list[int]:
    """Return the rows by favourable share, the largest first, those without a bar last and in their own order."""
    share = np.array([bar.favourable if bar is not None and bar.known else np.nan for bar in bars])
    return [int(place) for place in np.argsort(-share, kind="stable")]
