"""Real, pseudo or no team: what kind of team, if any, a respondent works in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.instruments.answers import frame_of

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["TEAM_KINDS", "real_team"]

TEAM_KINDS = ("no team", "pseudo team", "real team")
"""The kinds, in order."""


def real_team(data: StaffSurvey | IntoFrame, *, in_team: str, characteristics: Sequence[str]) -> pd.Series[str]:
    """Return the kind of team that each respondent works in.

    Parameters
    ----------
    data : data frame or StaffSurvey
        One row a respondent.
    in_team : str
        A column of true and false: says to work in a team.
    characteristics : sequence of str
        Three columns of true and false: the team has shared objectives, its members depend on each other, it meets to
        review how it does. Which answers count as yes is yours to say (status: unknown), as in
        ``survey.responses["meets"] >= 4``; mind that a comparison makes a missing answer False in a plain column and
        keeps it missing in a nullable one.

    Returns
    -------
    pandas.Series
        Ordered categorical, "no team", "pseudo team", "real team", named "real_team": real with all three
        characteristics, pseudo in a team that lacks at least one. Missing where `in_team` is, or in a team where a
        characteristic is missing (status: documented). The index of a pandas frame.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidArgumentError
        If there are not three characteristics.
    InvalidDataError
        If a column holds other than true, false and missing.

    References
    ----------
    .. [1] Lyubovnikova J, West MA, Dawson JF, Carter MR. 24-Karat or fool's gold? Consequences of real team and
       co-acting group membership in healthcare organizations. European Journal of Work and Organizational Psychology
       2015;24(6):929-950. doi:10.1080/1359432X.2014.992421

    Examples
    --------
    >>> import pandas as pd
    >>> staff = pd.DataFrame({"team": [1, 1, 2], "aims": [5, 4, 5], "need": [4, 5, 5], "meet": [4, 2, 5]})
    >>> yes = staff[["aims", "need", "meet"]].ge(4).assign(team=staff["team"].eq(1))
    >>> real_team(yes, in_team="team", characteristics=["aims", "need", "meet"]).tolist()
    ['real team', 'pseudo team', 'no team']
    """
    if isinstance(characteristics, str) or len(set(characteristics)) != 3:
        raise InvalidArgumentError("characteristics", "three columns", "another number", "name all three")
    table = frame_of(data, [in_team, *characteristics])
    team = _truth(table[in_team])
    having = np.column_stack([_truth(table[column]) for column in characteristics])
    kind = np.where(team == 1, 1 + having.min(axis=1), 0.0)
    unknown = (team < 0) | ((team == 1) & (having < 0).any(axis=1))
    codes = np.where(unknown, -1, kind).astype(np.int64)
    kinds = pd.Categorical.from_codes(codes, categories=pd.Index(TEAM_KINDS), ordered=True)
    return pd.Series(kinds, index=table.index, name="real_team")


def _truth(column: pd.Series[bool]) -> npt.NDArray[np.float64]:
    """Return 1 for true, 0 for false, -1 for missing."""
    given = column.dropna()
    if not (pd.api.types.is_bool_dtype(column) or given.map(type).isin([bool, np.bool_]).all()):
        raise InvalidDataError(
            str(column.name), "true, false or missing", f"a column of {column.dtype}", "say which answers mean yes"
        )
    truth = np.full(len(column), -1.0)
    truth[column.notna().to_numpy()] = given.astype(bool)
    return truth
