"""Sums of risks by the Cox models of all causes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.survival.cause_specific.error_effects import CauseErrors, RowErrors, errors_of
from workforce_metrics.survival.cause_specific.result import CauseSpecificModel
from workforce_metrics.survival.cause_specific.steps import HazardSteps, hazard_steps, ratios_by_cause
from workforce_metrics.survival.cause_specific.sums import incidence_sums
from workforce_metrics.survival.cause_specific.variance import CauseTerms, cause_terms
from workforce_metrics.survival.cohort_columns import ANY_CAUSE
from workforce_metrics.survival.cox.clock import passed_by
from workforce_metrics.survival.cox.prediction import stratum_codes
from workforce_metrics.survival.cox.result import CoxModel
from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.risk_sums import Coded, RiskSums, Spans

__all__ = ["CauseSpecificPredictor", "cause_specific_predictor"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CauseSpecificPredictor:
    """Sums of incidences by the Cox models of all causes.

    Parameters
    ----------
    model : CauseSpecificModel
    terms : tuple of CauseTerms
        One a cause.
    steps : tuple of HazardSteps
        One a stratum.
    errors : CauseErrors
    """

    model: CauseSpecificModel
    terms: tuple[CauseTerms, ...]
    steps: tuple[HazardSteps, ...]
    errors: CauseErrors

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that a prediction reads."""
        return tuple(dict.fromkeys((*self.design.variables, *map(str, self._first.clock.strata.columns))))

    @property
    def time_unit(self) -> str:
        """The unit of the models' times."""
        return self._first.clock.time_unit

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes, in the order of `RiskSums`."""
        causes = tuple(self.model.models)
        return (*causes, ANY_CAUSE) if len(causes) > 1 else (ANY_CAUSE,)

    @property
    def design(self) -> DesignMatrix:
        """The coding of the formula."""
        return self._first.design

    offset = None

    def covariates(self, frame: pd.DataFrame) -> Floats:
        """Return the standardised columns of the formula, shape (n, p)."""
        sample = self._first.sample
        return np.asarray((self.design.of(frame) - sample.centre) / sample.scale)

    def strata(self, frame: pd.DataFrame) -> Ints:
        """Return the stratum of each row."""
        return stratum_codes(frame, self._first.clock.strata)

    def last(self, stratum: Ints) -> Floats:
        """Return the time up to which the strata were followed."""
        return np.asarray(self._first.clock.followed[stratum])

    def sums(self, patterns: Coded, spans: Spans) -> RiskSums:
        """Add up the risks of people.

        Notes
        -----
        A sum moves with the coefficients of a cause c directly, and through its baseline, which falls by ``drift_c(s)``
        at each leaving time s: ``sum_s B_c(s) drift_c(s)`` is taken off, B_c(s) the derivative by the baseline hazard.
        """
        n_causes, stratum = len(self.terms), patterns.stratum[spans.pattern]
        chance, ratio = np.zeros((n_causes, len(spans.pattern))), ratios_by_cause(self.terms, patterns.x)
        slopes = [np.zeros((n_causes, len(term.sample.time))) for term in self.terms]
        along = np.zeros((n_causes, n_causes, patterns.x.shape[1]))
        for code in np.unique(stratum):
            who, rows = np.flatnonzero(patterns.stratum == code), np.flatnonzero(stratum == code)
            when = self.steps[code]
            given, to = (when.until(times[rows]) for times in (passed_by(spans.given), spans.to))
            pattern = np.searchsorted(who, spans.pattern[rows])
            made = incidence_sums(
                when.hazard, ratio[who], patterns.x[who], pattern, weight=spans.weight[rows], given=given, to=to
            )
            chance[:, rows] = made.chance
            along += made.along
            for c, slope in enumerate(slopes):
                slope[:, when.rows[c]] = made.by_step[:, c, when.steps[c]]
        directions = [along[:, c] - slopes[c] @ term.drift for c, term in enumerate(self.terms)]
        effect = self.errors.effect(slopes, directions)
        if n_causes == 1:
            return RiskSums(chance, effect)
        return RiskSums(np.vstack((chance, chance.sum(axis=0))), np.vstack((effect, effect.sum(axis=0))))

    @property
    def _first(self) -> CoxModel:
        return next(iter(self.model.models.values()))


def cause_specific_predictor(model: CauseSpecificModel) -> CauseSpecificPredictor:
    """Return what adds up the incidences of the models of all causes."""
    models = tuple(model.models.values())
    robust = bool(model.provenance["robust"])
    terms = tuple(cause_terms(one.sample, one.fit, robust=robust) for one in models)
    times = [one.clock.in_units(one.sample.time) for one in models]
    errors = errors_of(terms, models[0].cluster, robust=robust)
    if not isinstance(errors, RowErrors):
        terms = tuple(replace(term, dfbeta=None) for term in terms)
    steps = tuple(hazard_steps(terms, times, code) for code in range(len(models[0].clock.followed)))
    return CauseSpecificPredictor(model, terms, steps, errors)
