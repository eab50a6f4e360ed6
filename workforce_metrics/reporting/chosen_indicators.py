"""Which indicators a report shows, what it calls them, and which way is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.by_name import SHARE_PREFIX
from workforce_metrics.indicators.catalogue import catalogue
from workforce_metrics.reporting.content import Unit

__all__ = ["DEFAULT_INDICATORS", "Indicator", "chosen_indicators"]

DEFAULT_INDICATORS: Mapping[str, str] = {
    "staff_engagement": "Staff engagement",
    "morale": "Morale",
    "team_working": "Team working",
    "burnout": "Burnout (higher is less burnout)",
    "share:burnout_burnt_out": "Burnt out (often or always)",
    "share:think_about_leaving": "Thinking about leaving",
}
"""What is shown where nobody says, of what the extract holds, with the labels of a report."""

FEWEST = 4
"""So many scores are taken from a codebook of which none of the above is known."""


@dataclass(frozen=True)
class Indicator:
    """An indicator of a report.

    Parameters
    ----------
    name : str
        As `estimate` takes it.
    label : str
    is_share : bool
    scale : str
        From its least to its greatest value ("0 to 10").
    direction : str
        "higher is better", "lower is better" or "neither".
    items : str
        The concepts it is made of, a space between them.
    counted : str
        Of a share: the answers counted, in words; else empty.
    """

    name: str
    label: str
    is_share: bool
    scale: str = ""
    direction: str = "neither"
    items: str = ""
    counted: str = ""

    @property
    def unit(self) -> Unit:
        """What its figures are."""
        return "share" if self.is_share else "score"


def chosen_indicators(
    survey: StaffSurvey, asked: str | Sequence[str] | Mapping[str, str] | None
) -> tuple[Indicator, ...]:
    """Return the indicators asked for, or the usual ones of what the extract holds.

    Parameters
    ----------
    survey : StaffSurvey
    asked : str, sequence of str, mapping of str to str, or None
        Names, or names with their labels.

    Raises
    ------
    InvalidArgumentError
        If nothing is asked for and the extract holds no score.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> extract = wm.simulate_staff_survey(50, seed=1).extract
    >>> survey = wm.read_staff_survey(extract, edition=2024)
    >>> [indicator.label for indicator in chosen_indicators(survey, {"burnout": "Less burnout"})]
    ['Less burnout']
    """
    book = catalogue(survey.codebook).set_index("name")
    there = set(survey.concepts)
    held = [name for name, items in book["items"].items() if set(str(items).split()) <= there]
    if asked is None:
        usual = [name for name in DEFAULT_INDICATORS if name in held] or held[:FEWEST]
        if not usual:
            raise InvalidArgumentError(
                "indicators", "an extract that holds a score", "none of the codebook's", "name columns in indicators="
            )
        return tuple(_indicator(str(name), None, book) for name in usual)
    labels = dict(asked) if isinstance(asked, Mapping) else {}
    names = [asked] if isinstance(asked, str) else list(asked)
    return tuple(_indicator(name, labels.get(name), book) for name in names)


def _indicator(name: str, label: str | None, book: pd.DataFrame) -> Indicator:
    is_share = name.startswith(SHARE_PREFIX)
    if name not in book.index:
        words = name.removeprefix(SHARE_PREFIX).replace("_", " ").capitalize()
        return Indicator(name, label or words, is_share)
    row = book.loc[name]
    own = str(row["label"])
    return Indicator(
        name, label or DEFAULT_INDICATORS.get(name, own), is_share, str(row["range"]), str(row["direction"]),
        str(row["items"]), own.partition(": ")[2] if is_share else "",
    )  # fmt: skip
