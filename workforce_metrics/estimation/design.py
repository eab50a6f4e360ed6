"""How respondents were selected and weighted, said once and checked against the data."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.estimation.design_arrays import DesignArrays
from workforce_metrics.groups import observed_pairs

__all__ = ["DesignArrays", "LonelyCluster", "SurveyDesign"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
LonelyCluster = Literal["fail", "certainty", "adjust", "average"]
LONELY_CLUSTER = ("fail", "certainty", "adjust", "average")


@dataclass(frozen=True, kw_only=True, repr=False)
class SurveyDesign:
    """How respondents were selected and weighted, by the names of the columns that say so.

    Without any column every respondent counts once and was drawn independently.

    Parameters
    ----------
    weight : str, optional
        Column of weights, 0 or more; a respondent of weight 0 is in no estimate. Their scale does not matter.
    stratum : str, optional
        Column of the strata, within each of which respondents (or clusters) were drawn apart.
    cluster : str, optional
        Column of the units that were drawn together, such as teams. A name used in two strata is two clusters:
        clusters lie within strata.
    population_size : str, optional
        Column that holds, for every respondent, the number of units in the stratum that could have been drawn:
        clusters where a cluster is given, people otherwise. It brings the finite population correction. Without
        `weight` it also brings the weight: units in the stratum per unit drawn.
    lonely_cluster : {"fail", "certainty", "adjust", "average"}, default "fail"
        What to do with a stratum of one cluster, whose variance cannot be estimated: refuse; take it as drawn with
        certainty (it adds no variance); measure it against the mean of the whole group; or give it the mean variance
        of the group's other strata. Without `stratum` nothing is refused: what rests on one cluster has no standard
        error.
    lonely_in_group : bool, default False
        Whether "adjust" and "average" also apply to a group that has one of the several clusters of a stratum. Its
        variance can be estimated, since the others count as clusters without a member, but rests on one cluster.

    Raises
    ------
    InvalidArgumentError
        If a column is not given by name, `lonely_cluster` is another word, or `lonely_in_group` is asked for with a
        rule that it does not change.

    Notes
    -----
    The rules are those of R's ``options(survey.lonely.psu)``; its "remove" and "certainty" are the same here.
    `lonely_in_group` is ``options(survey.adjust.domain.lonely = TRUE)``.

    Only the first stage of selection is described: variance within clusters is carried by their totals
    ("ultimate clusters"), which is right without `population_size` and nearly right with it.

    References
    ----------
    Lumley T (2004). Analysis of complex survey samples. Journal of Statistical Software 9(8).
    https://doi.org/10.18637/jss.v009.i08

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> wm.SurveyDesign(weight="weight", stratum="organisation")
    SurveyDesign(weight='weight', stratum='organisation')
    """

    weight: str | None = None
    stratum: str | None = None
    cluster: str | None = None
    population_size: str | None = None
    lonely_cluster: LonelyCluster = "fail"
    lonely_in_group: bool = False

    def __post_init__(self) -> None:
        for name in ("weight", "stratum", "cluster", "population_size"):
            column = getattr(self, name)
            if column is not None and not isinstance(column, str):
                raise InvalidArgumentError(
                    name,
                    "the name of a column",
                    f"a {type(column).__name__}",
                    f"put it in the data and write {name}='...'",
                )
        if self.lonely_cluster not in LONELY_CLUSTER:
            raise InvalidArgumentError(
                "lonely_cluster", " or ".join(map(repr, LONELY_CLUSTER)), repr(self.lonely_cluster), "write one of them"
            )
        if self.lonely_in_group and self.lonely_cluster not in {"adjust", "average"}:
            raise InvalidArgumentError(
                "lonely_in_group",
                "a rule for lonely clusters that it can extend to groups",
                f"lonely_cluster={self.lonely_cluster!r}",
                "write lonely_cluster='adjust' or 'average'",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the design needs, each once."""
        named = (self.weight, self.stratum, self.cluster, self.population_size)
        return tuple(dict.fromkeys(name for name in named if name is not None))

    def on(self, table: pd.DataFrame) -> DesignArrays:
        """Check the design against a table and return it as arrays.

        Parameters
        ----------
        table : pandas.DataFrame, shape (n_rows, ...)
            Every respondent, also those who are in no group or did not answer: they are part of the design.

        Returns
        -------
        DesignArrays

        Raises
        ------
        MissingColumnError
            If the table lacks a column of the design.
        InvalidDataError
            If a weight, stratum, cluster or population size is missing or impossible, or a stratum has one cluster
            and `lonely_cluster` is "fail".

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"site": ["x", "x", "y", "y"], "staff": [10, 10, 4, 4]})
        >>> arrays = SurveyDesign(stratum="site", population_size="staff").on(table)
        >>> arrays.weight.tolist(), arrays.scale.tolist()
        ([5.0, 5.0, 2.0, 2.0], [1.6, 1.0])
        """
        for column in self.columns:
            if column not in table.columns:
                raise MissingColumnError(
                    column, "a column of the data, as the design says", "none of that name", close_names(column, table)
                )
        stratum, n_strata = _codes(table, self.stratum)
        cluster, n_clusters = None, np.bincount(stratum, minlength=n_strata)
        if self.cluster is not None:
            named, n_named = _codes(table, self.cluster)
            cluster, stratum_of_cluster, _ = observed_pairs(stratum, named, n_named)
            n_clusters = np.bincount(stratum_of_cluster, minlength=n_strata)
        size = self._population_size(table, stratum, n_clusters)
        scale, centre, averaged = self._variance_factors(n_clusters, size)
        in_group: Literal["adjust", "average"] = "average" if self.lonely_cluster == "average" else "adjust"
        return DesignArrays(
            weight=self._weight(table, stratum, n_clusters, size),
            stratum=stratum,
            cluster=cluster,
            n_clusters=n_clusters,
            scale=scale,
            centre=centre,
            averaged=averaged if averaged.any() else None,
            lonely_in_group=in_group if self.lonely_in_group else None,
        )

    def _weight(self, table: pd.DataFrame, stratum: Codes, n_clusters: Codes, size: FloatArray | None) -> FloatArray:
        if self.weight is None:
            return np.ones(len(table)) if size is None else (size / n_clusters)[stratum]
        weight = _numbers(table, self.weight)
        _refuse_where(~np.isfinite(weight), self.weight, "a weight for every respondent", "missing or infinite weights")
        _refuse_where(weight < 0, self.weight, "weights of 0 or more", "negative weights")
        if not weight.any():
            raise InvalidDataError(self.weight, "a weight above 0", "only zeros", "name the column of the weights")
        return weight

    def _population_size(self, table: pd.DataFrame, stratum: Codes, n_clusters: Codes) -> FloatArray | None:
        if self.population_size is None:
            return None
        name = self.population_size
        values = _numbers(table, name)
        _refuse_where(~np.isfinite(values), name, "a population size for every respondent", "missing or infinite sizes")
        size = np.zeros(len(n_clusters))
        size[stratum] = values
        _refuse_where(
            values != size[stratum], name, "one population size in each stratum", "sizes unlike their stratum's"
        )
        short = int((size < n_clusters).sum())
        if short:
            units = "respondents" if self.cluster is None else "clusters"
            raise InvalidDataError(
                name,
                f"at least as many units in a stratum as there are {units} of it",
                f"fewer in {short:,} of {len(size):,} strata",
                f"give the number of {units} that could have been drawn, not a fraction",
            )
        return size

    def _variance_factors(self, n_clusters: Codes, size: FloatArray | None) -> tuple[FloatArray, FloatArray, BoolArray]:
        n = n_clusters.astype(np.float64)
        unsampled = np.ones(len(n)) if size is None else (size - n) / size
        lonely = n_clusters == 1
        open_to_chance = lonely & (unsampled > 0)
        unknown = int(open_to_chance.sum())
        if unknown and self.lonely_cluster == "fail" and self.stratum is not None:
            raise InvalidDataError(
                self.stratum,
                "at least two clusters (respondents, where no cluster is given) in every stratum",
                f"one in {unknown:,} of {len(n):,} strata",
                "join small strata, or pass lonely_cluster='certainty', 'adjust' or 'average'",
            )
        scale = unsampled * n / np.where(lonely, 1.0, n - 1.0)
        centre = 1.0 / n
        if self.lonely_cluster == "adjust":
            centre[lonely] = 0.0
        else:
            scale[lonely] = 0.0
        averages = self.lonely_cluster == "average" and self.stratum is not None
        return scale, centre, open_to_chance & averages

    def __repr__(self) -> str:
        named = ((item.name, getattr(self, item.name)) for item in fields(self))
        given = (f"{name}={value!r}" for name, value in named if value not in {None, "fail", False})
        return f"{type(self).__name__}({', '.join(given)})"


def _codes(table: pd.DataFrame, name: str | None) -> tuple[Codes, int]:
    """Return codes from 0 and how many there are; one code for all where no column is named."""
    if name is None:
        return np.zeros(len(table), dtype=np.int64), 1
    codes, levels = pd.factorize(table[name])
    _refuse_where(codes < 0, name, "a value for every respondent", "missing values")
    return codes.astype(np.int64), len(levels)


def _numbers(table: pd.DataFrame, name: str) -> FloatArray:
    column = table[name]
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        raise InvalidDataError(name, "a column of numbers", f"one of {column.dtype}", "convert it to numbers")
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _refuse_where(wrong: npt.NDArray[np.bool_], name: str, expected: str, what: str) -> None:
    n_wrong = int(wrong.sum())
    if n_wrong:
        raise InvalidDataError(
            name, expected, f"{what} in {n_wrong:,} of {len(wrong):,} rows", "correct these rows or leave them out"
        )
