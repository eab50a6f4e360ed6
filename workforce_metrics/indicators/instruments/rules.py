"""The rules by which a score is taken: the instrument's own, with the caller's options checked against them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from workforce_metrics.codebooks.instrument_records import Instrument, InstrumentScore
from workforce_metrics.codebooks.scale import LARGEST_CODE
from workforce_metrics.errors import CodebookError, InvalidArgumentError, close_names
from workforce_metrics.indicators.checks import refuse_others

__all__ = [
    "CodeRange",
    "Rule",
    "chosen_scores",
    "item_columns",
    "no_score_of_a_respondent",
    "resolve_rules",
    "resolve_unscored",
]

CodeRange = tuple[int, int] | Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Rule:
    """How one score is taken from one file.

    Parameters
    ----------
    score : InstrumentScore
        The score.
    codes : tuple of int
        The instrument's codes of an answer, in the edition used.
    statistic : str
        The one chosen from `score.statistics`.
    min_answered : int
        With fewer items answered the score is missing.
    recode : mapping of int to int
        The file's codes to the instrument's.
    """

    score: InstrumentScore
    codes: tuple[int, ...]
    statistic: str
    min_answered: int
    recode: Mapping[int, int] = field(default_factory=dict)

    @property
    def column(self) -> str:
        """The name of the result: the score's, with the statistic behind it where that is not the usual one."""
        is_usual = self.statistic == self.score.statistics[0]
        return self.score.name if is_usual else f"{self.score.name}_{self.statistic}"

    def values(self, item: str) -> dict[int, float]:
        """Return the file's codes of one item and what each is worth."""
        values = self.score.item_values(item, self.codes)
        return {code: values[meant] for code, meant in self.recode.items()} if self.recode else values


def chosen_scores(one: Instrument, scores: Sequence[str] | None) -> list[InstrumentScore]:
    """Return the scores asked for, all where none is named."""
    if scores is None:
        return list(one.scores.values())
    refuse_others("scores", scores, one.scores, f"scores of {one.name}")
    if not scores:
        raise InvalidArgumentError("scores", "at least one score", "none", f"name some of {', '.join(one.scores)}")
    return [one.scores[name] for name in dict.fromkeys(scores)]


def item_columns(one: Instrument, wanted: Sequence[InstrumentScore], items: Mapping[str, str] | None) -> dict[str, str]:
    """Return item to column for every item of the scores asked for; an item without a column goes by its code."""
    there = dict.fromkeys(item for score in one.scores.values() for item in score.items)
    given = items or {}
    if not isinstance(given, Mapping):
        raise InvalidArgumentError("items", "a mapping of item to column", type(items).__name__, 'write {"B1": "q7"}')
    for item in given:
        if item not in there:
            fix = close_names(item, there, otherwise="see the items in instruments.catalogue()")
            raise InvalidArgumentError("items", f"items of {one.name}", repr(item), fix)
    return {item: given.get(item, item) for score in wanted for item in score.items}


def resolve_rules(
    wanted: Sequence[InstrumentScore],
    *,
    codes: Mapping[int, int] | None = None,
    min_answered: int | Mapping[str, int] | None = None,
    statistic: str | None = None,
    code_range: CodeRange | None = None,
) -> list[Rule]:
    """Return the rule of each score, the options applied and checked."""
    names = [score.name for score in wanted]
    for argument, given in (("min_answered", min_answered), ("code_range", code_range)):
        if isinstance(given, Mapping):
            refuse_others(argument, given, names, "scores that are asked for")
    return [_rule(score, codes, min_answered, statistic, code_range) for score in wanted]


def _rule(
    score: InstrumentScore,
    codes: Mapping[int, int] | None,
    min_answered: int | Mapping[str, int] | None,
    statistic: str | None,
    code_range: CodeRange | None,
) -> Rule:
    chosen = score.statistics[0] if statistic is None else statistic
    if chosen not in score.statistics:
        raise InvalidArgumentError(
            "statistic",
            f"one that is published for {score.name}: {', '.join(score.statistics)}",
            repr(statistic),
            "choose one of them",
        )
    edition = _edition(score, code_range)
    return Rule(score, edition, chosen, _minimum(score, chosen, min_answered), _recode(codes, edition, score))


def _edition(score: InstrumentScore, code_range: CodeRange | None) -> tuple[int, ...]:
    wanted = code_range.get(score.name) if isinstance(code_range, Mapping) else code_range
    if wanted is None:
        return score.codes
    known = {(codes[0], codes[-1]): codes for codes in (score.codes, score.other_codes) if codes}
    if isinstance(wanted, Sequence) and tuple(wanted) in known:
        return known[wanted[0], wanted[1]]
    there = " or ".join(map(str, known))
    raise InvalidArgumentError(
        "code_range", f"{there} for {score.name}", repr(wanted), "map other codes to the instrument's with codes="
    )


def _minimum(score: InstrumentScore, statistic: str, given: int | Mapping[str, int] | None) -> int:
    minimum = given.get(score.name, score.min_answered) if isinstance(given, Mapping) else given
    minimum = score.min_answered if minimum is None else minimum
    least, n_items = len(score.items) if statistic == "converted" else 1, len(score.items)
    if not _are_whole([minimum]) or not least <= minimum <= n_items:
        raise InvalidArgumentError(
            "min_answered",
            f"a whole number from {least} to {n_items}, the number of items of {score.name}",
            repr(minimum),
            "say how many of the items must be answered",
        )
    return int(minimum)


def _recode(codes: Mapping[int, int] | None, edition: tuple[int, ...], score: InstrumentScore) -> dict[int, int]:
    if codes is None:
        return {}
    if not isinstance(codes, Mapping) or not codes:
        raise InvalidArgumentError(
            "codes",
            "a mapping of the file's codes to the instrument's",
            "an empty one" if isinstance(codes, Mapping) else type(codes).__name__,
            "write {1: 100, 2: 75, ...}",
        )
    if not _are_whole(codes) or not all(0 <= code <= LARGEST_CODE for code in codes):
        raise InvalidArgumentError("codes", f"whole codes from 0 to {LARGEST_CODE}", "another", "recode the column")
    wrong = [meant for meant in codes.values() if meant not in edition]
    if wrong:
        raise InvalidArgumentError(
            "codes", f"codes of {score.name}: {', '.join(map(str, edition))}", repr(wrong[0]), "correct the mapping"
        )
    return dict(codes)


def resolve_unscored(rules: Sequence[Rule], not_scored: Collection[int] | None) -> frozenset[int]:
    """Return the codes that count as not answered, none of which may be an answer."""
    answers = frozenset(code for rule in rules for code in (rule.recode or rule.codes))
    if not_scored is None:
        return frozenset(code for rule in rules for code in rule.score.not_scored) - answers
    if not _are_whole(not_scored):
        raise InvalidArgumentError("not_scored", "whole codes", repr(not_scored), "write, say, [9]")
    both = sorted(answers.intersection(not_scored))
    if both:
        raise InvalidArgumentError(
            "not_scored", "codes that are no answers", f"{both[0]}, an answer", "leave it out, or correct codes="
        )
    return frozenset(not_scored)


def _are_whole(numbers: Collection[object]) -> bool:
    return all(isinstance(number, (int, np.integer)) and not isinstance(number, bool) for number in numbers)


def no_score_of_a_respondent(one: Instrument) -> CodebookError:
    """Return the error for an instrument that has no score of a respondent by a shipped key."""
    fix = f"use instruments.{one.function}"
    return CodebookError("instrument", "an instrument with scores of respondents", one.name, fix)
