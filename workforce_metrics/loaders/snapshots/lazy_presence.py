"""Who stands in the extract when, counted by snapshot where the rows are: what the report of quality is made from."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import numpy.typing as npt

from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.lazy_periods import LazyPeriods
from workforce_metrics.loaders.snapshots.lazy_rows import BIRTH, PreparedRows
from workforce_metrics.loaders.snapshots.lazy_steps import collected
from workforce_metrics.loaders.snapshots.lazy_windows import INDEX, PERSON
from workforce_metrics.loaders.snapshots.presence import PresenceCounts, check_recurring

__all__ = ["LazyPresence", "presence_of"]

Ints = npt.NDArray[np.int64]

_NEVER = -1_000_000
_CONTENT, _CONTENT_BEFORE = "_wm_content", "_wm_content_before"
_BEFORE, _AFTER, _LATEST = "_wm_before", "_wm_after", "_wm_latest"
_EARLIEST_BIRTH, _LATEST_BIRTH = "_wm_earliest_birth", "_wm_latest_birth"


@dataclass(frozen=True)
class LazyPresence:
    """People by snapshot, and their posts.

    Parameters
    ----------
    counts : PresenceCounts
    n_several : int
        People with several posts in a snapshot.
    n_repeated : int
        Rows whose content another row of the same person and snapshot has too.
    """

    counts: PresenceCounts
    n_several: int
    n_repeated: int


def presence_of(rows: PreparedRows, periods: LazyPeriods, settings: Settings) -> LazyPresence:
    """Count people by snapshot in one pass over the frame; one row a snapshot comes to the driver.

    Raises
    ------
    IdentifierError
        If too few people of a snapshot were in the one before.
    """
    has_births = "birth_date" in settings.columns
    frame = periods.kept(rows.frame)
    contents = [*rows.order, *([BIRTH] if has_births else [])]
    texts = [nw.col(name).cast(nw.String).fill_null("") for name in contents]
    content = nw.concat_str(texts, separator="\x1f") if texts else nw.lit("")
    births = [nw.col(BIRTH)] if has_births else []
    frame = frame.select(nw.col(PERSON), nw.col(INDEX), content.alias(_CONTENT), *births)
    frame = frame.with_columns(
        nw.col(INDEX).shift(1).over(PERSON, order_by=[INDEX, _CONTENT]).fill_null(_NEVER).alias(_BEFORE),
        nw.col(INDEX).shift(-1).over(PERSON, order_by=[INDEX, _CONTENT]).fill_null(_NEVER).alias(_AFTER),
        nw.col(_CONTENT).shift(1).over(PERSON, order_by=[INDEX, _CONTENT]).fill_null("").alias(_CONTENT_BEFORE),
        nw.col(INDEX).max().over(PERSON).alias(_LATEST),
    )
    differ = nw.lit(value=False)
    if has_births:
        earliest, latest = nw.col(BIRTH).min().over(PERSON), nw.col(BIRTH).max().over(PERSON)
        frame = frame.with_columns(earliest.alias(_EARLIEST_BIRTH), latest.alias(_LATEST_BIRTH))
        differ = (nw.col(_EARLIEST_BIRTH) != nw.col(_LATEST_BIRTH)).fill_null(value=False)
    flags = _flags(differ, gap_periods=settings.gap_periods, n_periods=len(periods.days))
    flagged = frame.select(nw.col(INDEX), *(flag.cast(nw.Int64).alias(name) for name, flag in flags.items()))
    table = collected(flagged.group_by(INDEX).agg(*(nw.col(name).sum() for name in flags)))
    order = np.argsort(np.array(table[INDEX].to_pylist(), dtype=np.int64))
    n = {name: np.array(table[name].to_pylist(), dtype=np.int64)[order] for name in flags}
    smaller = np.minimum(n["n_people"][1:], n["n_people"][:-1])
    for n_recurring, n_people in zip(n["n_recurring"][1:].tolist(), smaller.tolist(), strict=True):
        check_recurring(
            n_recurring, n_people, min_recurring=settings.min_recurring, id_column=settings.columns["person_id"]
        )
    by_period = {
        name: n[name] for name in ("n_rows", "n_people", "n_first_seen", "n_last_seen", "n_back", "n_recurring")
    }
    counts = PresenceCounts(
        **by_period, n_seen_once=int(n["n_once"].sum()), n_birth_dates_changed=int(n["n_births_differ"].sum())
    )
    return LazyPresence(counts, int(n["n_several"].sum()), int(n["n_repeated"].sum()))


def _flags(births_differ: nw.Expr, *, gap_periods: int, n_periods: int) -> dict[str, nw.Expr]:
    """Return what is counted by snapshot, as flags of rows in order of person, snapshot and content."""
    index, before = nw.col(INDEX), nw.col(_BEFORE)
    one = before != index  # the first of the person's rows in the snapshot
    missed = index - before - 1
    last = one & (index == nw.col(_LATEST))
    return {
        "n_rows": index >= 0,
        "n_people": one,
        "n_first_seen": one & (before == _NEVER),
        "n_last_seen": last,
        "n_back": one & (missed > 0) & (missed <= gap_periods),
        "n_recurring": one & (missed == 0),
        "n_once": last & (before == _NEVER) & (index < n_periods - 1),
        "n_several": one & (nw.col(_AFTER) == index),
        "n_repeated": ~one & (nw.col(_CONTENT) == nw.col(_CONTENT_BEFORE)),
        "n_births_differ": last & births_differ,
    }
