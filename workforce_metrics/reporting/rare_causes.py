"""Causes of leaving that too few people had are taken together, before anything is counted by cause."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workforce_metrics.survival.cohort import Cohort, of_causes_that_occur

__all__ = ["OTHER_CAUSES", "with_rare_causes_together"]

OTHER_CAUSES = "other reasons"


def with_rare_causes_together(cohort: Cohort, min_n: int) -> Cohort:
    """Return the cohort with the causes that fewer than `min_n` left by taken together, under a name of their own.

    Parameters
    ----------
    cohort : Cohort
    min_n : int
        The smallest number of leavers by a cause that may be told.

    Returns
    -------
    Cohort
        With the causes that occur. Where the rare ones together are still fewer than `min_n`, the next rarest joins
        them. Where one cause is left, there is nothing to tell apart.

    Examples
    --------
    >>> import pandas as pd
    >>> staff = pd.DataFrame({"month": [1] * 5, "left": [True] * 5, "why": ["moved"] * 3 + ["ill", "dismissed"]})
    >>> cohort = Cohort.from_frame(staff, duration="month", event="left", cause="why", time_unit="months")
    >>> with_rare_causes_together(cohort, 2).causes
    ('moved', 'other reasons')
    """
    cohort, _ = of_causes_that_occur(cohort)
    n_left = np.bincount(cohort.cause, minlength=len(cohort.causes) + 1)[1:]
    order = np.argsort(n_left, kind="stable")
    ordered = n_left[order]
    n_rare = int((ordered < min_n).sum())
    while 0 < ordered[:n_rare].sum() < min_n and n_rare < len(ordered):
        n_rare += 1
    if not ordered[:n_rare].any():
        return cohort
    is_rare = np.zeros(len(n_left), dtype=bool)
    is_rare[order[:n_rare]] = True
    kept = [name for name, rare in zip(cohort.causes, is_rare, strict=True) if not rare]
    names = [*(name for name in kept if name != OTHER_CAUSES), OTHER_CAUSES]
    new = [names.index(OTHER_CAUSES if rare else name) + 1 for name, rare in zip(cohort.causes, is_rare, strict=True)]
    return replace(cohort, cause=np.array([0, *new], dtype=np.int64)[cohort.cause], causes=tuple(names))
