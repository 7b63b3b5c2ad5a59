"""How often symbols occur in the cells of a context model, counted on all elements or on some that stand for all."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array

_SEGMENT = 4096


class Statistics:
    """The symbols of an array.

    Args:
        symbols: uint8 or uint16, 1-D.
        symbol_count: number of different symbols.
        quantizer: of each element, 0 or 1; None: there is one quantizer.
        most: about how many elements are counted where there are more: segments from all over the array.

    Attributes:
        quantizers: 1 or 2.
        weight: elements that each counted one stands for.
    """

    def __init__(self, symbols: Array, symbol_count: int, quantizer: Array | None, most: int | None = None) -> None:
        self.quantizers = 1 if quantizer is None else 2
        self._symbol_count = symbol_count
        segments = symbols.size // _SEGMENT
        self._stride = 1 if most is None or symbols.size <= most else max(1, symbols.size // most)
        self._counted_size = -(-segments // self._stride) * _SEGMENT if self._stride > 1 else symbols.size
        self.weight = symbols.size / max(self._counted_size, 1)
        keys = self.counted(symbols).astype(np.int64)
        if quantizer is not None:
            keys += self.counted(quantizer) * np.int64(symbol_count)
        self._keys = keys

    @property
    def segment(self) -> int:
        """Elements that are counted one after another."""
        return self._counted_size if self._stride == 1 else _SEGMENT

    def counted(self, of_elements: Array, /) -> Array:
        """What belongs to the elements that are counted."""
        if self._stride == 1:
            return of_elements
        whole = of_elements.size // _SEGMENT * _SEGMENT
        return of_elements[:whole].reshape(-1, _SEGMENT)[:: self._stride].reshape(-1)

    def counts(self, cells: Array | None = None, cell_count: int = 1, /) -> Array:
        """Counts of symbols.

        Args:
            cells: the cell of each element that is counted; None: there is one cell.
            cell_count: number of cells.

        Returns:
            int64 of shape (cells, quantizers, symbols).
        """
        width = self.quantizers * self._symbol_count
        keys = self._keys if cells is None else self._keys + cells.astype(np.int64) * width
        return np.bincount(keys, minlength=cell_count * width).reshape(cell_count, self.quantizers, -1)
