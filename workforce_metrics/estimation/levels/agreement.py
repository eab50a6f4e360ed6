"""How far the members of each group agree: rwg, rwg(j) and a_wg."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.input_columns import columns_as_pandas
from workforce_metrics.estimation.reliability.scale_items import (
    ItemNames,
    ScaleItems,
    collected_items,
    item_names,
    scale_items,
)
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.groups import Codes, group_codes
from workforce_metrics.provenance import provenance_of
from workforce_metrics.results import DATA_FRAME, Result, grouping_columns, is_finite_number, numbers_asked

__all__ = ["AgreementMeasure", "GroupAgreement", "agreement_index", "awg_index", "group_agreement"]

FloatArray = npt.NDArray[np.float64]
AgreementMeasure = Literal["rwg", "awg"]


@dataclass(frozen=True, repr=False, eq=False)
class GroupAgreement(Result):
    """Agreement within each group, as `group_agreement` returns it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each group and scale: the grouping columns, `indicator`, `measure` ("rwg", "rwg(j)" or "a_wg"),
        `estimate`, `n`, `n_missing`.
    by : tuple of str
        The grouping columns.
    provenance : mapping
        Data, the null distribution and numbers of respondents.
    """

    _title: ClassVar[str] = "GroupAgreement"


def group_agreement(
    data: StaffSurvey | IntoFrame,
    items: ItemNames,
    *,
    group: str | Sequence[str],
    measure: AgreementMeasure = "rwg",
    null: Literal["uniform"] | float = "uniform",
    options: Sequence[float] | None = None,
) -> GroupAgreement:
    """Return how far the members of each group give the same answers.

    Parameters
    ----------
    data : StaffSurvey or data frame
        One row a respondent: a survey, or any frame that Narwhals reads (a lazy one is collected once).
    items : str, sequence of str, or mapping of str to sequence of str
        A score of the survey's codebook, one item or column, several, or those of several scales by name. With one
        item it is rwg, with several rwg(j).
    group : str or sequence of str
        The column of the groups; with several, each combination is a group.
    measure : {"rwg", "awg"}, default "rwg"
        The reduction of variance below that of answering at random; or that below the greatest variance that the
        group's own mean allows.
    null : "uniform" or float, default "uniform"
        For rwg: the variance of answering at random. "uniform": every option of the item alike. A number: the
        variance of another pattern, in the unit of the answers squared, such as that of a skewed one.
    options : sequence of float, optional
        The values that an answer can have, [1, 2, 3, 4, 5]: needed for a frame, but for a `null` that is a number.
        A survey's codebook has them.

    Returns
    -------
    GroupAgreement
        Groups in category order or sorted by value. `n` counts the members with an answer to every item, who alone are
        used. `estimate` is missing for fewer than two, and for awg where the mean lies too near an end to tell.

    Raises
    ------
    MissingColumnError, CodebookError, InvalidDataError
        If a column or item is not there or holds no numbers.
    InvalidArgumentError
        If no group is named, the options of the items are not known, or an argument is not one that can be.

    Notes
    -----
    With the mean ``s`` over ``j`` items of a group's variance of the item over that of the null, at most 1:
    ``rwg(j) = j (1 - s) / (j (1 - s) + s)``, and ``rwg = 1 - s`` for one item. Disagreement beyond the null counts
    as 0. The uniform variance of the values ``v`` is ``mean (v - mean v)^2``: ``(A^2 - 1) / 12`` for 1 to A.
    ``a_wg = 1 - 2 s^2 / (((H + L) m - m^2 - H L) k / (k - 1))`` of an item with mean ``m`` in a group of ``k``, on a
    scale from L to H, is averaged over items; 1 where all are at one end.

    Values of .70 and more are often called agreement; the uniform null makes them easy to reach where answers are
    skewed, so look at another null too. A group of a few has an rwg that says little, and it has no interval here.

    References
    ----------
    James LR, Demaree RG, Wolf G (1984). Estimating within-group interrater reliability with and without response
    bias. Journal of Applied Psychology 69, 85-98. https://doi.org/10.1037/0021-9010.69.1.85

    Brown RD, Hauenstein NMA (2005). Interrater agreement reconsidered: an alternative to the rwg indices.
    Organizational Research Methods 8, 165-184. https://doi.org/10.1177/1094428105275376

    LeBreton JM, Senter JL (2008). Answers to 20 questions about interrater reliability and interrater agreement.
    Organizational Research Methods 11, 815-852. https://doi.org/10.1177/1094428106296642

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"team": ["a", "a", "b", "b"], "safe": [4, 4, 1, 5], "heard": [4, 5, 2, 2]})
    >>> found = wm.group_agreement(staff, ["safe", "heard"], group="team", options=[1, 2, 3, 4, 5])
    >>> found.frame[["team", "measure", "estimate", "n"]].round(3)
      team measure  estimate  n
    0    a  rwg(j)     0.933  2
    1    b  rwg(j)     0.000  2
    """
    if measure not in {"rwg", "awg"}:
        raise InvalidArgumentError("measure", "'rwg' or 'awg'", repr(measure), "write one of them")
    if null != "uniform" and not (is_finite_number(null) and float(null) > 0):
        raise InvalidArgumentError("null", "'uniform' or a variance above 0", repr(null), "write 'uniform'")
    columns, named = grouping_columns(group, "group"), item_names(data, items)
    if not columns:
        raise InvalidArgumentError("group", "a column of groups", "none", "write group='team'")
    source = collected_items(data, named, columns)
    groups = group_codes(columns_as_pandas(source, columns), columns, missing="no group")
    frames = []
    for name, members in named.items():
        scale = scale_items(source, name, members)
        values = _option_values(scale, options, needed=measure == "awg" or null == "uniform")
        kind = "a_wg" if measure == "awg" else "rwg" if len(members) == 1 else "rwg(j)"
        estimate, n, n_missing = _by_group(scale, groups.codes, len(groups), values, measure=measure, null=null)
        frames.append(groups.labels.assign(indicator=name, measure=kind, estimate=estimate, n=n, n_missing=n_missing))
    frame = pd.concat(frames).sort_index(kind="stable").reset_index(drop=True)
    provenance = {
        **provenance_of(data, len(groups.codes)),
        "data": data.codebook.name if isinstance(data, StaffSurvey) else DATA_FRAME,
        "null": null if measure == "rwg" else None,
        "n_respondents": len(groups.codes),
        "n_without_group": groups.n_without_group,
    }
    return GroupAgreement(frame, columns, provenance)


def agreement_index(variances: FloatArray, null: FloatArray) -> FloatArray:
    """Return rwg of one item, rwg(j) of several.

    Parameters
    ----------
    variances : numpy.ndarray of float64, shape (n_groups, n_items)
        Variance of each item within each group.
    null : numpy.ndarray of float64, shape (n_items,)
        Variance of answering at random.

    Returns
    -------
    numpy.ndarray of float64, shape (n_groups,)

    Examples
    --------
    >>> import numpy as np
    >>> agreement_index(np.array([[0.5], [3.0]]), np.array([2.0])).tolist()
    [0.75, 0.0]
    """
    j, left = variances.shape[1], np.minimum((variances / null).mean(axis=1), 1.0)
    return np.asarray(j * (1 - left) / (j * (1 - left) + left))


def awg_index(means: FloatArray, variances: FloatArray, n: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return a_wg, the mean over the items for which it is defined.

    Parameters
    ----------
    means, variances : numpy.ndarray of float64, shape (n_groups, n_items)
        Of each item within each group.
    n : numpy.ndarray of float64, shape (n_groups,)
        Members.
    low, high : numpy.ndarray of float64, shape (n_items,)
        The ends of the scale of each item.

    Returns
    -------
    numpy.ndarray of float64, shape (n_groups,)

    Examples
    --------
    >>> import numpy as np
    >>> one = np.array([1.0])
    >>> awg_index(np.array([[3.0]]), np.array([[1.0]]), np.array([10.0]), one, 5 * one).round(6).tolist()
    [0.55]
    """
    k = n[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        greatest = ((high + low) * means - means**2 - high * low) * k / (k - 1)
        index = 1 - 2 * variances / greatest
        outside = (means < (low * (k - 1) + high) / k) | (means > (high * (k - 1) + low) / k)
    index = np.where(outside, np.nan, index)
    index = np.where((means == low) | (means == high), 1.0, index)
    index[n < 2] = np.nan
    known = ~np.isnan(index)
    found = np.full(len(n), np.nan)
    np.divide(np.where(known, index, 0.0).sum(axis=1), known.sum(axis=1), out=found, where=known.any(axis=1))
    return found


def _option_values(scale: ScaleItems, options: Sequence[float] | None, *, needed: bool) -> list[FloatArray]:
    """Return the values that each item offers."""
    if scale.options is not None:
        return list(scale.options)
    if options is None:
        if needed:
            raise InvalidArgumentError(
                "options", "the values that an answer can have", "none", "write options=[1, 2, 3, 4, 5]"
            )
        return []
    values = np.unique(numbers_asked(options, "options"))
    answers = scale.answers[~np.isnan(scale.answers)]
    if len(values) < 2 or not np.isin(answers, values).all():
        raise InvalidArgumentError(
            "options", f"two values or more, every answer in {scale.name!r} among them", "others", "list them all"
        )
    return [values] * len(scale.items)


def _by_group(
    scale: ScaleItems, codes: Codes, n_groups: int, options: list[FloatArray], *, measure: str, null: str | float
) -> tuple[FloatArray, Codes, Codes]:
    """Return the index, and how many of each group answered every item and how many did not."""
    complete = ~np.isnan(scale.answers).any(axis=1) & (codes >= 0)
    group, answers = codes[complete], scale.answers[complete]
    n = np.bincount(group, minlength=n_groups)
    n_missing = np.bincount(codes[codes >= 0], minlength=n_groups) - n
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.column_stack([np.bincount(group, item, n_groups) / n for item in answers.T])
        squares = np.column_stack([np.bincount(group, item, n_groups) for item in ((answers - means[group]) ** 2).T])
        variances = squares / (n - 1.0)[:, None]
    variances[n < 2] = np.nan
    if measure == "awg":
        ends = np.array([[values.min(), values.max()] for values in options]).T
        return awg_index(means, variances, n.astype(np.float64), ends[0], ends[1]), n, n_missing
    random = np.array([values.var() for values in options]) if null == "uniform" else np.full(answers.shape[1], null)
    return agreement_index(variances, random.astype(np.float64)), n, n_missing
