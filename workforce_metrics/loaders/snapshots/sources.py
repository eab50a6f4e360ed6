"""Which files a source of snapshots has, and what their names and folders say of the period."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pyarrow as pa

from workforce_metrics.errors import FileFormatError, InvalidArgumentError, MissingFileError
from workforce_metrics.loaders.dates import NO_DATE
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.periods import NamePattern, period_days

__all__ = ["SourceFile", "files_of", "periods_stated"]

PARQUET = frozenset({"parquet", "pq"})
TEXT = frozenset({"csv", "txt", "tsv"})
_MARKERS = ("_", ".")  # _SUCCESS, .part-0.parquet.crc: written beside the data by what wrote them
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_GLOB = frozenset("*?[")


@dataclass(frozen=True)
class SourceFile:
    """One file of a source.

    Parameters
    ----------
    path : Path
    name : str
        What messages and reports call it: without the source's own folder.
    is_parquet : bool
        Else a text file.
    day : int
        The period that its name or folder says, days since 1970-01-01; `NO_DATE` if none.
    keys : mapping of str to (str or None)
        What folders such as ``organisation=RX1`` say.
    """

    path: Path
    name: str
    is_parquet: bool
    day: int = NO_DATE
    keys: Mapping[str, str | None] = field(default_factory=dict)

    def completed(self, table: pa.Table, names: Iterable[str]) -> pa.Table:
        """Return a table with those of some columns that are not in it and that a folder of the file stands for."""
        for name in names:
            if name not in table.column_names and name in self.keys:
                column = pa.array([self.keys[name]], pa.large_string()).take(pa.array(np.zeros(len(table), np.int64)))
                table = table.append_column(name, column.dictionary_encode())
        return table


def files_of(source: object, settings: Settings) -> tuple[tuple[SourceFile, ...], tuple[str, ...], str]:
    """Return the files of a source, in the order of their names, the names of those left out, and the folder's name.

    Parameters
    ----------
    source : path, pattern or sequence of paths
        A file, a folder with everything under it, a pattern such as ``"staff/*.parquet"``, or several files.
    settings : Settings

    Raises
    ------
    MissingFileError, FileFormatError, InvalidArgumentError
        If there is no file, a file is of no known kind, a folder holds two kinds, or a name says no period.
    """
    found, root, left_out = _listed(source)
    pattern = None if settings.period_from is None else NamePattern(settings.period_from, settings.month_day)
    files = []
    for path in found:
        name = _shown_name(path, root)
        keys = _keys_of(path)
        day = _day_in_name(path, name, pattern) if pattern else _day_in_folder(keys, name, settings)
        files.append(SourceFile(path, name, _ending(path) in PARQUET, day, keys))
    if len({file.is_parquet for file in files}) > 1:
        ones = [next(file.name for file in files if file.is_parquet is kind) for kind in (True, False)]
        got = f"Parquet ({ones[0]}) and text files ({ones[1]})"
        raise FileFormatError("source", "files of one kind", got, "name the files, for example 'folder/*.parquet'")
    return tuple(files), left_out, root.absolute().name


def _listed(source: object) -> tuple[list[Path], Path, tuple[str, ...]]:
    """Return the data files, the folder above all of them, and the names of the other files in it."""
    if isinstance(source, (str, Path)):
        path = Path(source)
        if _is_dir(path):
            return _under(path)
        if _GLOB & set(str(source)) and not path.exists():
            paths = sorted(Path(one) for one in glob.glob(str(source), recursive=True) if not Path(one).is_dir())  # noqa: PTH207 - the pattern may begin at the root
            if not paths:
                raise MissingFileError(
                    path.name[:60], "files of that pattern", "none", "check the folder and the pattern"
                )
        else:
            paths = [path]
    else:
        paths = _paths_in(source)
    for path in paths:
        _check_file(path)
    return paths, Path(os.path.commonpath([path.absolute().parent for path in paths])), ()


def _paths_in(source: object) -> list[Path]:
    listed = list(source) if isinstance(source, Sequence) else []
    paths = [Path(one) for one in listed if isinstance(one, (str, Path))]
    if len(paths) < len(listed) or not paths:
        got = "an empty list" if isinstance(source, Sequence) and not listed else type(source).__name__
        raise InvalidArgumentError("source", "a path, a list of paths or a data frame", got, "pass files or a frame")
    absolute = Counter(path.absolute() for path in paths)
    twice = next((path.name for path, n in absolute.items() if n > 1), None)
    if twice is not None:
        raise FileFormatError(twice, "each file once", "the same one twice", "list it once")
    return paths


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _under(root: Path) -> tuple[list[Path], Path, tuple[str, ...]]:
    """Return the data files of a folder and of those in it, and the names of the other ones."""

    def refuse(error: OSError) -> None:
        name = Path(str(error.filename)).name
        raise FileFormatError(name, "a folder that can be read", type(error).__name__, "check its permissions")

    found: list[Path] = []
    others: list[Path] = []
    for folder, below, names in os.walk(root, onerror=refuse):
        below[:] = sorted(name for name in below if not name.startswith(_MARKERS))
        for name in sorted(names):
            if not name.startswith(_MARKERS):
                path = Path(folder) / name
                (found if _ending(path) in PARQUET | TEXT else others).append(path)
    if not found:
        got = f"none among {len(others):,} files" if others else "an empty folder"
        raise FileFormatError(root.name, "a folder with .parquet, .csv, .txt or .tsv files", got, "check the folder")
    return sorted(found), root, tuple(_shown_name(path, root) for path in others)


def _check_file(path: Path) -> None:
    try:
        there = path.exists()
    except OSError:  # a name longer than the system allows, a folder that may not be entered
        there = False
    if not there:
        raise MissingFileError(path.name[:60], "a file", "nothing of that name", "check the path")
    if path.is_dir():
        raise FileFormatError(path.name, "a file", "a folder", "pass the folder alone, or the files in it")
    if _ending(path) not in PARQUET | TEXT:
        got = f"a .{_ending(path)} file" if _ending(path) else "a name without an ending"
        raise FileFormatError(path.name, "a .parquet, .csv, .txt or .tsv file", got, "name the snapshots' files only")


def _ending(path: Path) -> str:
    return Path(path.name.lower().removesuffix(".gz")).suffix.removeprefix(".")


def _shown_name(path: Path, root: Path) -> str:
    return path.absolute().relative_to(root.absolute()).as_posix()


def _keys_of(path: Path) -> dict[str, str | None]:
    """Return what the folders above a file say that are named ``key=value``, the innermost last."""
    pairs = (part.partition("=") for part in path.absolute().parent.parts if "=" in part)
    return {key: None if value == _NO_VALUE else unquote(value) for key, _, value in pairs}


def _day_in_name(path: Path, name: str, pattern: NamePattern) -> int:
    day = pattern.day(path.absolute())
    if day == NO_DATE:
        fix = "change the pattern (* stands for any text), or leave the file out"
        raise FileFormatError(name, "a name that fits period_from", "another one, or no such date", fix)
    return day


def _day_in_folder(keys: Mapping[str, str | None], name: str, settings: Settings) -> int:
    """Return the day of a folder such as ``period=2025-03-31`` that has the period's name; `NO_DATE` if none has."""
    key = settings.columns["period"]
    if key not in keys:
        return NO_DATE
    text = pa.chunked_array([pa.array([keys[key]], pa.large_string())])
    form, month_day = settings.period_format, settings.month_day
    day = int(period_days(text, period_format=form, month_day=month_day, name=name)[0])
    if day == NO_DATE:
        raise FileFormatError(name, "a folder named by its period", "one that cannot be read", "rename the folder")
    return day


def periods_stated(files: Sequence[SourceFile]) -> bool:
    """Return whether every file says its period by its name or folder; refuse a source where only some do.

    Raises
    ------
    FileFormatError
        Naming a file that does not.
    """
    stated = np.array([file.day != NO_DATE for file in files])
    if stated.any() and not stated.all():
        name = files[int(np.flatnonzero(~stated)[0])].name
        raise FileFormatError(name, "a period in each file's folder", "none in this one's", "move it, or leave it out")
    return bool(stated.all())
