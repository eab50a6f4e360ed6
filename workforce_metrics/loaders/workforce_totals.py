"""Which figures of a published workforce file are totals of others, by the labels of their rows."""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.codebooks.scale import normalise_label

__all__ = ["is_total_label", "totals_of"]

_TOTAL = re.compile(r"(all|(grand |sub)?total)( (?!other\b).*)?|england( total)?")
COLUMNS = ("organisation", "staff_group", "care_setting", "level")


def is_total_label(label: str, declared: Collection[str] = ()) -> bool:
    """Return whether a label stands for all together: "All ...", "Total ...", "England", or one that was declared.

    Examples
    --------
    >>> [is_total_label(label) for label in ("All staff groups", "TOTAL", "All other ethnic groups", "Allied health")]
    [True, True, False, False]
    """
    text = normalise_label(label)
    return text in declared or _TOTAL.fullmatch(text) is not None


def totals_of(table: pd.DataFrame, declared: Collection[str]) -> npt.NDArray[np.object_]:
    """Return of which columns each figure is a total, joined by " + ", shape (n_figures,).

    Parameters
    ----------
    table : pandas.DataFrame
        With `organisation`, `organisation_name`, `staff_group`, `care_setting` and `level`.
    declared : collection of str
        Labels of totals beside those that say so, normalised.

    Notes
    -----
    An organisation is a total by its code or by its name. A level of several columns ("Female + Band 5") is one if
    each of its parts is.
    """
    flags = {column: _are_totals(table[column], declared) for column in COLUMNS}
    flags["organisation"] |= _are_totals(table["organisation_name"], declared)
    found = np.full(len(table), "", dtype=object)
    for column in COLUMNS:
        found[flags[column] & (found != "")] += " + "
        found[flags[column]] += column
    return found


def _are_totals(labels: pd.Series, declared: Collection[str]) -> npt.NDArray[np.bool_]:
    codes, values = pd.factorize(labels)
    is_total = [
        bool(value) and all(is_total_label(part, declared) for part in str(value).split(" + ")) for value in values
    ]
    return np.array(is_total, dtype=bool)[codes]
