"""Cox regression: the hazard of leaving as a product of a baseline and what people differ in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.groups import group_codes
from workforce_metrics.results import check_conf_level, column_list, grouping_columns
from workforce_metrics.survival.cohort import Cohort, require_cohort
from workforce_metrics.survival.cox.clock import CoxClock, in_units
from workforce_metrics.survival.cox.estimate import fit_cox
from workforce_metrics.survival.cox.likelihood import Ties
from workforce_metrics.survival.cox.result import CoxModel, coefficient_table
from workforce_metrics.survival.cox.risk_sets import cox_sample
from workforce_metrics.survival.design_matrix import DesignMatrix, design_matrix

__all__ = ["cox"]

NAMES_OF_TIME = ("time", "transformed")
WIDEST_OFFSET = 500.0
"""Beyond it the hazards of two people are no longer both numbers."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def cox(
    cohort: Cohort,
    formula: str,
    *,
    ties: Ties = "efron",
    strata: str | Sequence[str] | None = None,
    cluster: str | None = None,
    robust: bool | None = None,
    offset: str | None = None,
    missing: Literal["refuse", "drop"] = "refuse",
    conf_level: float = 0.95,
) -> CoxModel:
    """Estimate how much faster or slower some leave than others, by Cox's proportional hazards.

    Parameters
    ----------
    cohort : Cohort
        With delayed entry and case weights where there are any. Causes are taken together. Covariates that change with
        time: several rows a person, each with its `entry` and `duration`, and `cluster` the person.
    formula : str
        The covariates in the language of `formulaic`: ``"age_band + route"``, ``"bs(age, df=4) * route"``.
    ties : {"efron", "breslow"}
        What to do with leavings at the same time.
    strata : str or sequence of str, optional
        Covariates each value of which has a baseline hazard of its own.
    cluster : str, optional
        Covariate whose rows are not independent (an organisation, a person with several rows): the variance becomes
        robust to that.
    robust : bool, optional
        Whether standard errors come from the sandwich variance; unless said, where there is a `cluster`.
    offset : str, optional
        Covariate added to the linear predictor with the coefficient 1.
    missing : {"refuse", "drop"}
        What to do with rows in which a covariate is missing; those dropped are counted in the provenance.
    conf_level : float
        In (0, 1).

    Returns
    -------
    CoxModel

    Raises
    ------
    MissingColumnError, InvalidArgumentError
        If a column is not there or an argument is not what it must be.
    InvalidDataError
        If covariates are missing, nobody leaves, columns are determined by others, a coefficient has no finite estimate
        (separation), or the search does not converge; the message names the column and the level.

    Notes
    -----
    Maximises ``sum_i w_i d_i (x_i b - log sum_{j at risk} w_j exp(x_j b))`` by Newton's method, with Efron's mean over
    tied leavers in place of the inner sum. At risk at t: ``entry < t <= duration``. Case weights count people; with
    sampling weights ask for ``robust=True``. Time is linear in rows after sorting.

    References
    ----------
    Cox DR (1972). J R Stat Soc B 34:187-220. doi:10.1111/j.2517-6161.1972.tb00899.x
    Efron B (1977). J Am Stat Assoc 72:557-565. doi:10.1080/01621459.1977.10480613
    Therneau TM, Grambsch PM (2000). Modeling Survival Data. doi:10.1007/978-1-4757-3294-8

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> from workforce_metrics.survival.cox import cox
    >>> staff = pd.DataFrame({"month": [2, 3, 5, 5, 8, 9], "left": [True, True, True, False, True, True],
    ...                       "route": ["home", "away", "away", "home", "home", "away"]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months")
    >>> model = cox(cohort, "route")
    >>> model.frame[["term", "estimate", "std_error"]].round(3).to_dict("records")
    [{'term': 'route[T.home]', 'estimate': 0.101, 'std_error': 1.004}]
    >>> model.predict_risk(pd.DataFrame({"route": ["home"]}), at=6)["estimate"].round(3).tolist()
    [0.478]
    """
    require_cohort(cohort)
    if ties not in get_args(Ties):
        raise InvalidArgumentError("ties", "'efron' or 'breslow'", repr(ties), "choose one")
    check_conf_level(conf_level)
    named = (*grouping_columns(strata, "strata"), *column_list(cluster), *column_list(offset))
    used, design = _rows_and_columns(cohort, formula, named, missing)
    left = cohort.event[used]
    weight = None if cohort.weight is None else cohort.weight[used]
    _require_leavers(design, left, weight)
    _refuse_names_of_time(design)
    covariates = cohort.covariates if len(used) == len(cohort) else cohort.covariates.iloc[used]
    groups = group_codes(covariates, column_list(strata), missing="no group")
    clusters = None if cluster is None else group_codes(covariates, (cluster,), missing="no group").codes
    duration, entry = cohort.duration[used], None if cohort.entry is None else cohort.entry[used]
    shift = None if offset is None else _numbers(covariates[offset], offset)
    sample = cox_sample(
        design.columns,
        duration,
        left,
        entry=entry,
        weight=weight,
        offset=shift,
        stratum=groups.codes,
    )
    is_robust = cluster is not None if robust is None else robust
    described = [design.describe(column) for column in range(len(design.names))]
    fit = fit_cox(sample, ties, described, robust=is_robust, cluster=clusters)
    table = coefficient_table(fit, design.names, robust=is_robust, conf_level=conf_level)
    made: dict[str, object] = {
        "formula": formula,
        "ties": ties,
        "strata": ", ".join(column_list(strata)) or None,
        "cluster": cluster,
        "robust": is_robust,
        "offset": offset,
        "n": len(used),
        "n_missing": len(cohort) - len(used),
        "conf_level": conf_level,
    }
    return CoxModel(
        table.assign(n=len(used), n_event=int(left.sum())),
        (),
        {**cohort.provenance, **made},
        fit=fit,
        sample=sample,
        design=replace(design, columns=np.zeros((0, len(design.names))), kept=design.kept[:0]),
        clock=CoxClock(
            duration=duration,
            entry=entry,
            event=left,
            position=used,
            time_unit=cohort.time_unit,
            ticks_per_unit=cohort.ticks_per_unit,
            horizon_years=cohort.horizon_years,
            strata=groups.labels,
            followed=in_units(_last(duration, groups.codes), cohort.ticks_per_unit, cohort.horizon_years),
            offset=offset,
            reference=_reference(design.columns, weight),
            reference_offset=0.0 if shift is None else float(shift.mean()),
        ),
        cluster=clusters,
    )


def _rows_and_columns(
    cohort: Cohort, formula: str, named: tuple[str, ...], missing: Literal["refuse", "drop"]
) -> tuple[Ints, DesignMatrix]:
    """Return the rows in which nothing is missing, and the formula's columns in them."""
    for name in named:
        if name not in cohort.covariates:
            raise MissingColumnError(name, "a covariate of the cohort", "none of that name", "check the name")
    complete = np.asarray(~cohort.covariates[list(named)].isna().to_numpy().any(axis=1))
    if missing == "refuse" and not complete.all():
        raise InvalidDataError(
            ", ".join(named),
            "a value in every row",
            f"{int((~complete).sum()):,} rows with missing ones",
            "make missing a level of its own, or pass missing='drop'",
        )
    rows = np.flatnonzero(complete)
    covariates = cohort.covariates if complete.all() else cohort.covariates.iloc[rows]
    design = design_matrix(covariates, formula, missing=missing)
    return rows[design.kept], design


def _numbers(column: pd.Series[Any], name: str) -> Floats:
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isfinite(values).all():
            if np.ptp(values) > WIDEST_OFFSET:
                raise InvalidDataError(
                    name,
                    f"logarithms no further apart than {WIDEST_OFFSET:g}",
                    "a wider offset",
                    "give the logarithm of the rate ratio",
                )
            return values
    raise InvalidDataError(name, "a finite number in every row", "other values", "correct or transform the offset")


def _reference(columns: Floats, weight: Floats | None) -> Floats:
    """Return 0 for each column of indicators and the weighted mean of each other, shape (p,)."""
    reference = np.average(columns, axis=0, weights=weight)
    for column in range(len(reference)):
        values = columns[:, column]
        if np.isin(values[:1000], (-1.0, 0.0, 1.0)).all() and np.isin(values, (-1.0, 0.0, 1.0)).all():
            reference[column] = 0.0
        else:  # far from 0 the first mean is rounded as the order of rows has it
            reference[column] += np.average(values - reference[column], weights=weight)
    return np.asarray(reference)


def _require_leavers(design: DesignMatrix, left: npt.NDArray[np.bool_], weight: Floats | None) -> None:
    if not design.names:
        raise InvalidArgumentError("formula", "at least one covariate", "none", "name one, or use kaplan_meier")
    if not (left if weight is None else left & (weight > 0)).any():
        raise InvalidDataError("cohort", "somebody who left", "nobody", "follow for longer, or merge groups")


def _refuse_names_of_time(design: DesignMatrix) -> None:
    """Refuse a column that has the name of a time beside it in tables of residuals."""
    taken = [name for name in design.names if name in NAMES_OF_TIME]
    if taken:
        raise InvalidArgumentError(
            "formula", f"columns not called {' or '.join(NAMES_OF_TIME)}", repr(taken[0]), "rename the covariate"
        )


def _last(duration: npt.NDArray[Any], codes: Ints) -> npt.NDArray[Any]:
    """Return the longest duration of each stratum."""
    last = np.zeros(int(codes.max(initial=-1)) + 1, dtype=duration.dtype)
    np.maximum.at(last, codes, duration)
    return last
