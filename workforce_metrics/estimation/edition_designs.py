"""One design for several editions: samples of their own, or the same clusters again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.design import DesignArrays, SurveyDesign

__all__ = ["PAIRINGS", "Pairing", "design_of_editions"]

Pairing = Literal["independent", "clusters"]
PAIRINGS = ("independent", "clusters")


def design_of_editions(design: SurveyDesign, tables: Sequence[pd.DataFrame], pairing: Pairing) -> DesignArrays:
    """Return one design on the rows of all editions.

    Parameters
    ----------
    design : SurveyDesign
    tables : sequence of pandas.DataFrame
        The design's columns in each edition.
    pairing : {"independent", "clusters"}
        Whether each edition was drawn anew: every edition then has strata and clusters of its own. Or whether the same
        clusters were asked again: a cluster of one name is then one cluster in all editions.

    Raises
    ------
    InvalidArgumentError
        If `pairing` is another word, or the design names no cluster that could be paired.

    Examples
    --------
    >>> years = [pd.DataFrame({"org": ["a", "b", "b"]}), pd.DataFrame({"org": ["a", "b"]})]
    >>> design_of_editions(SurveyDesign(cluster="org"), years, "clusters").n_clusters.tolist()
    [2]
    >>> design_of_editions(SurveyDesign(cluster="org"), years, "independent").n_clusters.tolist()
    [2, 2]
    """
    if pairing not in PAIRINGS:
        raise InvalidArgumentError(
            "pairing", " or ".join(map(repr, PAIRINGS)), repr(pairing), "say whether the same clusters were asked again"
        )
    if pairing == "clusters":
        if design.cluster is None:
            raise InvalidArgumentError(
                "pairing",
                "a design with clusters to pair",
                "none",
                "write design=wm.SurveyDesign(cluster='organisation')",
            )
        return design.on(pd.concat(tables, ignore_index=True))
    return _side_by_side([design.on(table) for table in tables])


def _side_by_side(parts: Sequence[DesignArrays]) -> DesignArrays:
    """Return designs of separate samples as one, strata and clusters numbered through."""
    n_strata = np.cumsum([0, *(len(part.n_clusters) for part in parts[:-1])])
    n_clusters = np.cumsum([0, *(int(part.n_clusters.sum()) for part in parts[:-1])])
    clusters = [part.cluster + first for part, first in zip(parts, n_clusters, strict=True) if part.cluster is not None]
    return DesignArrays(
        weight=np.concatenate([part.weight for part in parts]),
        stratum=np.concatenate([part.stratum + first for part, first in zip(parts, n_strata, strict=True)]),
        cluster=np.concatenate(clusters) if clusters else None,
        n_clusters=np.concatenate([part.n_clusters for part in parts]),
        scale=np.concatenate([part.scale for part in parts]),
        centre=np.concatenate([part.centre for part in parts]),
    )
