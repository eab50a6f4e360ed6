"""A ratio of two indicators, for `estimate`."""

from __future__ import annotations

from dataclasses import dataclass

from workforce_metrics.errors import InvalidArgumentError

__all__ = ["Ratio"]


@dataclass(frozen=True)
class Ratio:
    """What two indicators add up to, one divided by the other: sickness days per day worked, not a mean of rates.

    Parameters
    ----------
    numerator, denominator : str
        Indicators as `estimate` takes them: scores, "share:...", "item:..." or columns.
    name : str, optional
        What it is called in the result; "numerator / denominator" if not given.

    Raises
    ------
    InvalidArgumentError
        If a part or the name is not text.

    Notes
    -----
    The estimate is ``sum w y / sum w x`` over the respondents who have both. Its standard error is that of the mean of
    ``(y - R x) / (sum w x / sum w)``. Where the denominator is the same for all it is the mean.

    References
    ----------
    Lumley T (2004). Analysis of complex survey samples. Journal of Statistical Software 9(8), `svyratio`.
    https://doi.org/10.18637/jss.v009.i08

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"sick_days": [0, 4, 8], "days": [100, 200, 300]})
    >>> wm.estimate(staff, wm.Ratio("sick_days", "days", name="sickness rate")).frame[["indicator", "estimate"]]
           indicator  estimate
    0  sickness rate      0.02
    """

    numerator: str
    denominator: str
    name: str | None = None

    def __post_init__(self) -> None:
        for argument in ("numerator", "denominator", "name"):
            value = getattr(self, argument)
            if not isinstance(value, str) and not (argument == "name" and value is None):
                raise InvalidArgumentError(argument, "a name", f"a {type(value).__name__}", "write it as text")

    @property
    def label(self) -> str:
        """What it is called in the result."""
        return self.name or f"{self.numerator} / {self.denominator}"
