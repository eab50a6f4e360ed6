"""Cox regression: the hazard of leaving as a product of a baseline and what people differ in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.results import check_conf_level, column_list, grouping_columns
from workforce_metrics.survival.cohort import Cohort, require_cohort
from workforce_metrics.survival.cox.estimate import fit_cox
from workforce_metrics.survival.cox.likelihood import Ties
from workforce_metrics.survival.cox.result import CoxModel, coefficient_table
from workforce_metrics.survival.cox.risk_sets import cox_sample
from workforce_metrics.survival.cox.rows import model_rows

__all__ = ["cox"]


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
    named = grouping_columns(strata, "strata")
    rows = model_rows(cohort, formula, strata=named, cluster=cluster, offset=offset, missing=missing)
    left = rows.cause > 0
    if not (left if rows.weight is None else left & (rows.weight > 0)).any():
        raise InvalidDataError("cohort", "somebody who left", "nobody", "follow for longer, or merge groups")
    sample = cox_sample(
        rows.design.columns,
        rows.duration,
        left,
        entry=rows.entry,
        weight=rows.weight,
        offset=rows.offset,
        stratum=rows.strata.codes,
        summary=rows.design.summary,
    )
    is_robust = cluster is not None if robust is None else robust
    fit = fit_cox(sample, ties, rows.described, robust=is_robust, cluster=rows.cluster)
    table = coefficient_table(fit, rows.design.names, robust=is_robust, conf_level=conf_level)
    made: dict[str, object] = {
        "formula": formula,
        "ties": ties,
        "strata": ", ".join(column_list(strata)) or None,
        "cluster": cluster,
        "robust": is_robust,
        "offset": offset,
        "n": len(rows.position),
        "n_missing": len(cohort) - len(rows.position),
        "conf_level": conf_level,
    }
    return CoxModel(
        table.assign(n=len(rows.position), n_event=int(left.sum())),
        (),
        {**cohort.provenance, **made},
        fit=fit,
        sample=sample,
        design=rows.coding,
        clock=rows.clock(cohort, left),
        cluster=rows.cluster,
    )
