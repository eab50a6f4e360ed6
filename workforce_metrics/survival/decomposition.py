"""Why the number of early leavers changed: more people at risk, another mix of them, another risk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import DefinitionMismatchError, InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.results import Result, normal_quantile
from workforce_metrics.survival.exposure import exposure_by_year
from workforce_metrics.survival.risk_table import RiskTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Decomposition", "decompose_leavers"]

Floats = npt.NDArray[np.float64]
TERMS = ("before", "people at risk", "mix", "risk", "after")


@dataclass(frozen=True, repr=False, eq=False)
class Decomposition(Result):
    """A change in the number of leavers, split; `decompose_leavers` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        Five rows, column `term`: "before", "people at risk", "mix", "risk", "after". `estimate` is a number of
        leavers: a level in the first and last row, a change in the others; before + the three changes = after.
        `std_error`, `conf_low`, `conf_high` go with it.
    by, provenance
        See `Result`.
    bands : pandas.DataFrame
        One row a band of years since joining: exposure, leavers and risk, before and after.
    """

    bands: pd.DataFrame = field(kw_only=True)

    _title: ClassVar[str] = "Change in leavers"

    @property
    def risk_ratio(self) -> float:
        """Overall leavers per exposure after, divided by the same before."""
        after = self.bands["n_event_after"].sum() / self.bands["exposure_after"].sum()
        return float(after / (self.bands["n_event_before"].sum() / self.bands["exposure_before"].sum()))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the change as a waterfall from before to after."""
        from workforce_metrics.plotting.waterfall import draw_waterfall

        return draw_waterfall(self.frame, ax=ax, title="Change in the number of early leavers", caption=self.caption)


def decompose_leavers(
    before: RiskTable | pd.DataFrame,
    after: RiskTable | pd.DataFrame,
    *,
    years: int = 5,
    variance: Literal["poisson", "binomial"] = "poisson",
    conf_level: float = 0.95,
) -> Decomposition:
    """Split the change in the number of leavers exactly into people at risk, their mix, and their risk.

    Parameters
    ----------
    before, after : RiskTable or pandas.DataFrame
        A risk table (its groups and causes taken together) is cut into years since joining, with person-years as the
        exposure. A data frame of published counts has columns `n_event` (leavers), `exposure` (person-years or people)
        and, where there is more than one row, `band` (years since joining), the same bands in both.
    years : int
        Of a risk table: leavers within so many years of joining.
    variance : {"poisson", "binomial"}
        How leavers vary given the exposure: "poisson" where it is person-years, "binomial" where it is people.
    conf_level : float
        In (0, 1).

    Returns
    -------
    Decomposition

    Raises
    ------
    DefinitionMismatchError, MissingColumnError, InvalidDataError, InvalidArgumentError
        If the two do not mean the same, lack a column, differ in bands, or hold more leavers than people at risk.

    Notes
    -----
    Leavers are ``N * sum_a s_a r_a``: exposure N, share s_a of band a, risk r_a. Das Gupta's symmetric split gives
    each factor the average of what its change does over all orders in which the three may change, so that the three
    effects add up to the change without a remainder. For the factor N, with ``Q(s, r) = sum_a s_a r_a``:
    ``(N2 - N1) * ((Q(s1, r1) + Q(s2, r2)) / 3 + (Q(s1, r2) + Q(s2, r1)) / 6)``; likewise the others.
    Standard errors by the delta method, taking exposures as known and leavers in each band as Poisson or binomial;
    intervals are normal. With one band the mix cannot change.

    References
    ----------
    Das Gupta P (1993). Standardization and decomposition of rates: a user's manual. US Bureau of the Census, Current
    Population Reports P23-186.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> first = pd.DataFrame({"band": ["0-1", "1-5"], "exposure": [100, 300], "n_event": [10, 6]})
    >>> second = pd.DataFrame({"band": ["0-1", "1-5"], "exposure": [200, 300], "n_event": [20, 6]})
    >>> wm.decompose_leavers(first, second).frame[["term", "estimate"]].round(2).to_dict("list")
    {'term': ['before', 'people at risk', 'mix', 'risk', 'after'], 'estimate': [16.0, 4.6, 5.4, 0.0, 26.0]}
    """
    if variance not in {"poisson", "binomial"}:
        raise InvalidArgumentError("variance", "'poisson' or 'binomial'", repr(variance), "'poisson' for person-years")
    z = normal_quantile(conf_level)
    bands = _both(_bands(before, "before", years), _bands(after, "after", years))
    definition = _common_definition(before, after)
    exposure = bands[["exposure_before", "exposure_after"]].to_numpy().T
    leavers = bands[["n_event_before", "n_event_after"]].to_numpy().T
    if variance == "binomial" and (leavers > exposure).any():
        raise InvalidDataError(
            "n_event", "at most the people at risk", "more", "use variance='poisson' for person-years"
        )
    effects, gradient = split_change(exposure, leavers)
    risk = leavers / exposure
    spread = leavers / exposure**2 * ((1 - risk) if variance == "binomial" else 1.0)
    std_error = np.sqrt((gradient**2 * spread).sum(axis=(1, 2)))
    table = pd.DataFrame({"term": TERMS, "estimate": effects, "std_error": std_error})
    table["conf_low"], table["conf_high"] = effects - z * std_error, effects + z * std_error
    made = {"definition": definition, "variance": variance, "conf_level": conf_level}
    return Decomposition(table, (), made, bands=bands)


def split_change(exposure: Floats, leavers: Floats) -> tuple[Floats, Floats]:
    """Return the five terms and their derivatives by the risks.

    Parameters
    ----------
    exposure, leavers : ndarray of float64, shape (2, n_bands)
        Before and after.

    Returns
    -------
    terms : ndarray of float64, shape (5,)
        Leavers before; the effects of people at risk, mix and risk; leavers after.
    gradient : ndarray of float64, shape (5, 2, n_bands)
        Derivative of each term by each risk before and after.
    """
    n, risk = exposure.sum(axis=1), leavers / exposure
    share = exposure / n[:, None]
    third, sixth = 1 / 3, 1 / 6
    same, cross = np.array([[third, sixth], [sixth, third]]), np.array([-1.0, 1.0])
    # weight[i, j] of the other two factors at times i and j: one third where they agree, one sixth where not
    per_risk = np.zeros((5, 2, exposure.shape[1]))
    per_risk[0, 0], per_risk[4, 1] = n[0] * share[0], n[1] * share[1]
    per_risk[1] = (n[1] - n[0]) * np.einsum("sr,sa->ra", same, share)
    per_risk[2] = np.einsum("nr,n,a->ra", same, n, share[1] - share[0])
    per_risk[3] = cross[:, None] * np.einsum("ns,n,sa->a", same, n, share)
    return (per_risk * risk).sum(axis=(1, 2)), per_risk


def _bands(data: RiskTable | pd.DataFrame, name: str, years: int) -> pd.DataFrame:
    if isinstance(data, RiskTable):
        if data.is_weighted:
            raise InvalidArgumentError(
                name, "a risk table that counts people", "one of weights", "leavers of unequal weight are not Poisson"
            )
        return exposure_by_year(data, years)
    for column in ("n_event", "exposure"):
        if column not in data.columns:
            raise MissingColumnError(f"{name}[{column!r}]", "a column of the counts", "none of that name", "add it")
    if "band" not in data.columns and len(data) > 1:
        raise MissingColumnError(f"{name}['band']", "a column that names each row", "none", "add band, or give one row")
    bands = data.assign(band="all") if "band" not in data.columns else data
    numbers = bands[["exposure", "n_event"]].to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(numbers).all() or (numbers[:, 0] <= 0).any() or (numbers[:, 1] < 0).any():
        raise InvalidDataError(name, "exposure above 0 and n_event from 0 in every row", "others", "correct those rows")
    if bands["band"].duplicated().any():
        raise InvalidDataError(f"{name}['band']", "each band once", "a band twice", "add its rows up first")
    return bands[["band", "exposure", "n_event"]].astype({"exposure": float, "n_event": float})


def _both(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    if set(before["band"]) != set(after["band"]):
        raise DefinitionMismatchError("band", "the same bands before and after", "others", "cut both alike")
    bands: pd.DataFrame = before.merge(after, on="band", suffixes=("_before", "_after"), validate="one_to_one")
    return bands


def _common_definition(before: RiskTable | pd.DataFrame, after: RiskTable | pd.DataFrame) -> object:
    definitions = [data.provenance.get("definition") for data in (before, after) if isinstance(data, RiskTable)]
    if len(definitions) == 2 and definitions[0] != definitions[1]:
        raise DefinitionMismatchError(
            "after", "the definition of leaving that `before` has", "another", "load both under one definition"
        )
    return definitions[0] if definitions else None
