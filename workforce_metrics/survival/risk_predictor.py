"""One way to ask either kind of model for sums of risks: what it reads, its causes, its clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.cox.baseline import Baseline, baseline
from workforce_metrics.survival.cox.prediction import stratum_codes
from workforce_metrics.survival.cox.result import CoxModel
from workforce_metrics.survival.cox.robust_baseline import RobustParts, robust_parts
from workforce_metrics.survival.discrete_hazard.result import DiscreteHazard
from workforce_metrics.survival.risk_sums import RiskSums, Spans, covariance_root, cox_risk_sums, hazard_risk_sums
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["ANY_CAUSE", "Coded", "CoxPredictor", "HazardPredictor", "Predictor", "people_of", "predictor_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ANY_CAUSE = "any cause"


@dataclass(frozen=True, eq=False)
class Coded:
    """People as the model reads them.

    Parameters
    ----------
    x : ndarray of float64, shape (n, n_covariates)
        For a Cox model the standardised columns and the centred offset.
    stratum : ndarray of int64, shape (n,)
    last : ndarray of float64, shape (n,)
        The time up to which the risk of each is known.
    """

    x: Floats
    stratum: Ints
    last: Floats

    def take(self, rows: Ints) -> Coded:
        """Return some of the rows."""
        return Coded(self.x[rows], self.stratum[rows], self.last[rows])


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

    def coded(self, frame: pd.DataFrame) -> Coded:
        """Return the rows of `frame` as the model reads them."""
        n = len(frame)
        x = self.model.design.of(frame) if self.columns else np.zeros((n, 0))
        return Coded(x, np.zeros(n, dtype=np.int64), np.full(n, self.model.model.ends[-1]))

    def sums(self, people: Coded, weight: Floats, *, given: Floats, to: Floats) -> RiskSums:
        """Add up the risks of people; see `Spans`."""
        made = hazard_risk_sums(self.model.model, self.root, Spans(people.x, weight, given, to))
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
        clock = self.model.clock
        offset = () if clock.offset is None else (clock.offset,)
        names = (*self.model.design.variables, *map(str, clock.strata.columns), *offset)
        return tuple(dict.fromkeys(names))

    @property
    def time_unit(self) -> str:
        """The unit of the model's times."""
        return self.model.clock.time_unit

    def coded(self, frame: pd.DataFrame) -> Coded:
        """Return the rows of `frame` as the model reads them."""
        sample, clock = self.model.sample, self.model.clock
        x = (self.model.design.of(frame) - sample.centre) / sample.scale
        offset = np.zeros(len(x)) if clock.offset is None else _numbers(frame, clock.offset)
        codes = stratum_codes(frame, clock.strata)
        return Coded(np.hstack((x, offset[:, None] - sample.offset_mean)), codes, clock.followed[codes])

    def sums(self, people: Coded, weight: Floats, *, given: Floats, to: Floats) -> RiskSums:
        """Add up the risks of people; see `Spans`."""
        sample, clock = self.model.sample, self.model.clock
        when, ends = clock.in_units(sample.time), np.searchsorted(sample.stratum, np.arange(len(clock.followed) + 1))
        reached = np.array([_reached(when, ends, people.stratum, times) for times in (given, to)])
        coefficients = np.append(self.model.fit.at.coefficients, 1.0)
        spans = Spans(people.x, weight, given, to)
        return cox_risk_sums(self.base, self.root, coefficients, spans, reached, robust=self.robust)


Predictor = CoxPredictor | HazardPredictor


def predictor_of(model: CoxModel | DiscreteHazard) -> Predictor:
    """Return what adds up the risks of a model.

    Raises
    ------
    InvalidArgumentError
        If it is a model of neither kind.
    """
    if isinstance(model, DiscreteHazard):
        return HazardPredictor(model, covariance_root(model.model.covariance))
    if isinstance(model, CoxModel):
        scale = model.sample.scale
        robust = robust_parts(model.sample, model.fit, model.cluster) if model.provenance["robust"] else None
        root = covariance_root(model.fit.variance * np.outer(scale, scale))
        return CoxPredictor(model, baseline(model.fit), root, robust)
    raise InvalidArgumentError(
        "model", "a CoxModel or a DiscreteHazard", type(model).__name__, "fit one with cox or discrete_hazard"
    )


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
    frame = people.covariates if isinstance(people, Cohort) else nw.from_native(people, eager_only=True).to_pandas()
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
