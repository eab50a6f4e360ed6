"""Predict every organisation from the others, and measure those predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.groups import group_codes
from workforce_metrics.survival.cohort import Cohort, require_cohort
from workforce_metrics.survival.validation.horizon import check_cause, rows_of
from workforce_metrics.survival.validation.result import Validation
from workforce_metrics.survival.validation.validate import validate

__all__ = ["PredictsIncidence", "PredictsRisk", "cross_validate"]


class PredictsRisk(Protocol):
    """A model that predicts risks: `CoxModel`, `CauseSpecificModel`, `DiscreteHazard`, or the user's own."""

    def predict_risk(self, people: Any, *, at: float) -> pd.DataFrame:
        """Return one row a person, in their order, with the risk in `estimate`."""


class PredictsIncidence(Protocol):
    """A model that predicts risks by cause: `CauseSpecificModel`, `DiscreteHazard`, `FineGrayModel`, or one's own."""

    def predict_incidence(self, people: Any, *, at: float) -> pd.DataFrame:
        """Return the risks in `estimate`, one row a person, or a person and `cause`, in their order."""


def cross_validate(
    cohort: Cohort,
    fit: Callable[[Cohort], PredictsRisk | PredictsIncidence],
    *,
    at: float,
    cause: str | None = None,
    fold: str = "organisation",
    by: str | Sequence[str] | None = None,
    groups: int = 10,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> Validation:
    """Measure a model on people it was not fitted to: leave one organisation out at a time.

    Parameters
    ----------
    cohort : Cohort
    fit : callable
        Takes a cohort and returns a model with ``predict_risk(people, at=)``, such as
        ``lambda cohort: wm.cox(cohort, "age_band + route")``. It must not use the column of the folds, whose value
        left out it has never seen. With a `cause`, the model's ``predict_incidence(people, at=)`` is asked.
    at : float
        The horizon, in the unit of the cohort.
    cause : str, optional
        The cause of the cohort of which the risks are. Unless said, leaving by any.
    fold : str
        Covariate each of whose values is left out in turn. A missing value is a fold of its own.
    by : str or sequence of str, optional
    groups : int
    cluster : str, optional
    conf_level : float
        As in `validate`. ``by=fold`` measures each organisation apart.

    Returns
    -------
    Validation
        Of every person's prediction by the model fitted without their fold.

    Raises
    ------
    InvalidArgumentError, InvalidDataError, MissingColumnError
        If there are fewer than two folds, the column is not there, the model returns no risk for somebody or is none
        of the cause, or what `fit` and `validate` raise.

    Notes
    -----
    Predictions are pooled and then measured once. Their standard errors hold for these predictions; they do not hold
    that the models would be others with other data.

    References
    ----------
    Debray TPA, Moons KGM, Ahmed I, Koffijberg H, Riley RD (2013). Stat Med 32:3158-3180. doi:10.1002/sim.5732

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> from workforce_metrics.survival.cox import cox
    >>> from workforce_metrics.survival.validation import cross_validate
    >>> staff = pd.DataFrame({"month": [3, 8, 12, 12, 5, 7, 12, 9], "left": [True, True, False, False] * 2,
    ...                       "organisation": list("aaaabbbb"), "age": [30, 41, 35, 50, 48, 40, 28, 52]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months")
    >>> cross_validate(cohort, lambda others: cox(others, "age"), at=8, groups=2).provenance["n_folds"]
    2
    """
    require_cohort(cohort)
    check_cause(cohort, cause)
    folds = group_codes(cohort.covariates, (fold,), missing="a group")
    if len(folds) < 2:
        raise InvalidDataError(fold, "two folds or more", f"{len(folds)}", "name a column with several values")
    risk = np.full(len(cohort), np.nan)
    for code in range(len(folds)):
        out = folds.codes == code
        model = fit(rows_of(cohort, ~out))
        risk[out] = _predicted(model, cohort.covariates.loc[out].reset_index(drop=True), at, cause)
    found = validate(cohort, risk, at=at, cause=cause, by=by, groups=groups, cluster=cluster, conf_level=conf_level)
    made = {**found.provenance, "fold": fold, "n_folds": len(folds)}
    return Validation(found.table, found.by, made, calibration=found.calibration, smoothed=found.smoothed)


def _predicted(model: Any, people: pd.DataFrame, at: float, cause: str | None) -> Any:
    table = model.predict_risk(people, at=at) if cause is None else _of_cause(model, people, at, cause)
    if "estimate" not in table or len(table) != len(people) or table["estimate"].isna().any():
        raise InvalidArgumentError(
            "fit", "a model that returns one known risk a person, in the column estimate",
            "other rows or missing risks", "ask for an earlier time, or check predict_risk",
        )  # fmt: skip
    return table["estimate"].to_numpy(dtype=np.float64)


def _of_cause(model: Any, people: pd.DataFrame, at: float, cause: str) -> pd.DataFrame:
    if not hasattr(model, "predict_incidence"):
        raise InvalidArgumentError(
            "fit", "a model with predict_incidence where a cause is named", f"a {type(model).__name__}",
            "fit cause_specific, discrete_hazard or fine_gray",
        )  # fmt: skip
    table = model.predict_incidence(people, at=at)
    if "cause" in table:
        causes = list(table["cause"].unique())
        table = table[table["cause"] == cause]
    else:
        causes = [getattr(model, "provenance", {}).get("cause", cause)]
    if cause not in causes:
        raise InvalidArgumentError(
            "fit", f"a model of leaving by {cause}, whichever fold is left out", f"of {', '.join(map(str, causes))}",
            "fit that cause; where nobody of the other folds left by it, merge folds or causes",
        )  # fmt: skip
    return pd.DataFrame(table)
