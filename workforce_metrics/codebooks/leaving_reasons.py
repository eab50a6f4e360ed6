"""Leaving reasons as payroll records name them, and the cause of leaving that each suggests."""

from __future__ import annotations

from importlib import resources

import pandas as pd

__all__ = ["NOT_AN_EVENT", "leaving_causes", "load_leaving_reasons"]

NOT_AN_EVENT = "not_an_event"
"""The event class of a reason that ends a record without anyone having left."""


def load_leaving_reasons() -> pd.DataFrame:
    """Return the leaving reasons of the NHS electronic staff record with a suggested event class.

    Returns
    -------
    pandas.DataFrame
        One row a reason, shape (39, 4), in alphabetical order, all columns text:

        - `label`: the reason as it stands in a payroll extract;
        - `group`: the broader heading that published analyses put it under;
        - `event_class`: "voluntary", "involuntary", "retirement", "ill_health", "ill_health_or_voluntary", "death",
          "transfer", "end_of_contract", "unknown" or "not_an_event";
        - `note`: what to think of before using the class; empty where there is nothing.

    Notes
    -----
    Status: suggested. The labels are as seen in public answers and scripts; no standard assigns event classes.
    Whether a promotion elsewhere or the end of a rotation is a loss depends on what leaving means in the question
    asked: change the classes to fit it.

    See Also
    --------
    leaving_causes : the same as a mapping from label to cause.

    Examples
    --------
    >>> reasons = load_leaving_reasons()
    >>> reasons.loc[reasons["event_class"] == "transfer", "label"].tolist()
    ['Employee Transfer']
    """
    path = resources.files("workforce_metrics.codebooks").joinpath("data", "leaving_reasons.csv")
    with path.open("r", encoding="utf-8") as file:
        return pd.read_csv(file, dtype="str", keep_default_na=False)


def leaving_causes() -> dict[str, str | None]:
    """Return the suggested cause of leaving for each payroll leaving reason.

    Returns
    -------
    dict of str to str or None
        The label exactly as in `load_leaving_reasons` (case and spacing kept) to its event class; None where the
        reason is not a leaving, so that the spell is to be censored at its end. A fresh dict: change it freely.

    Notes
    -----
    Status: suggested, see `load_leaving_reasons`. A reason that is not listed has no cause here: it is for the caller
    to say what it means.

    Examples
    --------
    >>> causes = leaving_causes()
    >>> causes["Retirement Age"], causes["Merged Organisation - Duplicate Record"]
    ('retirement', None)
    >>> causes["Voluntary Resignation - Promotion"] = "transfer"  # a move inside the NHS is no loss to it
    """
    reasons = load_leaving_reasons()
    pairs = zip(reasons["label"], reasons["event_class"], strict=True)
    return {label: None if event_class == NOT_AN_EVENT else event_class for label, event_class in pairs}
