"""Measure predicted risks against what happened."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, RiskSetWarning
from workforce_metrics.groups import group_codes
from workforce_metrics.results import as_floats, check_conf_level, grouping_columns
from workforce_metrics.survival.cohort import Cohort, require_cohort
from workforce_metrics.survival.validation.horizon import (
    HorizonSample,
    check_cause,
    cohort_until,
    horizon_sample,
    rows_of,
)
from workforce_metrics.survival.validation.result import Validation
from workforce_metrics.survival.validation.tables import calibration_rows, measure_rows, smoothed_rows

__all__ = ["MeasureName", "validate"]

Floats = npt.NDArray[np.float64]
MeasureName = Literal[
    "observed", "expected", "observed_expected", "brier", "scaled_brier", "auc", "concordance_harrell",
    "concordance_uno",
]  # fmt: skip
ALL_MEASURES: tuple[str, ...] = get_args(MeasureName)
NEED_ALL_FROM_JOINING = ("brier", "scaled_brier", "auc", "concordance_uno")
"""Those for which there is no weight that stands for people who left before they could be seen."""
ALSO_BY_CAUSE = ("concordance_harrell",)
"""By cause this is another: who left by another cause before they could be seen would have stayed comparable."""


def validate(
    cohort: Cohort,
    predicted_risk: npt.ArrayLike,
    *,
    at: float,
    cause: str | None = None,
    by: str | Sequence[str] | None = None,
    groups: int = 10,
    measures: Sequence[MeasureName] | None = None,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> Validation:
    """Measure predicted risks of leaving by a horizon against what happened: calibration, accuracy, discrimination.

    Parameters
    ----------
    cohort : Cohort
        Those predicted for, with delayed entry and weights where there are any.
    predicted_risk : array of float, shape (n,)
        The predicted risk of having left by `at`, 0 to 1, of every row of the cohort, from whatever model. With a
        `cause`, that of having left by it, the other causes being at work too (`predict_incidence`).
    at : float
        The horizon, in the unit of the cohort; whole years up to its horizon where it has one.
    cause : str, optional
        The cause of the cohort of which the risks are. Unless said, leaving by any.
    by : str or sequence of str, optional
        Covariates within whose values all is measured apart. A missing value is a group of its own.
    groups : int
        Into how many equal shares, by predicted risk, the calibration is divided.
    measures : sequence of str, optional
        Terms of `Validation.table`; all that are defined for the cohort unless said.
    cluster : str, optional
        Covariate whose rows count as one in standard errors.
    conf_level : float
        In (0, 1).

    Returns
    -------
    Validation

    Raises
    ------
    InvalidArgumentError, InvalidDataError, MissingColumnError
        If there is not one risk from 0 to 1 a row, an argument is not what it must be, nobody was followed to the
        horizon, a column is not there, the cohort has no such cause, or a measure is asked for that is not defined
        with delayed entry.

    Warns
    -----
    RiskSetWarning
        If a measure is not known for a group (nobody left, all left, or nobody was followed to the horizon) and is
        missing; if everyone at risk had left while others had still to enter.

    Notes
    -----
    *Lost from sight.* Observed risks are Kaplan-Meier estimates; `brier`, `scaled_brier`, `auc` and
    `concordance_uno` weigh each person whose state is known by the inverse of the Kaplan-Meier probability, within the
    group, of not having been lost before. That asks that loss does not go with the risk.

    *Delayed entry.* Those four need everybody from joining on, and are refused or left out (provenance names them)
    where somebody enters late. Calibration and Harrell's concordance are right with delayed entry. There,
    `observed` is the mean of the shares' Kaplan-Meier risks, so that it refers to the same people as `expected`
    although those who stay are over-represented.

    *By cause.* Observed risks are Aalen-Johansen incidences. Who left by another cause is known not to leave by this
    one from then on: in the Brier score with the weight of their leaving, in `auc` as a control (the second definition
    of Blanche and others), in both concordances comparable with whoever leaves by the cause at that time or later
    (Wolbers and others: 2009 without weights as `concordance_harrell`, 2014 with them as `concordance_uno`). So the
    best predictions are the incidences, not the hazards. `concordance_harrell` then is not defined with delayed entry,
    either; `concordance` of a cohort in which other causes end the follow-up is.

    *Standard errors.* Greenwood's for observed risks of any cause without clusters; all others are infinitesimal
    jackknives in which the weights, too, are estimated. The interval of the ratio is on the log scale with the
    predictions as given; that of an incidence as in `cumulative_incidence`.

    References
    ----------
    Graf E, Schmoor C, Sauerbrei W, Schumacher M (1999). Stat Med 18:2529-2545.
    doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5
    McLernon DJ, Giardiello D, Van Calster B, et al. (2023). Ann Intern Med 176:105-114. doi:10.7326/M22-0844
    van Geloven N, Giardiello D, Bonneville EF, et al. (2022). BMJ 377:e069249. doi:10.1136/bmj-2021-069249
    Blanche P, Dartigues JF, Jacqmin-Gadda H (2013). Stat Med 32:5381-5397. doi:10.1002/sim.5958
    Wolbers M, Koller MT, Witteman JCM, Steyerberg EW (2009). Epidemiology 20:555-561.
    doi:10.1097/EDE.0b013e3181a39056
    Wolbers M, Blanche P, Koller MT, Witteman JCM, Gerds TA (2014). Biostatistics 15:526-539.
    doi:10.1093/biostatistics/kxt059

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> from workforce_metrics.survival.validation import validate
    >>> staff = pd.DataFrame({"month": [3, 8, 12, 12], "left": [True, True, False, False]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months")
    >>> found = validate(cohort, [0.9, 0.3, 0.4, 0.1], at=12, groups=2)
    >>> found.frame.set_index("term")["estimate"].round(4)[["observed", "expected", "brier", "auc"]].to_dict()
    {'observed': 0.5, 'expected': 0.425, 'brier': 0.1675, 'auc': 0.75}

    By cause, the first who left is a control:

    >>> cohort = wm.Cohort.from_frame(staff.assign(why=["retired", "resigned", None, None]), duration="month",
    ...                               event="left", cause="why", time_unit="months")
    >>> found = validate(cohort, [0.1, 0.5, 0.4, 0.2], at=12, cause="resigned", groups=2)
    >>> found.frame.set_index("term")["estimate"].round(4)[["observed", "expected", "brier", "auc"]].to_dict()
    {'observed': 0.25, 'expected': 0.3, 'brier': 0.115, 'auc': 1.0}
    """
    risks = _checked_risks(cohort, predicted_risk)
    check_cause(cohort, cause)
    keys, level = grouping_columns(by), check_conf_level(conf_level)
    if isinstance(groups, bool) or not isinstance(groups, int | np.integer) or groups < 1:
        raise InvalidArgumentError("groups", "a whole number from 1", repr(groups), "write groups=10")
    cut, reached, keep = cohort_until(cohort, at)
    sample = horizon_sample(cut, reached, risks[keep], cause)
    asked, left_out = _asked(measures, sample)
    parts = group_codes(cut.covariates, keys, missing="a group")
    clusters = None if cluster is None else group_codes(cut.covariates, (cluster,), missing="a group").codes
    tables: dict[str, list[pd.DataFrame]] = {"measures": [], "calibration": [], "smoothed": []}
    for code in range(len(parts)):
        rows = np.flatnonzero(parts.codes == code)
        own, own_clusters = sample.part(rows), None if clusters is None else clusters[rows]
        _check_followed(own, grouped=bool(keys))
        shares = calibration_rows(own, n_groups=int(groups), cluster=own_clusters, conf_level=level)
        found = measure_rows(
            own, rows_of(cut, rows), asked, shares, cluster=cluster, cluster_codes=own_clusters, conf_level=level
        )
        smooth = smoothed_rows(own, cluster=own_clusters, conf_level=level)
        label = parts.labels.iloc[[code]]
        for name, table in (("measures", found), ("calibration", shares), ("smoothed", smooth)):
            tables[name].append(_labelled(label, table))
    table, calibration, smoothed = (pd.concat(pieces, ignore_index=True) for pieces in tables.values())
    table.insert(len(keys) + 1, "time", float(at))
    _warn_of_unknown(table)
    _warn_of_early_end(int(calibration.pop("emptied").sum()))
    made = {**cohort.provenance, "at": float(at), "cause": cause, "time_unit": cohort.time_unit, "conf_level": level}
    made |= {"cluster": cluster, "not_defined_with_delayed_entry": ", ".join(left_out) or None}
    return Validation(table, keys, made, calibration=calibration, smoothed=smoothed)


def _checked_risks(cohort: Cohort, predicted_risk: npt.ArrayLike) -> Floats:
    require_cohort(cohort)
    risks = as_floats(predicted_risk, "predicted_risk")
    if risks.shape != (len(cohort),):
        raise InvalidArgumentError(
            "predicted_risk", f"{len(cohort):,} risks, one a row", f"shape {risks.shape}", "predict for every row"
        )
    outside = int((~((risks >= 0) & (risks <= 1))).sum())
    if outside:
        raise InvalidArgumentError(
            "predicted_risk", "risks from 0 to 1", f"{outside:,} missing or outside",
            "divide percentages by 100; leave those without a prediction out of the cohort and say how many",
        )  # fmt: skip
    return risks


def _asked(measures: Sequence[MeasureName] | None, sample: HorizonSample) -> tuple[list[str], list[str]]:
    names = [measures] if isinstance(measures, str) else list(ALL_MEASURES if measures is None else measures)
    unknown = [name for name in names if name not in ALL_MEASURES]
    if unknown or not names:
        raise InvalidArgumentError(
            "measures", f"names among {', '.join(ALL_MEASURES)}", repr(measures), "choose among those"
        )
    need = NEED_ALL_FROM_JOINING if sample.other is None else (*NEED_ALL_FROM_JOINING, *ALSO_BY_CAUSE)
    refused = [name for name in names if name in need] if sample.entry is not None else []
    if refused and measures is not None:
        raise InvalidDataError(
            "measures", "measures that are defined with delayed entry", ", ".join(refused),
            "leave them out, or keep only those who joined within the observation window",
        )  # fmt: skip
    return [name for name in ALL_MEASURES if name in names and name not in refused], refused


def _check_followed(sample: HorizonSample, *, grouped: bool) -> None:
    if not sample.reached.any() and not _last_all_left(sample):
        where = "in every group" if grouped else "to it"
        raise InvalidDataError(
            "at", f"a time to which somebody was followed {where}", "nobody", "ask for an earlier time or merge groups"
        )


def _last_all_left(sample: HorizonSample) -> bool:
    return bool(sample.gone[sample.duration == sample.duration.max()].all())


def _labelled(label: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    repeated = label.take(np.zeros(len(table), dtype=np.int64)).reset_index(drop=True)
    return pd.concat([repeated, table], axis=1)


def _warn_of_early_end(n_shares: int) -> None:
    if n_shares:
        warnings.warn(
            f"in {n_shares:,} share(s) of the predictions everyone at risk had left while others had still to enter, so"
            " the observed risk (1, if of any cause) stays as it is from there on; ask for fewer groups or start the"
            " clock later",
            RiskSetWarning,
            stacklevel=3,
        )


def _warn_of_unknown(table: pd.DataFrame) -> None:
    unknown: Any = table["estimate"].isna()
    if unknown.any():
        names = ", ".join(dict.fromkeys(table.loc[unknown, "term"]))
        warnings.warn(
            f"{int(unknown.sum()):,} measure(s) are not known and missing ({names}): nobody of the group left, all did,"
            " or nobody was followed to the horizon; merge groups or ask for another time",
            RiskSetWarning,
            stacklevel=3,
        )
