"""An indicator by its name, as one array: what `estimate` estimates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.score_arrays import score_arrays
from workforce_metrics.indicators.scoring import item_score, score
from workforce_metrics.indicators.shares import share

if TYPE_CHECKING:
    import narwhals as nw
    from narwhals.typing import IntoFrame

__all__ = ["ITEM_PREFIX", "SHARE_PREFIX", "IndicatorValues", "each_indicator", "indicator_values"]

SHARE_PREFIX = "share:"
ITEM_PREFIX = "item:"


@dataclass(frozen=True, eq=False)
class IndicatorValues:
    """One indicator of every row.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (n_rows,), float64, in the order of the rows, NaN where missing; of a share 0 and 1.
    kind : {"score", "share", "column"}
        A score of the codebook (or the value of one item), a share, or a numeric column; a share is estimated with
        limits inside 0 and 1.
    name : str
        The name as it was asked for.

    Examples
    --------
    >>> import numpy as np
    >>> IndicatorValues(np.array([1.0, 0.0]), "share", "stayed").kind
    'share'
    """

    values: npt.NDArray[np.float64]
    kind: Literal["score", "share", "column"]
    name: str


def indicator_values(data: StaffSurvey | IntoFrame, name: str) -> IndicatorValues:
    """Return the indicator of that name for every row of a survey or of any frame.

    Parameters
    ----------
    data : StaffSurvey or data frame
        A survey, or any frame that Narwhals reads, lazy ones included.
    name : str
        - ``"burnout"``: a score of the survey's codebook;
        - ``"share:burnout_burnt_out"``: the published share of an item of the survey;
        - ``"item:burnout_burnt_out"``: the value of an item of the survey, as it enters a score;
        - ``"share:stayed"``: a column of true and false or of 0 and 1, as a share;
        - ``"hours"``: a numeric column as a mean, a column of true and false as a share.

    Returns
    -------
    IndicatorValues
        Values of shape (n_rows,), kind and name.

    Raises
    ------
    MissingColumnError
        If there is no indicator or column of that name, or an item of it is not in the extract.
    InvalidArgumentError
        If the name can mean two things, or is an item of the survey without saying share or value.
    InvalidDataError
        If the column is neither numeric nor boolean, is asked for as a share and holds other than 0 and 1, or holds
        infinity.

    Notes
    -----
    Nothing is guessed from values: a numeric column of 0 and 1 is a mean unless "share:" stands before its name.

    Examples
    --------
    >>> import pandas as pd
    >>> from workforce_metrics.indicators.by_name import indicator_values
    >>> people = pd.DataFrame({"stayed": [True, False], "hours": [37.5, None]})
    >>> indicator_values(people, "stayed")
    IndicatorValues(values=array([1., 0.]), kind='share', name='stayed')
    >>> indicator_values(people, "hours").kind
    'column'
    """
    if not isinstance(name, str):
        raise InvalidArgumentError("indicator", "a name", f"a {type(name).__name__}", 'write a name such as "burnout"')
    if isinstance(data, StaffSurvey):
        return _of_survey(data, name)
    prefix, column = _split(name)
    if prefix == ITEM_PREFIX:
        raise InvalidArgumentError(
            name, "a survey, whose codebook has items", "a data frame", "read it with read_staff_survey first"
        )
    return _of_column(data, column, name, as_share=prefix == SHARE_PREFIX)


def each_indicator(data: StaffSurvey | IntoFrame, names: Iterable[str]) -> Iterator[IndicatorValues]:
    """Yield several indicators one after the other, the parts that scores share computed once.

    Parameters
    ----------
    data, names
        As `indicator_values` takes them.

    Yields
    ------
    IndicatorValues
        What `indicator_values` returns, in the order of `names`.

    Raises
    ------
    MissingColumnError, InvalidArgumentError, InvalidDataError
        As `indicator_values`; one error names the absent items of all scores.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"stayed": [True, False], "hours": [37.5, None]})
    >>> [indicator.kind for indicator in each_indicator(people, ["hours", "stayed"])]
    ['column', 'share']
    """
    asked = list(names)
    scores: dict[str, npt.NDArray[np.float64]] = {}
    if isinstance(data, StaffSurvey):
        named = [name for name in asked if name in data.codebook.scores and name not in data.table.columns]
        scores = score_arrays(data, named) if len(named) > 1 else {}
        scores = {name: scores[name] for name in named if name in scores}
    for name in asked:
        values = scores.pop(name, None)  # not held any longer than it is needed
        yield indicator_values(data, name) if values is None else IndicatorValues(values, "score", name)


def _of_survey(survey: StaffSurvey, name: str) -> IndicatorValues:
    book, columns = survey.codebook, survey.table.columns
    prefix, stem = _split(name)
    if prefix == ITEM_PREFIX:
        return IndicatorValues(np.asarray(item_score(survey, stem), dtype=np.float64), "score", name)
    if prefix == SHARE_PREFIX and stem in book.items:
        return IndicatorValues(np.asarray(share(survey, stem), dtype=np.float64), "share", name)
    if not prefix and name in book.scores:
        if name in columns:
            raise InvalidArgumentError(
                name, "a name with one meaning", "a score and a column of the extract", "rename the column"
            )
        return IndicatorValues(np.asarray(score(survey, name), dtype=np.float64), "score", name)
    if not prefix and name in book.items:
        raise InvalidArgumentError(
            name,
            "a score, a share or a value",
            "an item, whose codes have no mean",
            f'write "{SHARE_PREFIX}{name}" for its share or "{ITEM_PREFIX}{name}" for its value in a score',
        )
    if stem not in columns:
        shares = [f"{SHARE_PREFIX}{concept}" for concept in book.items]
        raise _nothing_of_that_name(name, [*book.scores, *shares, *(str(column) for column in columns)])
    return _of_column(survey.table, stem, name, as_share=prefix == SHARE_PREFIX)


def _of_column(data: IntoFrame, column: str, name: str, *, as_share: bool) -> IndicatorValues:
    import narwhals as nw

    try:
        frame = nw.from_native(data)
    except TypeError:
        raise InvalidArgumentError(
            "data", "a StaffSurvey or a data frame", f"a {type(data).__name__}", "pass a survey or a frame"
        ) from None
    names = frame.collect_schema().names()
    if column not in names:
        raise _nothing_of_that_name(name, [str(other) for other in names])
    selected = frame.select(nw.col(column))
    series = (selected.collect() if isinstance(selected, nw.LazyFrame) else selected)[column]
    values = _floats(series, name)
    if series.dtype == nw.Boolean:
        return IndicatorValues(values, "share", name)
    if not as_share:
        return IndicatorValues(values, "column", name)
    if not np.isin(values[~np.isnan(values)], (0.0, 1.0)).all():
        raise InvalidDataError(
            name, "a column of 0 and 1, or of true and false", "other numbers", "make it so, e.g. (status == 2)"
        )
    return IndicatorValues(values, "share", name)


def _floats(series: nw.Series[Any], name: str) -> npt.NDArray[np.float64]:
    import narwhals as nw

    if series.dtype != nw.Boolean and not series.dtype.is_numeric():
        raise InvalidDataError(
            name,
            "a numeric or boolean column",
            f"a column of type {series.dtype}",
            'convert it to numbers or to true and false, e.g. status == "left"',
        )
    values = series.cast(nw.Float64).to_numpy().astype(np.float64)
    if np.isinf(values).any():
        raise InvalidDataError(name, "finite numbers", "infinity in some rows", "set those rows missing")
    return values


def _split(name: str) -> tuple[str, str]:
    for prefix in (SHARE_PREFIX, ITEM_PREFIX):
        if name.startswith(prefix):
            return prefix, name.removeprefix(prefix)
    return "", name


def _nothing_of_that_name(name: str, there: Iterable[str]) -> MissingColumnError:
    fix = close_names(name, there, otherwise="see catalogue() and the columns of the data")
    return MissingColumnError(name, "an indicator or a column of the data", "none of that name", fix)
