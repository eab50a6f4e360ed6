"""Published figures with their sources: staff survey, registers, and one cohort of a textbook."""

from __future__ import annotations

from importlib import resources
from typing import IO

import pandas as pd

__all__ = ["BOUNDS", "load_published_register", "load_published_staff_survey", "load_special_educators"]

BOUNDS = ("exact", "about", "more than", "less than", "range", "not published")
"""How a published figure is meant; only "exact" and "about" have an `estimate`."""

_NUMBERS = ("estimate", "low", "high")


def load_published_staff_survey() -> pd.DataFrame:
    """Return published national results of the NHS Staff Survey, 2018 to 2025, one figure a row.

    Returns
    -------
    pandas.DataFrame
        Shape (266, 17), by edition and question:

        - `edition` (int64): the survey year;
        - `scope`: whose answers, "England, national" unless the source says which organisations;
        - `body`: "NHS Staff Survey";
        - `concept`: an item or a score of `nhs_staff_survey`, or "response";
        - `measure`: "share", "score", "unweighted count", "unweighted share", "unweighted mean", "respondents",
          "response rate", or a share or score over organisations that says so;
        - `option`: the answers counted ("Often + Always", "not Never"); empty where none;
        - `unit`: "share" (0 to 1), "score 0-10", "count", or "as stated" where there is no figure;
        - `estimate` (float64): the figure, missing unless `bound` is "exact" or "about";
        - `low`, `high` (float64): what "more than" and "less than" refer to;
        - `bound`: one of `BOUNDS`; "over 707,000" is "more than" with `low`, never an estimate;
        - `n` (Int64): the base, missing where none is stated; `n_of`: whether it counts respondents or organisations;
        - `source`: the address or public repository it was read from;
        - `status`: "verified_secondary" (quoted from a source that is not the publisher) or "derived" (computed
          from quoted figures);
        - `note`: release, rounding, weighting, and what the figure is not;
        - `as_stated`: measure and value before they were put into these columns.

    Notes
    -----
    A value belongs to an edition and a release: earlier years in a later release are re-weighted, so two rows may
    rightly differ for one concept and edition. Missing text is empty, a missing number is NaN or NA.
    The option counts of `burnout_burnt_out` (2021 to 2024) are exact and unweighted.

    Examples
    --------
    >>> published = load_published_staff_survey()
    >>> counts = published.query("measure == 'unweighted count' and edition == 2024")
    >>> dict(zip(counts["option"], counts["estimate"].astype(int)))
    {'Always': 47190, 'Often': 175934, 'Sometimes': 289296, 'Rarely': 172050, 'Never': 58780}
    """
    return _read("published_staff_survey.csv").astype({"edition": "int64"})


def load_published_register() -> pd.DataFrame:
    """Return published register, leaver, joiner, retention and cost figures, one figure a row.

    Returns
    -------
    pandas.DataFrame
        Shape (356, 18):

        - `period`: as the source writes it ("2023-24" is a register's year to March, "2017-03" the end of a month);
        - `scope`: the country, or "not stated";
        - `body`: who published or analysed it (NMC, GMC, HCPC, NHS England, DfE, a study);
        - `concept`: what kind of figure, such as "leavers", "joiners", "leaver rate", "retained", "cost";
        - `measure`: the figure itself in words; `option`: the leaving reason where figures are by reason;
        - `group`: whom it counts;
        - `unit`: "share" (0 to 1), "relative change" (0.67 is +67 %), "count", "whole-time equivalents",
          "share a month", "years", "standard deviations", "GBP", "GBP million", "GBP billion", "GBP per GBP",
          "USD of 2014";
        - `estimate`, `low`, `high` (float64), `bound`: as in `load_published_staff_survey`; beside an exact estimate
          `low` and `high` are the interval printed with it;
        - `n` (Int64) and `n_of`: the base and what it counts, missing where none is stated;
        - `source`: the address it was read from;
        - `status`: "quoted" (stated by the source), "derived" (the note says from what it was computed) or
          "unverified" (read from a preview and not checked against the file);
        - `note`, `as_stated`: as in `load_published_staff_survey`.

    Notes
    -----
    A count is not a risk, and bodies do not mean the same by leaving: registers count those off the register,
    NHS England also staff who went from active to not active. Six-month figures say so in `note`.

    Examples
    --------
    >>> published = load_published_register()
    >>> early = published.query("measure == 'leavers on register 5 years or less' and period.str.startswith('20')")
    >>> early[["period", "estimate", "low", "bound"]].to_string(index=False, header=False).split()
    ['2022-23', '2401.0', 'NaN', 'exact', '2023-24', 'NaN', '3000.0', 'more', 'than']
    """
    return _read("published_register.csv")


def load_special_educators() -> pd.DataFrame:
    """Return a life table of teachers leaving: 3,941 special educators first hired in Michigan, 1972 to 1978.

    Returns
    -------
    pandas.DataFrame
        One row a year of teaching, shape (12, 4), all int64:

        - `time`: completed years, 1 to 12;
        - `n_risk`: teaching at the start of the year;
        - `n_event`: left by the end of the year;
        - `n_censor`: still teaching when the record ends, at the end of the year.

    Notes
    -----
    ``n_risk[t + 1] == n_risk[t] - n_event[t] - n_censor[t]``: the censored are what this leaves over. A life table in
    whole years: leavings are ties by construction. Within five years 43.4 % had left.

    References
    ----------
    Singer, J. D. and Willett, J. B. (2003). Applied Longitudinal Data Analysis, table 10.1. Oxford University Press.
    https://doi.org/10.1093/acprof:oso/9780195152968.001.0001

    Examples
    --------
    >>> table = load_special_educators()
    >>> float(round(1 - (1 - table["n_event"] / table["n_risk"]).head(5).prod(), 3))
    0.434
    """
    with _open("special_educators.csv") as file:
        return pd.read_csv(file, dtype="int64")


def _read(name: str) -> pd.DataFrame:
    with _open(name) as file:
        frame = pd.read_csv(file, dtype="str", keep_default_na=False)
    for column in _NUMBERS:
        frame[column] = pd.to_numeric(frame[column].replace("", None)).astype("float64")
    return frame.assign(n=pd.to_numeric(frame["n"].replace("", None)).astype("Int64"))


def _open(name: str) -> IO[str]:
    return resources.files("workforce_metrics.codebooks").joinpath("data", name).open("r", encoding="utf-8")
