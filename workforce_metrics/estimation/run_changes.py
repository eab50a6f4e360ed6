"""What differs between the provenance of two runs, and which columns of a result each of it can move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from workforce_metrics.estimation.intervals import SHARE_METHODS
from workforce_metrics.provenance import INPUTS, VERSION, Input, inputs_of, plain
from workforce_metrics.results import DISCLOSURE_SETTINGS

__all__ = ["DISCLOSURE", "Change", "changes_between", "rows_are_stated"]

DEFINITION, WINDOW, OPTIONS = "definition", "window", "options"
ROWS, READING, PACKAGE, DISCLOSURE = "rows of inputs", "reading of inputs", "package", "disclosure control"

WINDOW_ITEMS = frozenset({"observed_from", "observed_to", "start", "end"})
DEFINITION_ITEMS = frozenset({"definition", "data", "release"})
FOUND = frozenset({
    "n", "verdict", "lacking", "hidden", "too_close", "tables", "mix_cells", "suppressed_rows", "together",
    "times_left_out", "groups_without_respondents", "causes_without_leavings", "projected_from", "periods",
    "unsuppressed",
})  # fmt: skip
"""Items that say what was found, as those do whose name begins with "n_": they differ because figures do."""

POINT = frozenset({
    "estimate", "n", "n_missing", "n_against", "n_risk", "n_event", "n_censor", "n_entry", "n_groups", "weight_sum",
    "n_effective", "group_estimate", "against_estimate",
})  # fmt: skip
SMALLEST = "min_n"
ERRORS = frozenset({"std_error", "model_std_error", "statistic", "p_value", "df", "deff"})
INTERVAL = "interval"
SHOWN = POINT | ERRORS | {"conf_low", "conf_high", "p_adjusted"}
CANNOT_MOVE = {
    **dict.fromkeys(("conf_level", "conf_type", INTERVAL), POINT | ERRORS | {"p_adjusted"}),
    **dict.fromkeys(("variance", "cluster", "robust"), POINT | {"deff"}),
    "adjust": POINT | ERRORS | {"conf_low", "conf_high"},
    "deff": SHOWN - {"deff"},
}
"""Options that leave these columns as they are, whatever they are set to; any other may move any column."""


@dataclass(frozen=True)
class Change:
    """One thing in which two runs differ.

    Parameters
    ----------
    kind : str
        "definition", "window", "options", "rows of inputs", "reading of inputs", "package" or "disclosure control".
    item : str
        The name of the option or input.
    earlier, current : str
        What it was and is.
    said : str
        The same in words.
    cannot_move : frozenset of str
        Columns of a result that it leaves as they are.
    """

    kind: str
    item: str
    earlier: str
    current: str
    said: str
    cannot_move: frozenset[str] = frozenset()

    def can_move(self, column: str) -> bool:
        """Whether it can account for another value in a column."""
        return column not in self.cannot_move


def changes_between(earlier: Mapping[str, object], current: Mapping[str, object]) -> tuple[Change, ...]:
    """Return in what two runs differ: definition and window, options, inputs, package, disclosure control.

    Parameters
    ----------
    earlier, current : mapping
        Their provenances. A run that does not say what it was made from tells no change.

    Returns
    -------
    tuple of Change

    Examples
    --------
    >>> from workforce_metrics.provenance import made_from
    >>> before = {**made_from("register.csv", 1204, 1190), "conf_level": 0.95}
    >>> now = {**made_from("register.csv", 1310, 1296), "conf_level": 0.9}
    >>> [change.said for change in changes_between(before, now)]
    ['other options: conf_level 0.95 -> 0.9', 'more rows in register.csv: n 1,204 -> 1,310']
    """
    if not earlier or not current:
        return ()
    was, is_safe = (made.get(SMALLEST) is not None for made in (earlier, current))
    skipped = frozenset(DISCLOSURE_SETTINGS) - {"round_to"} if was != is_safe else frozenset()
    names = [name for name in dict.fromkeys([*earlier, *current]) if _was_asked(name) and name not in skipped]
    items = [_item(name, earlier.get(name), current.get(name)) for name in names]
    inputs = _of_inputs(inputs_of(earlier), inputs_of(current))
    order = (DEFINITION, WINDOW, OPTIONS, READING, ROWS, PACKAGE, DISCLOSURE)
    found = [change for change in (*items, *inputs, *_of_safety(is_safe=is_safe, was=was)) if change is not None]
    return tuple(sorted(found, key=lambda change: order.index(change.kind)))


def rows_are_stated(provenance: Mapping[str, object]) -> bool:
    """Whether a run says how many rows each of its inputs had."""
    inputs = inputs_of(provenance)
    return bool(inputs) and all(one.n_read is not None for one in inputs)


def _was_asked(name: str) -> bool:
    return name != INPUTS and name not in FOUND and not name.startswith("n_")


def _item(name: str, before: object, now: object) -> Change | None:
    if plain(before) == plain(now):
        return None
    earlier, current = _told(before), _told(now)
    moved = f"{earlier} -> {current}"
    if name == VERSION:
        return Change(PACKAGE, name, earlier, current, f"other package version: {moved}")
    if name in DEFINITION_ITEMS:
        return Change(DEFINITION, name, earlier, current, f"other {name}: {moved}")
    if name in WINDOW_ITEMS:
        return Change(WINDOW, name, earlier, current, f"other window: {name} {moved}")
    if name in DISCLOSURE_SETTINGS:
        spared = frozenset() if name == "round_to" else SHOWN
        return Change(DISCLOSURE, name, earlier, current, f"other disclosure control: {name} {moved}", spared)
    spared = CANNOT_MOVE.get(name, frozenset())
    if name == INTERVAL and not {earlier, current} <= {"none", *SHARE_METHODS}:
        spared = frozenset()  # of a discrete hazard: how long its intervals are
    return Change(OPTIONS, name, earlier, current, f"other options: {name} {moved}", spared)


def _of_safety(*, was: bool, is_safe: bool) -> list[Change]:
    """Return the change where only one of the runs went through disclosure control."""
    if was == is_safe:
        return []
    earlier, current = ("suppressed" if safe else "not suppressed" for safe in (was, is_safe))
    said = f"other disclosure control: {earlier} -> {current}"
    return [Change(DISCLOSURE, "suppress", earlier, current, said, SHOWN)]


def _told(value: object) -> str:
    simple = plain(value)
    if isinstance(simple, list):
        return "[" + ", ".join(map(_told, simple)) + "]"
    return "none" if simple is None else str(simple)


def _of_inputs(earlier: Sequence[Input], current: Sequence[Input]) -> list[Change]:
    """Return in what the inputs differ; one alone under another name on each side are taken for the same source."""
    found: list[Change] = []
    before, now = list(earlier), list(current)
    for name in dict.fromkeys(one.name for one in (*earlier, *current)):
        of_name = ([one for one in side if one.name == name] for side in (earlier, current))
        for one, other in zip(*of_name, strict=False):  # those without a partner stay over
            before.remove(one)
            now.remove(other)
            found += [*_of_reading(one, other), *_of_rows(one, other)]
    if len(before) == len(now) == 1:
        (one,), (other,) = before, now
        said = f"another input: {_sized(one)} -> {_sized(other)}"
        return [*found, Change(ROWS, other.name, _sized(one), _sized(other), said), *_of_reading(one, other)]
    for one, other in zip_longest(before, now):
        if one is not None:
            found.append(Change(ROWS, one.name, _sized(one), "none", f"input no longer there: {_sized(one)}"))
        if other is not None:
            found.append(Change(ROWS, other.name, "none", _sized(other), f"input not there before: {_sized(other)}"))
    return found


def _of_reading(before: Input, now: Input) -> list[Change]:
    options, others = dict(before.options), dict(now.options)
    found = []
    for name in dict.fromkeys([*options, *others]):
        earlier, current = options.get(name), others.get(name)
        if plain(earlier) != plain(current):
            said = f"other reading of {now.name}: {name} {_told(earlier)} -> {_told(current)}"
            found.append(Change(READING, name, _told(earlier), _told(current), said))
    return found


def _of_rows(before: Input, now: Input) -> list[Change]:
    if before.n_read is None or now.n_read is None or before.n_kept is None or now.n_kept is None:
        return []
    for one, other, kept in ((before.n_read, now.n_read, ""), (before.n_kept, now.n_kept, " kept")):
        if one != other:
            said = f"{'more' if other > one else 'fewer'} {now.unit} in {now.name}{kept}: n {one:,} -> {other:,}"
            return [Change(ROWS, now.name, f"{one:,}", f"{other:,}", said)]
    return []


def _sized(one: Input) -> str:
    return one.name if one.n_read is None else f"{one.name} ({one.n_read:,} {one.unit})"
