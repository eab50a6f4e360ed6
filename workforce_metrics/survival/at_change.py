"""Covariates that change while people are there: a row for each time between changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.extracts import Register
from workforce_metrics.survival.cohort import Cohort

__all__ = ["check_covariates", "split_at_changes"]

OF_THE_SPELL = ("person_id", "seen_from", "spell", "valid_from")


def check_covariates(covariates: str, register: Register) -> None:
    """Refuse a policy that is not known, or that the register has nothing for.

    Raises
    ------
    InvalidArgumentError
    """
    if covariates not in {"at_joining", "at_change"}:
        raise InvalidArgumentError("covariates", "'at_joining' or 'at_change'", repr(covariates), "choose one")
    if covariates == "at_change" and register.changes is None:
        fix = "read it with read_snapshots(..., changes=True)"
        raise InvalidArgumentError("covariates", "a register with its changes for 'at_change'", "one without", fix)


def split_at_changes(cohort: Cohort, register: Register, spell: npt.NDArray[np.int64]) -> Cohort:
    """Return a cohort with a row for each time between changes of a spell.

    Parameters
    ----------
    cohort : Cohort
        One row a spell.
    register : Register
        With its changes.
    spell : ndarray of int64, shape (n,)
        Which row of the register each of the cohort is.

    Raises
    ------
    InvalidDataError
        If the register's rows are not those whose changes were noted.

    Notes
    -----
    What a snapshot says holds for the time after it, up to the next change: what is not yet known explains nothing.
    The first row of a spell begins with its entry.
    """
    changes = register.changes
    assert changes is not None  # noqa: S101 - checked before
    _refuse_other_rows(register, changes)
    place = np.full(len(register.table), -1, dtype=np.int64)
    place[spell] = np.arange(len(spell))
    row = place[changes["spell"].to_numpy()]
    said = changes[row >= 0].reset_index(drop=True)
    row = row[row >= 0]
    joined, entry = np.asarray(cohort.joined), np.asarray(cohort.entry)
    known: npt.NDArray[np.int64] = (said["valid_from"].to_numpy("datetime64[D]") - joined[row]).astype(np.int64)
    is_first, is_last = _ends_of_runs(row)
    start = np.where(is_first, entry[row], np.maximum(known, entry[row]))
    stop = np.where(is_last, cohort.duration[row], np.minimum(np.append(known[1:], 0), cohort.duration[row]))
    kept = start < stop
    # the last row at risk is the one that leaves, also where later changes lie beyond the horizon
    leaves = kept & (stop == cohort.duration[row])
    watched = [name for name in said.columns if name not in OF_THE_SPELL]
    carried = cohort.covariates.take(row[kept]).reset_index(drop=True)
    for name in watched:
        carried[name] = said[name][kept].reset_index(drop=True)
    return replace(
        cohort,
        duration=stop[kept],
        cause=np.where(leaves, cohort.cause[row], 0)[kept],
        entry=start[kept],
        weight=None if cohort.weight is None else cohort.weight[row[kept]],
        covariates=carried,
        joined=joined[row[kept]],
        provenance={**cohort.provenance, "covariates": "at_change", "n_spells": len(spell)},
    )


def _refuse_other_rows(register: Register, changes: pd.DataFrame) -> None:
    """Refuse a register whose table was changed after its changes were noted: they go by row."""
    spell, person = changes["spell"].to_numpy(), register.table["person_id"]
    if len(spell) and (
        spell.max() >= len(person) or (person.to_numpy()[spell] != changes["person_id"].to_numpy()).any()
    ):
        fix = "select rows of the source, or of the cohort"
        raise InvalidDataError("register", "the rows whose changes were noted", "other ones", fix)


def _ends_of_runs(row: npt.NDArray[Any]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which positions begin and which end a run of equal values."""
    differs = row[1:] != row[:-1]
    return np.append(True, differs), np.append(differs, True)
