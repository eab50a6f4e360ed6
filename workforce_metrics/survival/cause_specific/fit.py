"""One Cox regression a cause of leaving, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.survival.cause_specific.result import CauseSpecificModel
from workforce_metrics.survival.cohort import Cohort, of_causes_that_occur, require_cohort
from workforce_metrics.survival.cox.fit import cox
from workforce_metrics.survival.cox.likelihood import Ties
from workforce_metrics.survival.cox.result import CoxModel

__all__ = ["cause_specific"]


def cause_specific(
    cohort: Cohort,
    formula: str,
    *,
    ties: Ties = "efron",
    strata: str | Sequence[str] | None = None,
    cluster: str | None = None,
    robust: bool | None = None,
    missing: Literal["refuse", "drop"] = "refuse",
    conf_level: float = 0.95,
) -> CauseSpecificModel:
    """Estimate how the hazard of leaving by each cause depends on covariates.

    Parameters
    ----------
    cohort : Cohort
        With its causes, and delayed entry and case weights where there are any. Causes by which nobody left have no
        model; the provenance names them.
    formula : str
        The covariates in the language of `formulaic`, the same for every cause.
    ties : {"efron", "breslow"}
        What to do with leavings by the same cause at the same time.
    strata : str or sequence of str, optional
        Covariates each value of which has baseline hazards of its own.
    cluster : str, optional
        Covariate whose rows are not independent: variances become robust to that.
    robust : bool, optional
        Whether standard errors come from the sandwich variance; unless said, where there is a `cluster`.
    missing : {"refuse", "drop"}
        What to do with rows in which a covariate is missing; those dropped are counted in the provenance.
    conf_level : float
        In (0, 1).

    Returns
    -------
    CauseSpecificModel

    Raises
    ------
    MissingColumnError, InvalidArgumentError
        If a column is not there or an argument is not what it must be.
    InvalidDataError
        As of `cox`; the message names the cause, too.

    Notes
    -----
    The model of a cause is `cox` with leavings by the other causes taken as the end of follow-up. A hazard ratio
    speaks of the rate among those still there; what it means for the probability of leaving by the cause depends on
    the other causes, and `CauseSpecificModel.predict_incidence` puts them together.

    References
    ----------
    Prentice RL, Kalbfleisch JD, Peterson AV, Flournoy N, Farewell VT, Breslow NE (1978). Biometrics 34:541-554.
    doi:10.2307/2530374
    Putter H, Fiocco M, Geskus RB (2007). Stat Med 26:2389-2430. doi:10.1002/sim.2712

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> from workforce_metrics.survival.cause_specific import cause_specific
    >>> staff = pd.DataFrame({"month": [2, 3, 5, 5, 8, 9, 9, 11], "age": [24, 61, 35, 30, 58, 29, 47, 55],
    ...                       "left": [True, True, True, False, True, True, True, True],
    ...                       "reason": ["job", "retired", "job", None, "job", "job", "retired", "retired"]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", cause="reason", time_unit="months")
    >>> model = cause_specific(cohort, "age")
    >>> model.frame[["cause", "term", "estimate"]].round(3).values.tolist()
    [['job', 'age', -0.055], ['retired', 'age', 0.108]]
    >>> model.predict_incidence(pd.DataFrame({"age": [50]}), at=9)[["cause", "estimate"]].round(3).values.tolist()
    [['job', 0.351], ['retired', 0.294]]
    """
    require_cohort(cohort)
    cohort, silent = of_causes_that_occur(cohort)
    models: dict[str, CoxModel] = {}
    for code, cause in enumerate(cohort.causes, start=1):
        only = replace(cohort, cause=(cohort.cause == code).astype("int64"), causes=(cause,))
        try:
            models[cause] = cox(
                only, formula, ties=ties, strata=strata, cluster=cluster, robust=robust, missing=missing,
                conf_level=conf_level,
            )  # fmt: skip
        except InvalidDataError as error:
            raise InvalidDataError(f"{error.argument} (cause {cause})", error.expected, error.got, error.fix) from error
    if not models:
        raise InvalidDataError("cohort", "somebody who left", "nobody", "follow for longer")
    tables = [model.table.assign(cause=cause) for cause, model in models.items()]
    table = pd.concat(tables, ignore_index=True)
    table["cause"] = pd.Categorical(table["cause"], categories=list(models))
    first = next(iter(models.values()))
    made = {name: value for name, value in first.provenance.items() if name != "offset"} | silent
    return CauseSpecificModel(
        table[["cause", *(name for name in table.columns if name != "cause")]], (), made,
        models=MappingProxyType(models),
    )  # fmt: skip
