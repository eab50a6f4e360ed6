"""What instruments there are: every score with its rules and how they are known."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workforce_metrics.codebooks.instrument_records import Instrument, InstrumentScore
from workforce_metrics.codebooks.instruments import instruments
from workforce_metrics.indicators.instruments.docstrings import bands_in_words, codes_in_words

__all__ = ["CATALOGUE_COLUMNS", "catalogue"]

CATALOGUE_COLUMNS = (
    "score", "instrument", "title", "function", "label", "items", "reversed", "codes", "other_codes", "answers",
    "not_scored", "not_scored_status", "statistic", "other_statistics", "range", "direction", "min_answered",
    "min_answered_status", "bands", "bands_status", "status", "note", "licence", "source",
)  # fmt: skip
"""The columns of the catalogue, in order."""

DIRECTIONS = {"higher": "higher is better", "lower": "lower is better"}


def catalogue() -> pd.DataFrame:
    """Return every score of every documented instrument, one row a score.

    Returns
    -------
    pandas.DataFrame
        - ``score``: the column of a result, unique; empty for an instrument without scores by a shipped key;
        - ``instrument``, ``title``: its short name and its name; ``function``: of
          `workforce_metrics.indicators.instruments`;
        - ``label``: for a plot; ``items``, ``reversed``: item codes, a space between them;
        - ``codes``, ``other_codes``: of an answer, and in another edition; ``answers``: which end is which, where that
          is stated; ``not_scored``, ``not_scored_status``: codes that count as not answered;
        - ``statistic``, ``other_statistics``: "mean", "sum", "percent", "converted" or "positive";
        - ``range``: of the usual statistic; ``direction``: "higher is better" or "lower is better";
        - ``min_answered``, ``min_answered_status``: how many items must be answered;
        - ``bands``, ``bands_status``: cut-offs in words;
        - ``status``: how items, reversals and statistic are known; ``note``, ``licence``, ``source``.

    Notes
    -----
    A status is "documented" (stated by the publisher or authors, as publicly quoted), "unverified" (from memory) or
    "unknown" (nothing found, so the value is this library's own choice). What is not documented is a parameter of the
    functions: `min_answered`, `not_scored`, and of `bands` the cut-offs. The scores of the NHS Staff Survey are in
    `workforce_metrics.indicators.catalogue`.

    Examples
    --------
    >>> from workforce_metrics.indicators.instruments import catalogue
    >>> table = catalogue().set_index("score")
    >>> table.loc["cbi_work", ["range", "direction", "min_answered_status"]].tolist()
    ['0 to 100', 'lower is better', 'documented']
    >>> table.loc["gmc_burnout", "bands"]
    'high risk, moderate risk above 25, low risk above 50'
    """
    rows = [row for one in instruments().values() for row in _rows(one)]
    table = pd.DataFrame(rows, columns=list(CATALOGUE_COLUMNS))
    texts = [column for column in CATALOGUE_COLUMNS if column != "min_answered"]
    return table.fillna(dict.fromkeys(texts, "")).astype({"min_answered": "Int64"})


def _rows(one: Instrument) -> list[Mapping[str, object]]:
    about = {
        "instrument": one.name,
        "title": one.title,
        "function": one.function,
        "answers": one.answers,
        "licence": one.licence,
        "source": one.source,
    }
    if not one.scores:
        return [{**about, "note": one.note}]
    return [{**about, **_score_row(score, one.note)} for score in one.scores.values()]


def _score_row(score: InstrumentScore, note: str) -> dict[str, object]:
    low, high = score.limits(score.statistics[0], score.codes)
    return {
        "score": score.name,
        "label": score.label,
        "items": " ".join(score.items),
        "reversed": " ".join(item for item in score.items if item in score.reversed_items),
        "codes": codes_in_words(score.codes),
        "other_codes": codes_in_words(score.other_codes) if score.other_codes else "",
        "not_scored": " ".join(map(str, sorted(score.not_scored))),
        "not_scored_status": score.not_scored_status,
        "statistic": score.statistics[0],
        "other_statistics": " ".join(score.statistics[1:]),
        "range": f"{low:g} to {high:g}",
        "direction": DIRECTIONS[score.direction],
        "min_answered": score.min_answered,
        "min_answered_status": score.min_answered_status,
        "bands": bands_in_words(score.bands) if score.bands else "",
        "bands_status": score.bands.status if score.bands else "",
        "status": score.status,
        "note": "; ".join(filter(None, (note, score.note, score.bands.note if score.bands else ""))),
    }
