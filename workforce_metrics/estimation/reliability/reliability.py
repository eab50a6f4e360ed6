"""How reliable a scale is: alpha and omega total with intervals, and what each item adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.estimation.reliability.alpha import (
    INTERVALS,
    IntervalMethod,
    alpha_interval,
    cronbach_alpha,
    log_interval,
)
from workforce_metrics.estimation.reliability.omega import omega_total
from workforce_metrics.estimation.reliability.scale_items import (
    ItemNames,
    ScaleItems,
    collected_items,
    item_names,
    scale_items,
)
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.provenance import provenance_of
from workforce_metrics.results import DATA_FRAME, Result, check_conf_level, column_list

__all__ = ["ALL_ITEMS", "Reliability", "reliability"]

ALL_ITEMS = "all items"
"""The term of a row that is about the whole scale."""


@dataclass(frozen=True, repr=False, eq=False)
class Reliability(Result):
    """Alpha, omega total and the items' figures of one scale or several, as `reliability` returns them.

    Parameters
    ----------
    table : pandas.DataFrame
        For each scale (`indicator`) two rows with the `term` "all items", `measure` "alpha" and "omega total", then
        two rows an item (`term`), `measure` "item-rest correlation" and "alpha without the item": `estimate`,
        `std_error`, `conf_low`, `conf_high`, `n`, `n_missing`.
    by : tuple of str
        Empty.
    provenance : mapping
        Data, kind of interval, level and number of respondents.
    """

    _title: ClassVar[str] = "Reliability"


def reliability(
    data: StaffSurvey | IntoFrame,
    items: ItemNames,
    *,
    reverse: str | Sequence[str] | None = None,
    interval: IntervalMethod = "feldt",
    conf_level: float = 0.95,
) -> Reliability:
    """Return how reliably the items of a scale measure together.

    Parameters
    ----------
    data : StaffSurvey or data frame
        One row a respondent: a survey, or any frame that Narwhals reads (a lazy one is collected once).
    items : str, sequence of str, or mapping of str to sequence of str
        A score of the survey's codebook ("burnout"); the items of one scale, concepts or numeric columns; or those of
        several scales by name. A score of parts is taken by the items of its parts. Items of a codebook come with
        their direction.
    reverse : str or sequence of str, optional
        Columns of a frame that point the other way. A survey's codebook says so itself.
    interval : {"feldt", "bonett", "distribution_free"}, default "feldt"
        How the limits of alpha are had: exact for parallel normal items; in large samples; or without either
        assumption, with the errors of both alpha and omega. Those of answers with few options and a skew are best
        taken from the last.
    conf_level : float, default 0.95
        In (0, 1).

    Returns
    -------
    Reliability
        `n` counts the respondents with an answer to every item, who alone are used, and `n_missing` the others.
        An item's figures have no interval.

    Raises
    ------
    MissingColumnError, CodebookError
        If an item is not there or carries no values.
    InvalidArgumentError
        If there are fewer than two items, an item stands twice, or `reverse` or `interval` is not one that can be.
    InvalidDataError
        If fewer than three respondents answered every item, or an answer is the same in all of them.

    Notes
    -----
    Alpha is the share of the variance of the sum that is common to the items if all measure alike; where they do not,
    it is a lower bound. Omega total lets items measure unequally well (one factor, at least three items): of one
    factor by maximum likelihood, not of several. Both are 1 minus the error of the sum, and rise with the number of
    items: they do not show that a scale measures one thing, or the right one. Formulas and sources stand with
    `workforce_metrics.estimation.reliability.alpha.cronbach_alpha` and
    `workforce_metrics.estimation.reliability.omega.omega_total`.

    There are no survey weights: reliability belongs to the items as answered by these respondents. To see whether it
    holds in a group, pass that group's rows.

    References
    ----------
    Feldt LS (1965). The approximate sampling distribution of Kuder-Richardson reliability coefficient twenty.
    Psychometrika 30, 357-370. https://doi.org/10.1007/BF02289499

    Bonett DG (2002). Sample size requirements for testing and estimating coefficient alpha. Journal of Educational
    and Behavioral Statistics 27, 335-340. https://doi.org/10.3102/10769986027004335

    van Zyl JM, Neudecker H, Nel DG (2000). On the distribution of the maximum likelihood estimator of Cronbach's
    alpha. Psychometrika 65, 271-280. https://doi.org/10.1007/BF02296146

    Maydeu-Olivares A, Coffman DL, Hartmann WM (2007). Asymptotically distribution-free (ADF) interval estimation of
    coefficient alpha. Psychological Methods 12, 157-176. https://doi.org/10.1037/1082-989X.12.2.157

    McDonald RP (1999). Test Theory: A Unified Treatment. Erlbaum. https://doi.org/10.4324/9781410601087

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> answers = pd.DataFrame({"listens": [1, 2, 4, 5, 3, 4], "helps": [2, 2, 5, 4, 3, 5],
    ...                         "shouts": [5, 5, 1, 2, 2, 3]})
    >>> found = wm.reliability(answers, {"manager": ["listens", "helps", "shouts"]}, reverse="shouts")
    >>> found.frame[["term", "measure", "estimate", "n"]].head(3).round(3)
            term                measure  estimate  n
    0  all items                  alpha     0.924  6
    1  all items            omega total     0.926  6
    2    listens  item-rest correlation     0.873  6
    """
    conf_level = check_conf_level(conf_level)
    if interval not in INTERVALS:
        raise InvalidArgumentError("interval", " or ".join(map(repr, INTERVALS)), repr(interval), "write one of them")
    named = item_names(data, items)
    turned = column_list(reverse)
    _check_reverse(turned, data, [item for members in named.values() for item in members])
    source = collected_items(data, named)
    scales = [scale_items(source, name, members, reverse=turned) for name, members in named.items()]
    frames = [_rows(scale, interval=interval, conf_level=conf_level) for scale in scales]
    provenance = {
        **provenance_of(data, len(scales[0].answers)),
        "data": data.codebook.name if isinstance(data, StaffSurvey) else DATA_FRAME,
        "reverse": turned or None,
        "interval": interval,
        "conf_level": conf_level,
        "n_respondents": len(scales[0].answers),
    }
    return Reliability(pd.concat(frames, ignore_index=True), (), provenance)


def _check_reverse(reverse: tuple[str, ...], data: object, items: list[str]) -> None:
    if reverse and isinstance(data, StaffSurvey):
        raise InvalidArgumentError(
            "reverse", "nothing, for a survey", "items", "declare the direction of the items in the codebook"
        )
    other = [name for name in reverse if name not in items]
    if other:
        raise InvalidArgumentError("reverse", "some of the items", repr(other[0]), f"name some of {', '.join(items)}")


def _rows(scale: ScaleItems, *, interval: IntervalMethod, conf_level: float) -> pd.DataFrame:
    answers = scale.complete
    _check_answers(scale, answers)
    n, k = answers.shape
    alpha = cronbach_alpha(answers)
    omega, normal_error, free_error = omega_total(answers)
    omega_error = free_error if interval == "distribution_free" else normal_error
    of_scale = [
        (alpha.estimate, *alpha_interval(alpha, n=n, n_items=k, method=interval, conf_level=conf_level)),
        (omega, omega_error, *log_interval(omega, omega_error, conf_level=conf_level)),
    ]
    of_items = np.full((2 * k, 4), np.nan)
    of_items[0::2, 0], of_items[1::2, 0] = alpha.item_rest, alpha.without
    frame = pd.DataFrame({
        "indicator": scale.name,
        "term": [ALL_ITEMS, ALL_ITEMS, *np.repeat(scale.items, 2)],
        "measure": ["alpha", "omega total", *["item-rest correlation", "alpha without the item"] * k],
    })  # fmt: skip
    frame[["estimate", "std_error", "conf_low", "conf_high"]] = np.vstack([of_scale, of_items])
    return frame.assign(n=n, n_missing=len(scale.answers) - n)


def _check_answers(scale: ScaleItems, answers: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    if len(scale.items) < 2:
        raise InvalidArgumentError("items", "two items or more", "one", "name the items of the scale")
    if len(answers) < 3:
        raise InvalidDataError(
            scale.name, "three respondents with an answer to every item", f"{len(answers)}",
            "leave out the item that few were asked",
        )  # fmt: skip
    constant = [item for item, spread in zip(scale.items, np.ptp(answers, axis=0), strict=True) if spread == 0]
    if constant:
        raise InvalidDataError(
            constant[0], "answers that differ", "one answer in all complete rows", "leave the item out"
        )
