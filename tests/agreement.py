"""Two routes to the same numbers: assert that they agree, and keep the largest difference for the validation table.

A test says what it proves with ``@pytest.mark.validates("kaplan_meier", against="R survival survfit", data="lung")``,
or a module does with ``pytestmark``, and compares with `agree`. ``pytest -m validates --write-validation`` writes what
was compared to docs/validation_table.csv, from which the validation page is made.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

TABLE = Path(__file__).parents[1] / "docs" / "validation_table.csv"
COLUMNS = ("estimator", "compared", "against", "data", "numbers", "asked", "largest", "test")
Key = tuple[str, str, str, str, str]


@dataclass
class Compared:
    """What was compared under one claim at one tolerance."""

    what: list[str] = field(default_factory=list)
    numbers: int = 0
    largest: float = 0.0


class Record:
    """The claims of the test that is running, and all that was compared; kept only when the table is to be written."""

    def __init__(self) -> None:
        self.claims: list[pytest.Mark] = []
        self.test = ""
        self.compared: dict[Key, Compared] = {}
        self.wanted = False

    def begin(self, item: pytest.Item) -> None:
        self.claims = list(item.iter_markers("validates"))
        self.test = item.nodeid.partition("::")[0]

    def note(self, ours: object, theirs: object, tolerances: tuple[float, float], what: str, of: str | None) -> None:
        if not self.wanted or not self.claims:
            return
        claim = next((mark for mark in self.claims if of in {None, mark.args[0]}), None)
        assert claim is not None, f"{self.test}: no validates mark names {of}"
        rtol, atol = tolerances
        key = (*claim_of(claim), asked(rtol, atol), self.test)
        entry = self.compared.setdefault(key, Compared())
        entry.what += [what] if what and what not in entry.what else []
        entry.numbers += int(np.isfinite(np.asarray(theirs, dtype=float)).sum())
        entry.largest = max(entry.largest, largest_difference(ours, theirs, rtol=rtol, atol=atol))

    def rows(self) -> list[tuple[str, ...]]:
        """Return the rows of the table, in an order of their own."""
        return [
            (estimator, ", ".join(sorted(found.what)), against, data, str(found.numbers), tolerance,
             f"{found.largest:.1e}" if found.largest else "0", test)
            for (estimator, against, data, tolerance, test), found in sorted(self.compared.items())
        ]  # fmt: skip


RECORD = Record()


def agree(
    ours: object, theirs: object, *, rtol: float = 0.0, atol: float = 0.0, what: str = "", of: str | None = None
) -> None:
    """Assert `numpy.testing.assert_allclose`, and note the difference under the test's claim.

    `what` names the quantity; `of` names the estimator where a test proves several, the closest mark if not given.
    """
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol, err_msg=what)
    RECORD.note(ours, theirs, (rtol, atol), what, of)


def largest_difference(ours: object, theirs: object, *, rtol: float, atol: float) -> float:
    """Return the largest difference in the measure of the tolerance: absolute without `rtol`, otherwise relative.

    Where both are given it is relative to ``|theirs| + atol / rtol``, so that the tolerance asked for bounds it.
    """
    one, other = np.broadcast_arrays(np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float))
    finite = np.isfinite(one) & np.isfinite(other)
    one, other = one[finite], other[finite]
    apart = np.abs(one - other)
    if rtol:
        size = np.abs(other) + atol / rtol
        apart = np.divide(apart, size, out=np.zeros_like(apart), where=size > 0)
    return float(apart.max(initial=0.0))


def asked(rtol: float, atol: float) -> str:
    """Return the tolerance in words."""
    return f"{rtol:.0e}" if rtol else f"{atol:.0e} absolute" if atol else "equal"


def claim_of(mark: pytest.Mark) -> tuple[str, str, str]:
    """Return estimator, independent route and data of a mark."""
    return mark.args[0], mark.kwargs["against"], mark.kwargs["data"]


def write(path: Path = TABLE) -> None:
    """Write the table of what was compared."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(RECORD.rows())
