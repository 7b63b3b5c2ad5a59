"""A table of files and what belongs to them, as comma-separated values (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from qmodel.datasets.naming import naming
from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError

_MOST_ROWS = 10_000_000


@dataclass(frozen=True, slots=True, eq=False)
class LabelTable:
    """Files and their labels.

    Attributes:
        files: as the table names them.
        labels: int64 of shape (files,): classes; or float64 of shape (files, columns): numbers.
        class_names: by label, where the table names classes; else empty.
    """

    files: tuple[str, ...]
    labels: Array
    class_names: tuple[str, ...] = ()


def read_label_table(path: Path, folder: Path, /) -> LabelTable:
    """Read a table: in the first column the file, in the others what belongs to it.

    The first row is a header when its first cell names no file. One column of whole numbers, none negative, holds
    labels; any columns of numbers hold numbers to be met; one column of anything else holds names of classes, which are
    labelled in the order of their names.

    Args:
        path: of the table, in UTF-8.
        folder: where the files are.

    Raises:
        OSError: it cannot be read.
        InvalidInputError: it is not such a table.
    """
    with naming(path):
        rows = _rows(path)
        if rows and not (folder / rows[0][0]).is_file():
            del rows[0]
        if not rows:
            raise InvalidInputError("it names no file")
        files = tuple(row[0] for row in rows)
        for file in files:
            if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts:
                raise InvalidInputError(f"{file!r} is not in the folder")
        return LabelTable(files, *_labels([row[1:] for row in rows]))


def _rows(path: Path) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file, strict=True):
                if row:
                    rows.append([cell.strip() for cell in row])
                if len(rows) > _MOST_ROWS:
                    raise InvalidInputError(f"it has more than {_MOST_ROWS:,} rows")
    except (csv.Error, UnicodeDecodeError) as error:
        raise InvalidInputError(f"not a readable table: {error}") from error
    lengths = {len(row) for row in rows}
    if lengths and (len(lengths) > 1 or min(lengths) < 2):
        raise InvalidInputError("each row must have the file and as many further columns, at least one")
    return rows


def _labels(columns: Sequence[Sequence[str]]) -> tuple[Array, tuple[str, ...]]:
    cells = [row[0] for row in columns]
    if len(columns[0]) == 1 and all(cell.isascii() and cell.isdigit() and len(cell) < 10 for cell in cells):
        return np.array([int(cell) for cell in cells], np.int64), ()
    try:
        numbers = np.array([[float(cell) for cell in row] for row in columns])
    except ValueError:
        if len(columns[0]) > 1:
            raise InvalidInputError("a table of several columns must hold numbers in them") from None
        names = tuple(sorted(set(cells)))
        positions = {name: label for label, name in enumerate(names)}
        return np.array([positions[cell] for cell in cells], np.int64), names
    return numbers, ()
