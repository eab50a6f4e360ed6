"""Numbers into plain English: natural frequencies, intervals in words, changes and whether they are more than noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from workforce_metrics.reporting.content import NOT_KNOWN, Figure, figure_text

__all__ = [
    "change_words",
    "counted",
    "day_in_words",
    "in_words",
    "listed",
    "natural_frequency",
    "ordinal",
    "plain",
    "score_sentence",
    "share_sentence",
]

SMALL_NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
BASES = (100, 1_000, 10_000)


def counted(number: float, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun, in the singular for one.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row"), counted(0, "person", "people")
    ('1 row', '1,200 rows', '0 people')
    """
    noun = singular if number == 1 else plural or f"{singular}s"
    return f"{number:,.0f} {noun}"


def in_words(number: int, noun: str) -> str:
    """Return a small whole number in letters with its noun, a larger one in digits.

    Examples
    --------
    >>> in_words(5, "year"), in_words(1, "year"), in_words(20, "year")
    ('five years', 'one year', '20 years')
    """
    word = SMALL_NUMBERS[number] if 0 <= number < len(SMALL_NUMBERS) else f"{number:,}"
    return f"{word} {noun}{'' if number == 1 else 's'}"


def ordinal(number: int) -> str:
    """Return the place that a number stands for.

    Examples
    --------
    >>> [ordinal(number) for number in (1, 2, 3, 5, 11, 22)]
    ['1st', '2nd', '3rd', '5th', '11th', '22nd']
    """
    is_teen = number % 100 in {11, 12, 13}
    return f"{number}{'th' if is_teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def day_in_words(day: date) -> str:
    """Return a day as it is written in a sentence, in English whatever the locale.

    Examples
    --------
    >>> day_in_words(date(2025, 3, 31))
    '31 March 2025'
    """
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def plain(name: object) -> str:
    """Return the name of a column, a cause or a rule as words.

    Examples
    --------
    >>> plain("end_of_contract")
    'end of contract'
    """
    return str(name).replace("_", " ")


def natural_frequency(share: Figure) -> tuple[str, str]:
    """Return a share as so many of a round number of people, the round number, and how many.

    The number is 100, unless fewer than one of them would be counted: then 1,000 or 10,000.

    Examples
    --------
    >>> natural_frequency(Figure(0.234, "share", 0.204, 0.262))
    ('100', 'about 23 (20 to 26)')
    >>> natural_frequency(Figure(0.0042, "share", 0.002, 0.007))
    ('1,000', 'about 4 (2 to 7)')
    >>> natural_frequency(Figure(float("nan"), "share"))
    ('100', 'too few to say')
    """
    if not math.isfinite(share.value):
        return f"{BASES[0]}", NOT_KNOWN
    base = next((base for base in BASES if share.value * base >= 0.995), BASES[0])
    about = f"about {_whole(share.value, base)}" if 0 < share.value < 1 else _whole(share.value, base)
    limits = f" ({_whole(share.low, base)} to {_whole(share.high, base)})" if share.has_interval else ""
    return f"{base:,}", about + limits


def share_sentence(label: str, share: Figure) -> str:
    """Return a share of an item's answers as a sentence.

    Examples
    --------
    >>> share_sentence("Burnt out, often or always", Figure(0.312, "share", 0.3, 0.324))
    'Burnt out, often or always: about 31 of 100 who answered (30 to 32).'
    """
    base, many = natural_frequency(share)
    if many == NOT_KNOWN:
        return f"{label}: {NOT_KNOWN}."
    about, bracket, limits = many.partition(" (")
    return f"{label}: {about} of {base} who answered{bracket}{limits}."


def score_sentence(label: str, score: Figure, scale: str) -> str:
    """Return a score with its scale as a sentence.

    Examples
    --------
    >>> score_sentence("Morale", Figure(6.81, "score", 6.7, 6.92), "0 to 10")
    'Morale: 6.81 (6.70 to 6.92) on a scale of 0 to 10.'
    """
    if not math.isfinite(score.value):
        return f"{label}: {NOT_KNOWN}."
    return f"{label}: {figure_text(score)}{f' on a scale of {scale}' if scale else ''}."


def change_words(change: Figure, *, is_noise: bool) -> str:
    """Return whether a figure rose or fell, and whether by more than chance.

    Examples
    --------
    >>> change_words(Figure(0.021, "points", 0.01, 0.032), is_noise=False)
    'rose, by more than chance'
    >>> change_words(Figure(-0.1, "score change", -0.3, 0.1), is_noise=True)
    'no clear change'
    """
    if not math.isfinite(change.value):
        return NOT_KNOWN
    if is_noise or change.value == 0:
        return "no clear change"
    return f"{'rose' if change.value > 0 else 'fell'}, by more than chance"


def _whole(share: float, base: int) -> str:
    return f"{math.floor(share * base + 0.5):,}"
