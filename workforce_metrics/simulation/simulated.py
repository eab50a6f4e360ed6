"""The record that every simulation returns: an extract and the truth behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.provenance import made_from
from workforce_metrics.results import html_of

__all__ = ["Simulated", "check_size", "random_streams"]

STREAMS = ("people", "survey", "register", "warts", "snapshots")


@dataclass(frozen=True, repr=False, eq=False)
class Simulated:
    """A simulated extract in the shape of a file, and the true values behind it. Every person is invented.

    Parameters
    ----------
    kind : str
        "staff survey", "register" or "snapshots".
    extract : pandas.DataFrame
        What a user's file would hold: one row a respondent, a spell, or a post and period, under the file's column
        names.
    truth : mapping of str to pandas.DataFrame or pandas.Series
        What an analysis of the extract should find; the function that simulates says which there are.
        ``truth["warts"]`` counts each malformed thing by rule; it is empty where none was asked for.
    settings : mapping
        The arguments that make the same extract again.

    Examples
    --------
    >>> import pandas as pd
    >>> Simulated("register", pd.DataFrame({"PIN": ["SIM000001"]}), settings={"seed": 1})
    <Simulated register extract: 1 row, 1 column; seed=1; every person is invented>
    """

    kind: str
    extract: pd.DataFrame
    truth: Mapping[str, pd.DataFrame | pd.Series] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "truth", MappingProxyType(dict(self.truth)))
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))

    @property
    def provenance(self) -> dict[str, object]:
        """What it was made from: nothing but the settings and the package."""
        rows = len(self.extract)
        return made_from(f"simulated {self.kind}", rows, options=self.settings)

    def __repr__(self) -> str:
        rows, columns = self.extract.shape
        size = f"{rows:,} row{'' if rows == 1 else 's'}, {columns} column{'' if columns == 1 else 's'}"
        settings = "; ".join(f"{key}={value}" for key, value in self.settings.items())
        return f"<Simulated {self.kind} extract: {size}; {settings}; every person is invented>"

    def _repr_html_(self) -> str:
        return html_of(self, self.extract.head(10))


def random_streams(seed: int) -> dict[str, np.random.Generator]:
    """Return one independent generator for each part of a simulation, named by the part.

    The people come from a stream of their own, so a survey and a register of the same seed hold the same people.

    Raises
    ------
    InvalidArgumentError
        If `seed` is not a whole number of 0 or more.

    Examples
    --------
    >>> sorted(random_streams(1))
    ['people', 'register', 'snapshots', 'survey', 'warts']
    """
    if not _is_whole(seed) or seed < 0:
        raise InvalidArgumentError("seed", "a whole number of 0 or more", repr(seed), "write seed=1")
    children = np.random.SeedSequence(seed).spawn(len(STREAMS))
    return {name: np.random.default_rng(child) for name, child in zip(STREAMS, children, strict=True)}


def check_size(argument: str, size: int) -> int:
    """Return `size` if it is a whole number of 1 or more, else refuse it.

    Examples
    --------
    >>> check_size("n_people", 10)
    10
    """
    if not _is_whole(size) or size < 1:
        raise InvalidArgumentError(argument, "a whole number of 1 or more", repr(size), f"write {argument}=1000")
    return int(size)


def _is_whole(number: object) -> bool:
    return isinstance(number, (int, np.integer)) and not isinstance(number, bool)
