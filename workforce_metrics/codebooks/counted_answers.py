"""Which answers a share counts: as a label that joins theirs, and as codes read back from one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from workforce_metrics.codebooks.codebook import Item
from workforce_metrics.codebooks.scale import Scale, normalise_label

__all__ = ["codes_of_label", "counted_label", "favourable_codes", "option_of"]

JOINED_BY = " + "
ALIASES = {"not applicable to me": "not applicable"}
"""Labels of published files beside the codebook's, documented for q6a."""

_PUNCTUATION = re.compile(r"[^0-9a-z+]+")


def counted_label(scale: Scale, codes: Collection[int]) -> str:
    """Return the labels of some answers in the order of the scale, joined by " + "; a code where there is no label.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> item = wm.nhs_staff_survey(2024).items["burnout_burnt_out"]
    >>> counted_label(item.scale, item.counted)
    'Often + Always'
    """
    return JOINED_BY.join(option.label or str(option.code) for option in scale.options if option.code in codes)


def codes_of_label(text: str, scale: Scale) -> frozenset[int]:
    """Return the answers that a label of `counted_label` joins; empty where one of them is not on the scale.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> sorted(codes_of_label("Often + Always", wm.nhs_staff_survey(2024).items["burnout_burnt_out"].scale))
    [4, 5]
    """
    codes = {code for part in text.split(JOINED_BY) for code in [_code_of(part, scale)]}
    return frozenset(code for code in codes if code is not None) if None not in codes else frozenset()


def _code_of(part: str, scale: Scale) -> int | None:
    by_label = option_of(part, scale, {})
    if by_label is None and part.isascii() and part.isdigit() and int(part[:6]) in scale.codes:
        return int(part[:6])
    return by_label


def favourable_codes(item: Item) -> frozenset[int]:
    """Return the answers worth more than the middle of the item's values; empty where the item has none.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> sorted(favourable_codes(wm.nhs_staff_survey(2024).items["burnout_burnt_out"]))
    [1, 2]

    Notes
    -----
    What contractors count as positive is not documented: for the five-point items it is inferred from a public script
    (of q12, Never + Rarely), for the others it follows the same rule.
    """
    values = item.values if item.direction in {"positive", "negative"} else {}
    if not values:
        return frozenset()
    middle = (min(values.values()) + max(values.values())) / 2
    return frozenset(code for code, value in values.items() if value > middle)


def option_of(label: str, scale: Scale, declared: Mapping[str, str]) -> int | None:
    """Return the code of an answer by the label a file gives it, None where no one answer bears it.

    Parameters
    ----------
    label : str
        As in the file, with or without a leading "%".
    scale : Scale
        The answers of the item.
    declared : mapping of str to str
        The file's label to the codebook's, both normalised.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> scale = wm.nhs_staff_survey(2024).items["patient_contact"].scale
    >>> option_of("% Yes, frequently", scale, {}), option_of("Perhaps", scale, {})
    (1, None)
    """
    text = normalise_label(label.strip().removeprefix("%"))
    text = declared.get(text, ALIASES.get(text, text))
    exact = scale.code_of_label
    if text in exact:
        return exact[text]
    loose = [code for known, code in exact.items() if _loose(known) == _loose(text)]
    return loose[0] if len(loose) == 1 and _loose(text) else None


def _loose(label: str) -> str:
    return _PUNCTUATION.sub(" ", label).strip()
