"""A survey design on the rows of one table, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["DesignArrays"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DesignArrays:
    """A design on the rows of one table.

    Parameters
    ----------
    weight : numpy.ndarray of float64, shape (n_rows,)
        How many each respondent stands for; 0 leaves the answers out.
    stratum : numpy.ndarray of int64, shape (n_rows,)
        Codes from 0.
    cluster : numpy.ndarray of int64, shape (n_rows,), or None
        Codes from 0 of (stratum, cluster) pairs; None where every respondent is a cluster.
    n_clusters : numpy.ndarray of int64, shape (n_strata,)
        Clusters of each stratum, those without a member of some group included.
    scale : numpy.ndarray of float64, shape (n_strata,)
        What a stratum's sum of squares is multiplied by: ``(1 - n_h / N_h) n_h / (n_h - 1)``.
    centre : numpy.ndarray of float64, shape (n_strata,)
        What a stratum's total is multiplied by for its mean: ``1 / n_h``, or 0 where it is not centred.
    averaged : numpy.ndarray of bool, shape (n_strata,), or None
        Strata whose variance is taken to be the mean of a group's other strata; None where there are none.
    lonely_in_group : {"adjust", "average"} or None
        What is done where a group has one of several clusters of a stratum; None where nothing is.
    """

    weight: FloatArray
    stratum: Codes
    cluster: Codes | None
    n_clusters: Codes
    scale: FloatArray
    centre: FloatArray
    averaged: BoolArray | None = None
    lonely_in_group: Literal["adjust", "average"] | None = None

    def measured_in(self, stratum: Codes, n_units: Codes) -> tuple[BoolArray, BoolArray]:
        """Return where a group's variance within a stratum is known, and where it is about the stratum's mean.

        Parameters
        ----------
        stratum : numpy.ndarray of int64, shape (n_cells,)
            The stratum of each (group, stratum) cell.
        n_units : numpy.ndarray of int64, shape (n_cells,)
            Clusters of the cell that have an answer.

        Returns
        -------
        known, centred : numpy.ndarray of bool, shape (n_cells,)
        """
        known, centred = np.ones(len(stratum), dtype=np.bool_), self.centre[stratum] > 0
        if self.averaged is not None:
            known &= ~self.averaged[stratum]
        if self.lonely_in_group is not None:
            lonely = (n_units == 1) & (self.n_clusters[stratum] > 1) & (self.scale[stratum] > 0)
            changed = centred if self.lonely_in_group == "adjust" else known
            changed &= ~lonely
        return known, centred
