"""Files that are never half written: made beside their place under another name, then moved there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from workforce_metrics.errors import MissingFileError

__all__ = ["refuse_no_folder", "write_whole"]


def refuse_no_folder(target: Path) -> None:
    """Refuse a file whose folder is not there."""
    if not target.parent.is_dir():
        raise MissingFileError("path", "a folder that is there", "none of that name", "make the folder first")


def write_whole(target: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place and move it there once it is whole; one that was there before is replaced.

    Parameters
    ----------
    target : pathlib.Path
    write : callable
        Is given the path to write to.

    Raises
    ------
    PermissionError
        If the folder cannot be written into.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=target.suffix, dir=target.parent)
    except PermissionError:
        raise PermissionError(
            "path: expected a folder that can be written into, got one that cannot. Fix: choose another folder."
        ) from None
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        part.chmod(0o666 & ~_umask())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
