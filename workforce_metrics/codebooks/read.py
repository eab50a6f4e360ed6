"""Reading a codebook that a user wrote, for any staff survey."""

from __future__ import annotations

import os
from pathlib import Path

from workforce_metrics.codebooks.codebook import Codebook
from workforce_metrics.codebooks.csv_codebook import parse_csv
from workforce_metrics.codebooks.toml_codebook import parse_toml
from workforce_metrics.errors import CodebookError, InvalidArgumentError, MissingFileError

__all__ = ["read_codebook"]

_PARSERS = {".toml": parse_toml, ".csv": parse_csv}


def read_codebook(path: str | os.PathLike[str]) -> Codebook:
    """Read a codebook from a TOML or CSV file.

    A codebook says what a staff survey asks and how it is scored: which column holds which concept, the codes and
    labels of its answers and their values, whether agreeing is favourable, who was asked, what a published percentage
    counts, and which items make up a score. The two forms are set out in ``docs/reference/codebook_format.md``.

    Parameters
    ----------
    path : str or path-like
        A file ending in ``.toml`` or ``.csv``, in UTF-8 (a byte-order mark does no harm).

    Returns
    -------
    Codebook
        Checked as a whole. Everything that is not documented by a publisher carries the status "declared".

    Raises
    ------
    MissingFileError
        If there is no such file.
    CodebookError
        If the file is not UTF-8, not TOML or CSV, holds a key or column that is not known, lacks one that is needed,
        or contradicts itself; the message names the table and key, or the line.

    Notes
    -----
    Nothing is guessed: an item without a direction, an item of a score without values and a score without
    `min_answered` are refused. ``min_answered = "two thirds"`` takes two thirds of the items, rounded up.

    Examples
    --------
    >>> import tempfile
    >>> text = '''concept,column,direction,codes,values,score,min_answered
    ... tired,Q1,negative,1=Never; 2=Sometimes; 3=Always,0; 5; 10,strain,1
    ... tense,Q2,negative,1=Never; 2=Sometimes; 3=Always,0; 5; 10,strain,
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "example_survey.csv"
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     book = read_codebook(path)
    >>> book
    <Codebook example survey: 2 items, 1 scores>
    >>> book.items["tired"].values
    {1: 10.0, 2: 5.0, 3: 0.0}
    """
    if not isinstance(path, (str, os.PathLike)):
        raise InvalidArgumentError("path", "a file's path", type(path).__name__, "write it as text")
    file = Path(path)
    parse = _PARSERS.get(file.suffix.lower())
    if parse is None:
        raise CodebookError(
            "path", "a file ending in .toml or .csv", repr(file.name), "save the codebook as one of them"
        )
    if not _is_file(file):
        raise MissingFileError(
            "path", "a codebook file", f"no file {file.name!r} there", "check the folder and the name"
        )
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CodebookError(file.name, "a readable file", type(error).__name__, "check its permissions") from error
    except UnicodeDecodeError as error:
        raise CodebookError(
            file.name, "UTF-8 text", f"another encoding (byte {error.start})", "save the file as UTF-8"
        ) from error
    return parse(text, file.name)


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:  # a name longer than the system allows
        return False
