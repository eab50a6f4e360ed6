"""The answers that an item offers: codes, labels, values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workforce_metrics.errors import CodebookError

__all__ = ["Option", "Scale", "normalise_label"]

LARGEST_CODE = 32_000
_QUOTES_AND_DASHES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})


def normalise_label(text: str) -> str:
    """Return a label as labels are compared: one case, single spaces, straight quotes, plain hyphens.

    Examples
    --------
    >>> normalise_label("  Don’t   KNOW ")
    "don't know"
    """
    return re.sub(r"\s*-\s*", "-", re.sub(r"\s+", " ", text.translate(_QUOTES_AND_DASHES))).strip().casefold()


@dataclass(frozen=True)
class Option:
    """One answer that can be given: its code, its label and its value on a positively directed item.

    Parameters
    ----------
    code : int
        The code in the extract, 0 to 32,000.
    label : str
        The label, empty where only the code is known.
    value : float or None
        What the answer scores; None where it is an answer but carries no score ("don't know").
    """

    code: int
    label: str = ""
    value: float | None = None


@dataclass(frozen=True)
class Scale:
    """The answers that an item offers.

    Parameters
    ----------
    name : str
        The scale's name within its codebook.
    options : tuple of Option
        The answers, in the order of the questionnaire.
    status : str
        How the values are known: "documented", "inferred", "unverified", "unknown".

    Examples
    --------
    >>> yes_no = Scale("yesno", (Option(1, "Yes", 10.0), Option(2, "No", 0.0)))
    >>> yes_no.values("positive"), yes_no.values("negative")
    ({1: 10.0, 2: 0.0}, {1: 0.0, 2: 10.0})
    """

    name: str
    options: tuple[Option, ...]
    status: str = "documented"

    def __post_init__(self) -> None:
        codes = [option.code for option in self.options]
        labels = [normalise_label(option.label) for option in self.options if option.label]
        where = f"scale {self.name!r}"
        if not codes:
            raise CodebookError(where, "at least one option", "none", "list the codes that may be answered")
        for kind, values in (("code", codes), ("label", labels)):
            if len(set(values)) < len(values):
                raise CodebookError(where, f"each {kind} once", f"a {kind} twice", "give every option its own")
        if not all(isinstance(code, int) and 0 <= code <= LARGEST_CODE for code in codes):
            raise CodebookError(
                where, f"whole codes from 0 to {LARGEST_CODE}", "another code", "list missing marks under `missing`"
            )

    @property
    def codes(self) -> frozenset[int]:
        """Every code that is an answer."""
        return frozenset(option.code for option in self.options)

    @property
    def code_of_label(self) -> dict[str, int]:
        """Normalised label to code."""
        return {normalise_label(option.label): option.code for option in self.options if option.label}

    @property
    def is_scored(self) -> bool:
        """Whether at least two answers carry a value."""
        return sum(option.value is not None for option in self.options) > 1

    def values(self, direction: str) -> dict[int, float]:
        """Return code to value on an item of that direction; a negative item reflects the scale about its middle."""
        scored = {option.code: option.value for option in self.options if option.value is not None}
        if direction != "negative" or not scored:
            return scored
        ends = min(scored.values()) + max(scored.values())
        return {code: ends - value for code, value in scored.items()}
