"""Fine and Gray's regression: the probability of leaving by one cause, the others being at work too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.groups import group_codes
from workforce_metrics.results import check_conf_level, column_list
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.cox.likelihood import Ties
from workforce_metrics.survival.cox.result import coefficient_table
from workforce_metrics.survival.cox.rows import ModelRows, model_rows
from workforce_metrics.survival.fine_gray.estimate import fit_fine_gray
from workforce_metrics.survival.fine_gray.result import FineGrayModel
from workforce_metrics.survival.fine_gray.sample import fine_gray_sample

__all__ = ["fine_gray"]

Variance = Literal["full", "fixed_weights"]


def fine_gray(
    cohort: Cohort,
    formula: str,
    *,
    cause: str,
    ties: Ties = "efron",
    strata: str | Sequence[str] | None = None,
    censoring_by: str | Sequence[str] | None = None,
    cluster: str | None = None,
    variance: Variance = "full",
    offset: str | None = None,
    missing: Literal["refuse", "drop"] = "refuse",
    conf_level: float = 0.95,
) -> FineGrayModel:
    """Estimate how the probability of leaving by a cause depends on covariates, by Fine and Gray's model.

    Where `cause_specific` speaks of the rate of leaving by the cause among those still there, this speaks of how many
    have left by it: a ratio above 1 means a higher incidence at all times.

    Parameters
    ----------
    cohort : Cohort
        With its causes, and delayed entry and case weights where there are any; one row a person.
    formula : str
        The covariates in the language of `formulaic`: ``"age_band + route"``, ``"bs(age, df=4) * route"``.
    cause : str
        The cause of interest, one of ``cohort.causes``.
    ties : {"efron", "breslow"}
        What to do with leavings by the cause at the same time.
    strata : str or sequence of str, optional
        Covariates each value of which has a baseline of its own.
    censoring_by : str or sequence of str, optional
        Covariates on which the end of observation, and its beginning, depend: the weights are estimated in each group
        apart. Unless said, in all together.
    cluster : str, optional
        Covariate whose rows are not independent (an organisation): the variance becomes robust to that.
    variance : {"full", "fixed_weights"}
        Whether the standard errors take in that the weights are estimated, or take these as known.
    offset : str, optional
        Covariate added to the linear predictor with the coefficient 1.
    missing : {"refuse", "drop"}
        What to do with rows in which a covariate is missing; those dropped are counted in the provenance.
    conf_level : float
        In (0, 1).

    Returns
    -------
    FineGrayModel

    Raises
    ------
    MissingColumnError, InvalidArgumentError
        If a column is not there or an argument is not what it must be.
    InvalidDataError
        As of `cox`; or if with delayed entry a risk set runs empty between leavings, so that the weights are not known.

    Notes
    -----
    Who left by another cause at T stays at risk, at t with the weight ``G(t-) H(t-) / (G(T-) H(T-))``: G is the
    Kaplan-Meier estimate of not being censored, H, with delayed entry, the product-limit estimate of having entered,
    on the reversed clock. Events come before censorings at the same time, here as everywhere and in R's
    ``survival::finegray``; ``cmprsk::crr`` counts those who leave at a time among those who can be censored at it.
    Case weights count people, in G and H too (``finegray`` leaves them out there).

    The variance is always a sandwich. "full" is that of Fine and Gray, as ``crr``'s, with a second part of the same
    kind for delayed entry; "fixed_weights" is that of ``coxph(..., cluster=id)`` on the rows of ``finegray``. Time is
    linear in rows after sorting; with `censoring_by` memory grows with groups times distinct leaving times.

    References
    ----------
    Fine JP, Gray RJ (1999). J Am Stat Assoc 94:496-509. doi:10.1080/01621459.1999.10474144
    Geskus RB (2011). Biometrics 67:39-49 (weights with delayed entry). doi:10.1111/j.1541-0420.2010.01420.x
    Zhang X, Zhang M-J, Fine J (2011). Stat Med 30:1933-1951. doi:10.1002/sim.4264
    Zhou B, Latouche A, Rocha V, Fine J (2011). Biometrics 67:661-670 (strata). doi:10.1111/j.1541-0420.2010.01493.x
    Zhou B, Fine J, Latouche A, Labopin M (2012). Biostatistics 13:371-383 (clusters). doi:10.1093/biostatistics/kxr032

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> from workforce_metrics.survival.fine_gray import fine_gray
    >>> staff = pd.DataFrame({"month": [2, 3, 5, 5, 8, 9, 9, 11], "age": [24, 61, 35, 30, 58, 29, 47, 55],
    ...                       "left": [True, True, True, False, True, True, True, True],
    ...                       "reason": ["job", "retired", "job", None, "job", "job", "retired", "retired"]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", cause="reason", time_unit="months")
    >>> model = fine_gray(cohort, "age", cause="job")
    >>> model.frame[["term", "estimate", "std_error"]].round(3).values.tolist()
    [['age', -0.064, 0.039]]
    >>> model.predict_incidence(pd.DataFrame({"age": [50]}), at=9)["estimate"].round(3).tolist()
    [0.358]
    """
    _check_choices(ties, variance, conf_level)
    if cause not in cohort.causes:
        raise InvalidArgumentError(
            "cause", f"one of {', '.join(cohort.causes) or '(none)'}", repr(cause), "name a cause of the cohort"
        )
    groups = column_list(censoring_by)
    rows = model_rows(
        cohort, formula, strata=column_list(strata), cluster=cluster, offset=offset, missing=missing, also=groups
    )
    kind = _kinds(rows, cohort.causes.index(cause) + 1, cause)
    sample = fine_gray_sample(
        rows.design.columns,
        rows.duration,
        kind,
        entry=rows.entry,
        weight=rows.weight,
        offset=rows.offset,
        stratum=rows.strata.codes,
        group=group_codes(rows.covariates, groups, missing="no group").codes,
    )
    fit = fit_fine_gray(sample, ties, rows.described, estimated_weights=variance == "full", cluster=rows.cluster)
    table = coefficient_table(fit, rows.design.names, robust=False, conf_level=conf_level)
    table.insert(0, "cause", cause)
    made: dict[str, object] = {
        "formula": formula,
        "cause": cause,
        "ties": ties,
        "strata": ", ".join(column_list(strata)) or None,
        "censoring_by": ", ".join(groups) or None,
        "cluster": cluster,
        "variance": variance,
        "offset": offset,
        "n": len(rows.position),
        "n_missing": len(cohort) - len(rows.position),
        "conf_level": conf_level,
    }
    return FineGrayModel(
        table.assign(n=len(rows.position), n_event=int((kind == 1).sum())),
        (),
        {**cohort.provenance, **made},
        fit=fit,
        sample=sample,
        design=rows.coding,
        clock=rows.clock(cohort, kind == 1),
        cluster=rows.cluster,
    )


def _check_choices(ties: str, variance: str, conf_level: float) -> None:
    if ties not in get_args(Ties):
        raise InvalidArgumentError("ties", "'efron' or 'breslow'", repr(ties), "choose one")
    if variance not in get_args(Variance):
        raise InvalidArgumentError("variance", "'full' or 'fixed_weights'", repr(variance), "choose one")
    check_conf_level(conf_level)


def _kinds(rows: ModelRows, code: int, cause: str) -> npt.NDArray[np.int64]:
    """Return 0 for those not seen to leave, 1 for leavers by the cause, 2 for those by another, shape (n,)."""
    kind = np.where(rows.cause == 0, 0, np.where(rows.cause == code, 1, 2)).astype(np.int64)
    left = kind == 1
    if not (left if rows.weight is None else left & (rows.weight > 0)).any():
        raise InvalidDataError("cause", f"somebody who left by {cause}", "nobody", "follow for longer, or merge causes")
    return kind
