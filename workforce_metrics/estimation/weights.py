"""The published weighting scheme as one call: occupational group, organisation size, or their product."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.estimation.input_columns import collected, columns_as_pandas
from workforce_metrics.estimation.population_counts import PopulationCounts, count_population, level_codes
from workforce_metrics.estimation.weight_cells import occupation_weights, organisation_weights
from workforce_metrics.estimation.weight_diagnostics import SurveyWeights, cell_table, organisation_table
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.provenance import provenance_of
from workforce_metrics.results import is_finite_number

__all__ = ["survey_weights"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
WeightKind = Literal["occupation", "organisation_size", "both"]
WithoutPopulation = Literal["refuse", "one", "zero"]
KINDS = ("occupation", "organisation_size", "both")
WITHOUT_POPULATION = ("refuse", "one", "zero")


def survey_weights(
    data: StaffSurvey | IntoFrame,
    *,
    population: IntoFrame,
    organisation: str = "organisation",
    occupation: str | None = None,
    count: str = "population",
    kind: WeightKind = "occupation",
    cap: float | None = 5.0,
    profile_by: str | None = None,
    rescale: bool = False,
    without_population: WithoutPopulation = "refuse",
) -> SurveyWeights:
    """Weight respondents to the staff they come from, as the NHS Staff Survey does, and say what that does.

    Parameters
    ----------
    data : StaffSurvey or data frame
        One row a respondent, with the columns `organisation` and `occupation`.
    population : data frame
        One row an organisation and occupation (an organisation for "organisation_size"), under the same names, with
        the number of staff in `count`.
    organisation, occupation, count : str
        Names of columns. `occupation` is needed but for "organisation_size".
    kind : {"occupation", "organisation_size", "both"}
        - "occupation": an organisation's respondents are brought to a mix of occupational groups: for results of
          organisations (13 groups and the cap: documented);
        - "organisation_size": each organisation counts by its staff, not by who answered: for national results
          (documented);
        - "both": their product (documented).
    cap : float or None, default 5.0
        The largest weight for occupation (documented: 5); None for none. That the weight for size has no cap is
        inferred.
    profile_by : str, optional
        A column of `population` that puts organisations in groups: the mix to be reached is then that of all staff in
        the organisation's group, such as its benchmark group. Default: the organisation's own staff. Which of them the
        publisher takes is unknown.
    rescale : bool, default False
        Whether an organisation's capped weights are made to add up to its respondents again. Unknown; without it the
        product of "both" gives an organisation with capped weights, or with groups where nobody answered, a little less
        than its size.
    without_population : {"refuse", "one", "zero"}, default "refuse"
        What respondents get whose organisation or group has no staff in `population`, or whose group is missing:
        nothing, but an error with their number; the weight 1; or the weight 0, which leaves them out. Unknown.

    Returns
    -------
    SurveyWeights
        `values`, one weight a respondent; `cells` and `organisations`, the diagnostics.

    Raises
    ------
    InvalidArgumentError
        If `kind`, `cap` or `without_population` is not possible, or `occupation` is needed.
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If the population has two rows for one group or impossible counts, or respondents have no population.

    Notes
    -----
    With staff `N` and respondents `n` of organisation `o` and group `g`, the weight for occupation is
    ``min(cap, (N_og / N_o) / (n_og / n_o))`` and that for size ``(N_o / N) / (n_o / n)``, over the organisations that
    have respondents. Groups where nobody answered are not stood for by anybody: they are in `cells` as "no
    respondents", and their share of the staff in `organisations`. Breakdowns of one organisation are published without
    weights (documented).

    References
    ----------
    .. [1] NHS Staff Survey, technical documents, https://www.nhsstaffsurveys.com.
    .. [2] Kish L (1965). Survey Sampling. Wiley.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"organisation": ["A", "A"], "job": ["nurse", "doctor"], "population": [75, 25]})
    >>> answers = pd.DataFrame({"organisation": ["A"] * 4, "job": ["nurse", "nurse", "doctor", "doctor"]})
    >>> weights = wm.survey_weights(answers, population=staff, occupation="job")
    >>> weights.values.tolist(), weights.organisations[["n_effective", "share_capped"]].to_numpy().tolist()
    ([1.5, 1.5, 0.5, 0.5], [[3.2, 0.0]])
    """
    _check(kind, cap, without_population, occupation, rescale=rescale)
    occupation = None if kind == "organisation_size" else occupation
    keys = (organisation,) if occupation is None else (organisation, occupation)
    respondents = columns_as_pandas(collected(data, keys), keys)
    if not len(respondents):
        raise InvalidDataError("data", "at least one respondent", "none", "pass the rows that were kept")
    needed = tuple(dict.fromkeys([*keys, count, *([profile_by] if profile_by else [])]))
    staff = columns_as_pandas(collected(population, needed), needed)
    if occupation is None and staff.duplicated([organisation]).any():
        raise InvalidDataError(
            "population", "one row an organisation", "several for one", "add up its occupational groups first"
        )
    counts = count_population(respondents, staff, organisation=organisation, occupation=occupation, count=count)
    profile = (
        counts.staff if profile_by is None else counts.pooled_over(_groups(staff, counts, organisation, profile_by))
    )

    parts = np.ones(counts.n.shape)
    uncapped = np.full(counts.n.shape, np.nan)
    if occupation is not None:
        made = occupation_weights(counts.n, profile, cap=cap, rescale=rescale)
        parts, uncapped = made.weight, made.uncapped
    n_of_organisation = np.bincount(counts.organisation[counts.organisation >= 0], minlength=len(counts.organisations))
    if kind != "occupation":
        parts = parts * organisation_weights(n_of_organisation, counts.staff.sum(axis=1))[:, None]
    values, n_without = _of_respondents(parts, counts, without_population)
    capped = uncapped > (np.inf if cap is None else cap)
    return SurveyWeights(
        values=pd.Series(values, name="weight"),
        cells=cell_table(counts, keys, parts, uncapped, capped),
        organisations=organisation_table(counts, organisation, values, capped),
        provenance={
            **provenance_of(data, len(values)),
            "kind": kind,
            "cap": cap if occupation is not None else None,
            "profile_by": profile_by,
            "rescale": rescale or None,
            "n_effective": round(float(values.sum() ** 2 / (values**2).sum()), 1),
            "n_capped": int(counts.n[capped].sum()),
            "n_without_population": n_without,
            "groups_without_respondents": int(((counts.n == 0) & (counts.staff > 0)).sum()),
        },
    )


def _check(kind: str, cap: float | None, without_population: str, occupation: str | None, *, rescale: bool) -> None:
    if kind not in KINDS:
        raise InvalidArgumentError("kind", " or ".join(map(repr, KINDS)), repr(kind), "write one of them")
    if without_population not in WITHOUT_POPULATION:
        raise InvalidArgumentError(
            "without_population", " or ".join(map(repr, WITHOUT_POPULATION)), repr(without_population), "write one"
        )
    if cap is not None and not (is_finite_number(cap) and cap >= 1):
        raise InvalidArgumentError("cap", "a number of 1 or more, or None", repr(cap), "write 5 for the published one")
    if kind != "organisation_size" and occupation is None:
        raise InvalidArgumentError(
            "occupation", f"the column of occupational groups for kind={kind!r}", "none", "name it, or weight by size"
        )
    if not isinstance(rescale, bool):
        raise InvalidArgumentError("rescale", "True or False", repr(rescale), "write one of them")


def _groups(staff: pd.DataFrame, counts: PopulationCounts, organisation: str, profile_by: str) -> Codes:
    """Return each organisation's group, -1 where it has none, shape (n_organisations,)."""
    pairs = staff[[organisation, profile_by]].drop_duplicates()
    if pairs.isna().any(axis=None) or pairs[organisation].duplicated().any():
        raise InvalidDataError(profile_by, "one group for each organisation", "none or several", "correct these rows")
    group, _ = pd.factorize(staff[profile_by])
    codes = np.full(len(counts.organisations), -1, dtype=np.int64)
    codes[level_codes(counts.organisations, staff[organisation])] = group
    return codes


def _of_respondents(
    parts: FloatArray, counts: PopulationCounts, without_population: WithoutPopulation
) -> tuple[FloatArray, int]:
    placed = (counts.organisation >= 0) & (counts.occupation >= 0)
    values = np.full(len(placed), np.nan)
    values[placed] = parts[counts.organisation[placed], counts.occupation[placed]]
    lost = np.isnan(values)
    n_lost = int(lost.sum())
    if n_lost and without_population == "refuse":
        raise InvalidDataError(
            "population",
            "staff for every respondent's organisation and group",
            f"none for {n_lost:,} of {len(values):,} respondents, or no group of theirs",
            "add the missing rows, or pass without_population='one' or 'zero'",
        )
    values[lost] = 1.0 if without_population == "one" else 0.0
    if not values.any():
        raise InvalidDataError("population", "staff for some respondents", "for none", "check that names are the same")
    return values, n_lost
