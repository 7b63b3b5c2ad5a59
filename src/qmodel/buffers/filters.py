"""Filters: how the packed bits of elements are arranged before a byte codec (spec/buffers/packed.md)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType, bits_of
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.kernels import bit_planes, float_planes
from qmodel.kernels.bitpack import as_numbers, check_padding, pack, unpack
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.shuffle import shuffle, unshuffle
from qmodel.limits import MIB


class Filter(ABC):
    """An arrangement of the packed bits of elements.

    Attributes:
        name: as in the schema, in lower case.
        kernel: module of `qmodel.kernels` that does the work, apart from packing; empty: none.
        chunk_bytes: packed bytes that a writer should put in one chunk when it compresses.
    """

    name: ClassVar[str]
    kernel: ClassVar[str] = ""
    chunk_bytes: ClassVar[int] = 4 * MIB

    def prepare(self, count: int, /) -> None:
        """Load what so many elements are worth, before they come in chunks that are not worth it alone."""
        if self.kernel:
            compiled(self.kernel, count)

    @abstractmethod
    def suits(self, element_type: ElementType, /) -> bool:
        """Whether the specification allows it for elements of a type."""

    def part_bytes(self, element_type: ElementType, count: int, /) -> int:
        """Size of the parts whose bytes are of different kinds; 0: there is one part."""
        return 0

    @abstractmethod
    def arrange(self, values: Array, element_type: ElementType, /) -> Array:
        """The arranged bits, uint8, of a 1-D storage array; may share its memory."""

    @abstractmethod
    def restore(self, data: Array, element_type: ElementType, count: int, /) -> Array:
        """The 1-D storage array of arranged bits; may share their memory.

        Args:
            data: uint8, as many as `count` elements take.
            element_type: type of the elements.
            count: number of elements, at least 1.

        Raises:
            CorruptError: unused bits are not zero.
        """

    def place(self, data: Array, element_type: ElementType, out: Array, /) -> None:
        """As `restore`, into the memory of a 1-D storage array."""
        out[:] = self.restore(data, element_type, out.size)


class NoFilter(Filter):
    """The packed bits as they are."""

    name = "none"

    def suits(self, element_type: ElementType, /) -> bool:
        """See `Filter.suits`."""
        return True

    def arrange(self, values: Array, element_type: ElementType, /) -> Array:
        """See `Filter.arrange`."""
        return pack(values, element_type.bits)

    def restore(self, data: Array, element_type: ElementType, count: int, /) -> Array:
        """See `Filter.restore`."""
        if not check_padding(data, element_type.bits, count):
            raise CorruptError(f"unused bits behind {count} elements of {element_type} are not zero")
        values = unpack(data, element_type.bits, count, out_dtype=element_type.storage)
        return values if values.flags.aligned else values.copy()


class ByteShuffle(Filter):
    """All first bytes of the elements, then all second bytes, and so on."""

    name = "byte_shuffle"
    kernel = "shuffle"

    def suits(self, element_type: ElementType, /) -> bool:
        """See `Filter.suits`."""
        return element_type.bits in (16, 32, 64)

    def part_bytes(self, element_type: ElementType, count: int, /) -> int:
        """See `Filter.part_bytes`."""
        return count

    def arrange(self, values: Array, element_type: ElementType, /) -> Array:
        """See `Filter.arrange`."""
        return shuffle(pack(values, element_type.bits), element_type.bits // 8)

    def restore(self, data: Array, element_type: ElementType, count: int, /) -> Array:
        """See `Filter.restore`."""
        return unpack(unshuffle(data, element_type.bits // 8), element_type.bits, count, out_dtype=element_type.storage)


class BitPlanes(Filter):
    """All lowest bits of the elements, then all next ones; what does not fill a byte of each plane follows packed."""

    name = "bit_planes"
    kernel = "bit_planes"

    def suits(self, element_type: ElementType, /) -> bool:
        """See `Filter.suits`."""
        return element_type.bits > 1

    def part_bytes(self, element_type: ElementType, count: int, /) -> int:
        """See `Filter.part_bytes`."""
        return count // 8

    def arrange(self, values: Array, element_type: ElementType, /) -> Array:
        """See `Filter.arrange`."""
        whole = values.size // 8 * 8
        planes = bit_planes.split_planes(bits_of(values[:whole]), element_type.bits)
        return np.concatenate((planes.reshape(-1), pack(values[whole:], element_type.bits)))

    def restore(self, data: Array, element_type: ElementType, count: int, /) -> Array:
        """See `Filter.restore`."""
        bits, in_planes = element_type.bits, count // 8 * 8
        planes, tail = np.split(data, [in_planes // 8 * bits])
        codes = np.empty(count, f"u{element_type.storage.itemsize}")
        bit_planes.merge_planes(planes.reshape(bits, -1), codes[:in_planes])
        if not check_padding(tail, bits, count % 8):
            raise CorruptError(f"unused bits behind {count} elements of {element_type} are not zero")
        codes[in_planes:] = unpack(tail, bits, count % 8, out_dtype=codes.dtype)
        return as_numbers(codes, bits, element_type.storage)


class FloatPlanes(Filter):
    """A byte of each element with its exponent, then planes of the bytes of its other bits."""

    name = "float_planes"
    kernel = "float_planes"
    # The planes of a chunk stay in a core's cache while they are merged.
    chunk_bytes = MIB
    _TYPES: ClassVar = (dtypes.F64, dtypes.F32, dtypes.F16, dtypes.BF16)

    def suits(self, element_type: ElementType, /) -> bool:
        """See `Filter.suits`."""
        return element_type in self._TYPES

    def part_bytes(self, element_type: ElementType, count: int, /) -> int:
        """See `Filter.part_bytes`."""
        return count

    def arrange(self, values: Array, element_type: ElementType, /) -> Array:
        """See `Filter.arrange`."""
        return float_planes.split_planes(bits_of(values)).reshape(-1)

    def restore(self, data: Array, element_type: ElementType, count: int, /) -> Array:
        """See `Filter.restore`."""
        values = np.empty(count, element_type.storage)
        self.place(data, element_type, values)
        return values

    def place(self, data: Array, element_type: ElementType, out: Array, /) -> None:
        """See `Filter.place`."""
        float_planes.merge_planes(data.reshape(element_type.bits // 8, out.size), bits_of(out))


FILTERS: dict[str, Filter] = {f.name: f for f in (NoFilter(), ByteShuffle(), BitPlanes(), FloatPlanes())}
FILTER_NAMES = tuple(FILTERS)


def filter_named(name: str, /) -> Filter:
    """The filter of a name.

    Raises:
        InvalidInputError: there is no such filter.
    """
    if name not in FILTERS:
        raise InvalidInputError(f"unknown filter {name!r}; known: {', '.join(FILTERS)}")
    return FILTERS[name]
