"""The engine in process: one pass over the snapshots into per-person state, for any number of definitions."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.extracts import Register
from workforce_metrics.loaders.snapshots.account import SnapshotAccount
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.definition_pass import DefinitionPass, choose_posts
from workforce_metrics.loaders.snapshots.frame_piece import frame_piece
from workforce_metrics.loaders.snapshots.parquet_pieces import parquet_pieces
from workforce_metrics.loaders.snapshots.period_rows import PeriodReader
from workforce_metrics.loaders.snapshots.pieces import Piece
from workforce_metrics.loaders.snapshots.presence import Presence
from workforce_metrics.loaders.snapshots.quality import warn_of_partial
from workforce_metrics.loaders.snapshots.registers import Seen, register_of
from workforce_metrics.loaders.snapshots.sources import SourceFile, files_of, periods_stated
from workforce_metrics.loaders.snapshots.sweep import sweep
from workforce_metrics.loaders.snapshots.text_pieces import text_pieces

__all__ = ["read_stream"]

Ints = npt.NDArray[np.int64]


def read_stream(source: object, settings: Settings) -> dict[str, Register]:
    """Read snapshots into a register for each definition, in one pass.

    Parameters
    ----------
    source : path, pattern, sequence of paths or data frame
    settings : Settings

    Returns
    -------
    dict of str to Register
        By definition, in the order asked for.
    """
    name, files, pieces, account, n_rows = _opened(source, settings)
    reader = PeriodReader(settings, account)
    presence = Presence(
        gap_periods=settings.gap_periods,
        min_recurring=settings.min_recurring,
        id_column=settings.columns["person_id"],
    )
    passes = {definition: DefinitionPass(definition, settings, reader) for definition in settings.definitions}
    days: list[int] = []
    by_organisation: list[Ints] = []
    with closing(sweep(pieces, files, settings, account, n_rows=n_rows)) as periods:
        for period in periods:
            rows = reader.rows(period)
            if not len(rows):
                account.note(f"no usable row, so no snapshot: {np.datetime64(period.day, 'D')}", n=len(period))
                continue
            by_fte = settings.posts != "first" and "fte" in settings.columns
            chosen = choose_posts(rows, reader, rows.person, len(reader.people), by_fte=by_fte)
            person = rows.person if chosen.rows is None else rows.person[chosen.rows]
            presence.see(len(days), person, len(reader.people), n_rows=len(rows))
            account.count_posts(chosen.n_several, chosen.n_repeated)
            if reader.has_births:
                presence.see_births(rows.person, reader.births(rows, is_whole=not days))
            for one in passes.values():
                one.see(len(days), rows, chosen)
            if "organisation" in rows.labels:
                by_organisation.append(np.bincount(rows.labels["organisation"] + 1)[1:])
            days.append(period.day)
    _check_number(days, settings, account)
    warn_of_partial(np.array(days), presence.counts().n_rows, settings.gap_periods)
    seen = Seen(name, np.array(days), reader, presence.counts(), tuple(by_organisation), account)
    return {definition: register_of(definition, one, seen, settings) for definition, one in passes.items()}


def _opened(
    source: object, settings: Settings
) -> tuple[str, tuple[SourceFile, ...], list[Piece], SnapshotAccount, int]:
    """Return the source's name, its files and pieces, an account of them, and the number of rows if it is known."""
    if not _is_of_files(source):
        piece = frame_piece(source, settings)
        return "data frame", (), [piece], SnapshotAccount(("data frame",)), piece.n_rows
    files, left_out, folder = files_of(source, settings)
    periods_stated(files)
    account = SnapshotAccount(tuple(file.name for file in files))
    for other in left_out:
        account.note(f"file left out: {other}", n=1)
    name = files[0].name if len(files) == 1 else f"{folder} ({len(files):,} files)"
    if files[0].is_parquet:
        pieces, n_rows = parquet_pieces(files, settings, account)
        return name, files, pieces, account, n_rows
    return name, files, text_pieces(files, settings, account), account, 0


def _is_of_files(source: object) -> bool:
    return isinstance(source, (str, list, tuple)) or hasattr(source, "__fspath__")


def _check_number(days: list[int], settings: Settings, account: SnapshotAccount) -> None:
    least = settings.gap_periods + 2
    if len(days) < least:
        listed = account.rows()["rule"].value_counts()
        why = "".join(f", {n:,} rows {rule}" for rule, n in listed.items())
        raise InvalidDataError(
            "source",
            f"at least {least} snapshots with gap_periods={settings.gap_periods}",
            f"{len(days)} of {account.n_read:,} rows{why}",
            "give more snapshots, or check the column of periods",
        )
