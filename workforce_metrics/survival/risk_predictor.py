"""One way to ask any kind of model for sums of risks: what it reads, its causes, its clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.survival.cause_risk_predictor import CauseSpecificPredictor, cause_specific_predictor
from workforce_metrics.survival.cause_specific.result import CauseSpecificModel
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.cohort_columns import ANY_CAUSE
from workforce_metrics.survival.cox.baseline import Baseline, baseline
from workforce_metrics.survival.cox.clock import passed_by
from workforce_metrics.survival.cox.prediction import stratum_codes
from workforce_metrics.survival.cox.result import CoxModel
from workforce_metrics.survival.cox.robust_baseline import RobustParts, robust_parts
from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.discrete_hazard.result import DiscreteHazard
from workforce_metrics.survival.frames import pandas_frame
from workforce_metrics.survival.risk_sums import (
    Coded,
    RiskSums,
    Spans,
    covariance_root,
    cox_risk_sums,
    hazard_risk_sums,
)
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["CoxPredictor", "HazardPredictor", "Predictor", "coded", "people_of", "predictor_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class HazardPredictor:
    """Sums of risks by a discrete-time hazard.

    Parameters
    ----------
    model : DiscreteHazard
    root : ndarray of float64, shape (n_parameters_of_all_causes, n_directions)
        Of the covariance of the parameters.
    """

    model: DiscreteHazard
    root: Floats

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that a prediction reads."""
        return self.model.design.variables

    @property
    def time_unit(self) -> str:
        """The unit of the model's times."""
        return self.model.time_unit

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes, in the order of `RiskSums`."""
        causes = self.model.causes
        return (*causes, ANY_CAUSE) if len(causes) > 1 else (ANY_CAUSE,)

    @property
    def design(self) -> DesignMatrix:
        """The coding of the formula."""
        return self.model.design

    offset = None

    def covariates(self, frame: pd.DataFrame) -> Floats:
        """Return the columns of the formula, shape (n, n_covariates)."""
        return self.model.design.of(frame) if self.columns else np.zeros((len(frame), 0))

    def strata(self, frame: pd.DataFrame) -> Ints:
        """Return the stratum of each row, here one for all."""
        return np.zeros(len(frame), dtype=np.int64)

    def last(self, stratum: Ints) -> Floats:
        """Return the time up to which risks are known."""
        return np.full(len(stratum), self.model.model.ends[-1])

    def sums(self, patterns: Coded, spans: Spans) -> RiskSums:
        """Add up the risks of people."""
        made = hazard_risk_sums(self.model.model, self.root, patterns.x, spans)
        if len(self.outcomes) > 1 and (np.abs(made.chance[:-1].sum(axis=0) - made.chance[-1]) > 1e-9).any():
            raise InvalidDataError(
                "model",
                "hazards by the causes that add up to less than 1",
                "covariate patterns for which they add up to 1 or more",
                "take shorter intervals or fewer covariates, or merge causes",
            )
        return made


@dataclass(frozen=True, eq=False)
class CoxPredictor:
    """Sums of risks by a Cox model.

    Parameters
    ----------
    model : CoxModel
    base : Baseline
    root : ndarray of float64, shape (p, n_directions)
        Of the covariance of the coefficients of the standardised columns.
    robust : RobustParts or None
        Of a robust model.
    """

    model: CoxModel
    base: Baseline
    root: Floats
    robust: RobustParts | None = None

    outcomes = (ANY_CAUSE,)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that a prediction reads."""
        offset = () if self.offset is None else (self.offset,)
        names = (*self.design.variables, *map(str, self.model.clock.strata.columns), *offset)
        return tuple(dict.fromkeys(names))

    @property
    def time_unit(self) -> str:
        """The unit of the model's times."""
        return self.model.clock.time_unit

    @property
    def design(self) -> DesignMatrix:
        """The coding of the formula."""
        return self.model.design

    @property
    def offset(self) -> str | None:
        """The column of the offset."""
        return self.model.clock.offset

    def covariates(self, frame: pd.DataFrame) -> Floats:
        """Return the standardised columns of the formula and the centred offset, shape (n, p + 1)."""
        sample = self.model.sample
        x = (self.model.design.of(frame) - sample.centre) / sample.scale
        offset = np.zeros(len(x)) if self.offset is None else _numbers(frame, self.offset)
        return np.hstack((x, offset[:, None] - sample.offset_mean))

    def strata(self, frame: pd.DataFrame) -> Ints:
        """Return the stratum of each row."""
        return stratum_codes(frame, self.model.clock.strata)

    def last(self, stratum: Ints) -> Floats:
        """Return the time up to which the strata were followed."""
        return np.asarray(self.model.clock.followed[stratum])

    def sums(self, patterns: Coded, spans: Spans) -> RiskSums:
        """Add up the risks of people."""
        sample, clock = self.model.sample, self.model.clock
        when, ends = clock.in_units(sample.time), np.searchsorted(sample.stratum, np.arange(len(clock.followed) + 1))
        stratum = patterns.stratum[spans.pattern]
        reached = np.array([_reached(when, ends, stratum, times) for times in (passed_by(spans.given), spans.to)])
        coefficients = np.append(self.model.fit.at.coefficients, 1.0)
        return cox_risk_sums(self.base, self.root, coefficients, patterns.x, spans, reached=reached, robust=self.robust)


Predictor = CoxPredictor | HazardPredictor | CauseSpecificPredictor


def coded(predictor: Predictor, frame: pd.DataFrame) -> Coded:
    """Return the rows of a frame as the model reads them."""
    stratum = predictor.strata(frame)
    return Coded(predictor.covariates(frame), stratum, predictor.last(stratum))


def predictor_of(model: CoxModel | DiscreteHazard | CauseSpecificModel) -> Predictor:
    """Return what adds up the risks of a model.

    Raises
    ------
    InvalidArgumentError
        If it is a model of none of these kinds.
    """
    if isinstance(model, DiscreteHazard):
        return HazardPredictor(model, covariance_root(model.model.covariance))
    if isinstance(model, CauseSpecificModel):
        return cause_specific_predictor(model)
    if isinstance(model, CoxModel):
        scale = model.sample.scale
        robust = robust_parts(model.sample, model.fit, model.cluster) if model.provenance["robust"] else None
        root = covariance_root(model.fit.variance * np.outer(scale, scale))
        return CoxPredictor(model, baseline(model.fit), root, robust)
    raise InvalidArgumentError(
        "model", "a CoxModel, a CauseSpecificModel or a DiscreteHazard", type(model).__name__,
        "fit one with cox, cause_specific or discrete_hazard",
    )  # fmt: skip


def people_of(people: Any, columns: tuple[str, ...], *, grouping: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the columns of a frame, or of a cohort's covariates, that are needed.

    Parameters
    ----------
    people : Cohort or data frame
    columns : tuple of str
        Those without which there is no prediction: refused where values are missing.
    grouping : tuple of str
        Others.

    Returns
    -------
    pandas.DataFrame
        With a fresh index.

    Raises
    ------
    MissingColumnError, InvalidDataError
        If a column is not there, a value is missing, or there is nobody.
    """
    frame = people.covariates if isinstance(people, Cohort) else pandas_frame(people, "people")
    for name in (*columns, *grouping):
        if name not in frame.columns:
            raise MissingColumnError(name, "a column of the people", "none of that name", close_names(name, frame))
    for name in columns:
        n = int(frame[name].isna().sum())
        if n:
            raise InvalidDataError(
                name, "a value in every row", f"{n:,} missing", "fill them in, or leave those rows out"
            )
    if not len(frame):
        raise InvalidDataError("people", "somebody", "no rows", "check how the people were chosen")
    return frame.loc[:, list(dict.fromkeys((*columns, *grouping)))].reset_index(drop=True)


def _numbers(frame: pd.DataFrame, name: str) -> Floats:
    values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(values).all():
        raise InvalidDataError(name, "a number in every row", "others", "correct them or leave those rows out")
    return np.asarray(values)


def _reached(when: Floats, ends: Ints, codes: Ints, times: Floats) -> Ints:
    """Return how many event times of earlier strata, and of a row's own up to its time, there are, shape (n,)."""
    reached = np.zeros(len(times), dtype=np.int64)
    for code in np.unique(codes):
        own = codes == code
        within = np.searchsorted(when[ends[code] : ends[code + 1]], times[own] * (1 + TIE_TOLERANCE), side="right")
        reached[own] = ends[code] + within
    return reached
