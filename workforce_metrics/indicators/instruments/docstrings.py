"""The docstrings of the instruments' functions, written from the data that describe them."""

from __future__ import annotations

import textwrap

from workforce_metrics.codebooks.instrument_records import Bands, Instrument, InstrumentScore

__all__ = ["bands_in_words", "codes_in_words", "instrument_docstring"]

WIDTH = 108
IN_WORDS = {"mean": "mean", "sum": "sum", "percent": "mean put on 0 to 100", "converted": "converted sum"}

RETURNS = """\
pandas.DataFrame
    Shape (n_respondents, n_scores), float64, one column a score as below, NaN where missing; the index of a
    pandas frame."""

RAISES = """\
MissingColumnError
    If the column of an item is not there: a score is never taken over fewer items than it has.
InvalidArgumentError
    If an option names what the instrument does not have, or is out of range.
InvalidDataError
    If an item holds text, or a code that is neither an answer nor in `not_scored`."""

SCORES = """\
scores : sequence of str, optional
    The scores wanted. Default: all, so every item is needed."""
ITEMS = """\
items : mapping of str to str, optional
    Item code to the name of its column. An item that is not named is looked for under its own code."""
CODES = """\
codes : mapping of int to int, optional
    The file's codes to the instrument's, for all items alike. Default: the file holds the instrument's codes."""


def instrument_docstring(one: Instrument) -> str:
    """Return the docstring of an instrument's function, with an example that runs.

    Examples
    --------
    >>> from workforce_metrics.codebooks.instruments import instrument
    >>> "doi:10.1080/02678370500297720" in instrument_docstring(instrument("CBI"))
    True
    """
    scores = list(one.scores.values())
    sections = [
        f"Return the scores of the {one.title} ({one.name}) for every respondent.",
        _fill(f"Licence: {one.licence}. No item text is shipped: items go by their codes."),
        _section("Parameters", _parameters(one, scores)),
        _section("Returns", RETURNS),
        _section("Raises", RAISES),
        _section("Notes", _notes(one, scores)),
        _section("References", _hanging(f".. [1] {one.source.rstrip('.')}.", "   ")),
        _section("Examples", _example(one, scores)),
    ]
    return "\n\n".join(sections) + "\n"


def codes_in_words(codes: tuple[int, ...]) -> str:
    """Return codes as a range where they are every whole number of it, else as a list.

    Examples
    --------
    >>> codes_in_words((1, 2, 3)), codes_in_words((0, 50, 100))
    ('1 to 3', '0, 50, 100')
    """
    if codes == tuple(range(codes[0], codes[-1] + 1)):
        return f"{codes[0]} to {codes[-1]}"
    return ", ".join(map(str, codes))


def bands_in_words(bands: Bands) -> str:
    """Return cut-offs in words, the lowest band first.

    Examples
    --------
    >>> bands_in_words(Bands(("low", "high"), (3.0,), "left", "documented"))
    'low, high from 3'
    """
    word = "from" if bands.closed == "left" else "above"
    later = [f"{label} {word} {start:g}" for label, start in zip(bands.labels[1:], bands.cut_offs, strict=True)]
    return ", ".join([bands.labels[0], *later])


def _parameters(one: Instrument, scores: list[InstrumentScore]) -> str:
    file_codes = " or ".join(dict.fromkeys(codes_in_words(score.codes) for score in scores))
    ends = f" ({one.answers})" if one.answers else ""
    data = (
        f"The answers, one row a respondent, one column an item: codes {file_codes}{ends}, missing where not answered."
    )
    lines = ["data : data frame or StaffSurvey", _fill(data, indent=4), SCORES, ITEMS, CODES]
    lines += ["not_scored : collection of int, optional", _fill(_not_scored(scores), indent=4)]
    minima = "; ".join(
        f"{score.name} {score.min_answered} of {len(score.items)} (status: {score.min_answered_status})"
        for score in scores
    )
    minimum = f"How many items must be answered, for all scores or by name. Default: {minima}."
    lines += ["min_answered : int or mapping of str to int, optional", _fill(minimum, indent=4)]
    lines += ["statistic : str, optional", _fill(_statistics(scores), indent=4)]
    lines += ["code_range : (int, int) or mapping of str to (int, int), optional", _fill(_code_range(scores), indent=4)]
    return "\n".join(lines)


def _not_scored(scores: list[InstrumentScore]) -> str:
    text = "Codes that count as not answered. Default: "
    codes = sorted({code for score in scores for code in score.not_scored})
    status = scores[0].not_scored_status
    return text + (f"{', '.join(map(str, codes))} (status: {status})." if codes else "none.")


def _statistics(scores: list[InstrumentScore]) -> str:
    usual = scores[0].statistics[0]
    others = sorted({statistic for score in scores for statistic in score.statistics[1:]})
    if not others:
        return f"Only {usual!r}, the default."
    return (
        f"{' or '.join(map(repr, others))} in place of {usual!r}, the default; it then stands behind the score's name."
    )


def _code_range(scores: list[InstrumentScore]) -> str:
    others = [f"({s.other_codes[0]}, {s.other_codes[-1]}) for {s.name}" for s in scores if s.other_codes]
    text = "The first and last code in another edition"
    return f"{text}: {', '.join(others)}." if others else f"{text}: none is known."


def _notes(one: Instrument, scores: list[InstrumentScore]) -> str:
    paragraphs = [_score_line(score) for score in scores]
    remarks = dict.fromkeys(score.note for score in scores if score.note)
    if one.note:
        paragraphs.append(_fill(f"{one.note}."))
    if remarks:
        paragraphs.append(_fill(f"Missing answers: {'. '.join(remarks)}."))
    paragraphs += [_fill(_band_line(score.name, score.bands)) for score in scores if score.bands]
    return "\n\n".join(paragraphs)


def _score_line(score: InstrumentScore) -> str:
    low, high = score.limits(score.statistics[0], score.codes)
    turned = [item for item in score.items if item in score.reversed_items]
    reversal = f"; reversed: {', '.join(turned)}" if turned else ""
    made = f"{IN_WORDS[score.statistics[0]]} of {', '.join(score.items)}{reversal}"
    reach = f"{low:g} to {high:g}, {score.direction} is better (status: {score.status})"
    return _hanging(f"- {score.name}: {score.label}, {made}; {reach}.", "  ")


def _band_line(name: str, bands: Bands) -> str:
    note = f"; {bands.note}" if bands.note else ""
    return f"Bands of {name} (status: {bands.status}): {bands_in_words(bands)}{note}. See `bands`."


def _example(one: Instrument, scores: list[InstrumentScore]) -> str:
    """Return an example of two respondents: all answers at the low end of the score, all at the high end."""
    score = scores[0]
    cells = {}
    for item in score.items:
        values = score.item_values(item, score.codes)
        cells[item] = [min(values, key=values.__getitem__), max(values, key=values.__getitem__)]
    written = ", ".join(f'"{item}": {ends}' for item, ends in cells.items())
    return "\n".join(
        (
            ">>> import pandas as pd",
            f">>> from workforce_metrics.indicators.instruments import {one.function}",
            _hanging(f">>> answers = pd.DataFrame({{{written}}})", "...     "),
            f'>>> {one.function}(answers, scores=["{score.name}"]).iloc[:, 0].tolist()',
            str(list(score.limits(score.statistics[0], score.codes))),
        )
    )


def _section(title: str, body: str) -> str:
    return f"{title}\n{'-' * len(title)}\n{body}"


def _fill(text: str, *, indent: int = 0) -> str:
    space = " " * indent
    return textwrap.fill(text, WIDTH, initial_indent=space, subsequent_indent=space, break_on_hyphens=False)


def _hanging(text: str, indent: str) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)
