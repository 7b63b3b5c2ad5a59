"""A number for each row and one for each column, added to a matrix of integers that wrap around.

There is no compiled twin: NumPy's own loops run at the speed of memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array


@dataclass(frozen=True, slots=True)
class Shifts:
    """What is added to a matrix.

    Attributes:
        rows: to all elements of each row; signed integers, 1-D.
        columns: to all elements of each column; signed integers, 1-D, at least one.
    """

    rows: Array
    columns: Array

    def __neg__(self) -> Shifts:
        return Shifts(-self.rows, -self.columns)


def shifted(values: Array, bits: int, shifts: Shifts, /, *, start: int = 0) -> Array:
    """Part of a matrix in row-major order with its shifts added, modulo 2^bits.

    Args:
        values: uint8, uint16 or uint32, 1-D.
        bits: width of the numbers; 1 to 32.
        shifts: what is added.
        start: place of the first in the matrix; the last is within its rows, too.
    """
    rows, columns = (part.astype(values.dtype) for part in (shifts.rows, shifts.columns))
    out = np.empty_like(values)
    row, column = divmod(start, columns.size)
    head = min(-start % columns.size, values.size)
    out[:head] = values[:head] + rows[row : row + 1] + columns[column:][:head]
    row += column > 0
    count = (values.size - head) // columns.size
    end = head + count * columns.size
    body = out[head:end].reshape(count, columns.size)
    np.add(values[head:end].reshape(body.shape), rows[row : row + count, None], out=body)
    body += columns
    out[end:] = values[end:] + rows[row + count : row + count + 1] + columns[: values.size - end]
    out &= values.dtype.type((1 << bits) - 1)
    return out
