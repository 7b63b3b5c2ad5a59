"""Which values the indices of a rANS stream stand for (spec/buffers/rans.md, "Symbols")."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array, ElementType, bits_of
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.kernels.places import places_of
from qmodel.kernels.rans_model import MAX_MAGNITUDE, Tables

MAX_ELEMENT_BITS = 32
MAX_INDICES = 1 << 16
MAX_SLOT_BITS = 16
_MOST_FREQUENT_BITS = 16
# A quiet NaN, which no code's value is, that tells the quantizer and the kept bits of an escape.
_ESCAPE_BITS, _ESCAPE_QUANTIZER_SHIFT = 0x7FC00000, 8
_MOST_SCALED_ESCAPES = 1 << _ESCAPE_QUANTIZER_SHIFT + 1


class Alphabet:
    """The values that have an index, and what stands for escapes until exceptions take their places.

    Args:
        element_type: of the values.
        lowest: symbol 0 stands for the values from lowest * 2^low_bits on.
        tables: the tables of the stream.
        quantizers: 1, or with a trellis 2.

    Raises:
        CorruptError: the type cannot be coded so, values are outside the type, or no value is left for escapes.
    """

    def __init__(self, element_type: ElementType, lowest: int, tables: Tables, quantizers: int) -> None:
        check_type(element_type, quantizers)
        if tables.total_bits + tables.low_bits > MAX_SLOT_BITS:
            raise CorruptError(
                f"{tables.low_bits} low bits and a total of 2^{tables.total_bits} exceed 2^{MAX_SLOT_BITS}"
            )
        self._type, self._tables = element_type, tables
        self._first, self._count = lowest << tables.low_bits, tables.first_escape
        self._indices = tables.frequencies.shape[1] << tables.low_bits
        end = self._first + self._count
        if self._first < element_type.minimum or end - 1 > element_type.maximum:
            raise CorruptError(f"symbols stand for the values {self._first} to {end - 1} of {element_type}")
        if self._indices > MAX_INDICES:
            raise CorruptError(f"symbols and low bits have {self._indices} values; at most {MAX_INDICES} are allowed")
        kept = tables.kept_bits + 1
        if quantizers == 2 and (self._first % 2 or (tables.escapes and self._count % 2)):
            raise CorruptError(f"symbols stand for the codes {self._first} to {end - 1}, which hides their parity")
        self._first_marker = self._first - kept if self._first - kept >= element_type.minimum else end
        if tables.escapes and self._first_marker + kept - 1 > element_type.maximum:
            raise CorruptError(f"escapes of a stream that has a symbol for every value of {element_type}")

    @property
    def exception_bytes(self) -> int:
        """Width of an exception."""
        return (self._type.bits + 7) // 8

    def indices(self, values: Array, /) -> Array:
        """The index of each value, uint8 or uint16; of values that have none, the escape.

        Raises:
            InvalidInputError: a value has no index, and the stream no escapes.
        """
        wide = self._offsets(values)
        if values.size and (wide.min() < 0 or wide.max() >= self._count):
            if not self._tables.escapes:
                raise InvalidInputError("a value to be coded has no frequency in its table")
            outside = (wide < 0) | (wide >= self._count)
            wide[outside] = self._count | (wide[outside] & self._tables.kept_bits)
        return wide.astype(self._index_type)

    def magnitudes(self, quantizers: int, /) -> Array:
        """The magnitude of each index for neighbour contexts: uint8 of shape (quantizers, indices)."""
        codes = np.arange(self._indices)[None] + (self._first if self._type.kind == "signed" else 0)
        magnitudes = magnitudes_of(codes, np.arange(quantizers)[:, None], quantizers) >> self._tables.low_bits
        magnitudes[:, self._count :] = MAX_MAGNITUDE
        found: Array = np.minimum(magnitudes, MAX_MAGNITUDE).astype(np.uint8)
        return found

    def values(self) -> Array:
        """What each index stands for: storage, of shape (1, indices); escapes for markers."""
        found = np.arange(self._indices, dtype=np.int64) + self._first
        found[self._count :] = self._first_marker + (np.arange(self._indices - self._count) & self._tables.kept_bits)
        return found.astype(self._type.storage)[None]

    def scaled_values(self, step: np.float32, /) -> Array:
        """The value of each trellis code: float32 of shape (2, indices); escapes for NaNs."""
        codes = np.arange(self._count, dtype=np.int64) + self._first
        scaled = np.empty((2, self._indices), np.float32)
        for quantizer in (0, 1):
            scaled[quantizer, : self._count] = (2 * codes + quantizer).astype(np.float32) * step
            kept = np.arange(self._indices - self._count) & self._tables.kept_bits
            markers = _ESCAPE_BITS | quantizer << _ESCAPE_QUANTIZER_SHIFT | kept
            scaled[quantizer, self._count :] = markers.astype(np.uint32).view(np.float32)
        return scaled

    def place_exceptions(self, decoded: Array, exceptions: Array, /) -> int:
        """Put the first exceptions where the markers are; returns how many those are.

        Raises:
            CorruptError: there are fewer, or one is not in the type or has other bits than its escape.
        """
        first_marker, kept = int(bits_of(np.array(self._first_marker).astype(decoded.dtype))), self._tables.kept_bits
        places = places_of(bits_of(decoded), first_marker, first_marker + kept)
        exceptions = exceptions[: places.size]
        self._check_exceptions(exceptions, self._offsets(decoded[places]) & kept)
        decoded[places] = exceptions.astype(decoded.dtype)
        return places.size

    def place_scaled_exceptions(self, scaled: Array, exceptions: Array, /, step: np.float32) -> int:
        """As `place_exceptions`, where the values of trellis codes were decoded."""
        places = places_of(bits_of(scaled), _ESCAPE_BITS, _ESCAPE_BITS + _MOST_SCALED_ESCAPES - 1)
        exceptions = exceptions[: places.size]
        markers = scaled[places].view(np.uint32)
        self._check_exceptions(exceptions, markers & self._tables.kept_bits)
        quantizers = (markers >> _ESCAPE_QUANTIZER_SHIFT & 1).astype(np.int64)
        scaled[places] = (2 * exceptions + quantizers).astype(np.float32) * step
        return places.size

    def _offsets(self, values: Array) -> Array:
        """How far each value is above the first."""
        wide: Array = values.astype(np.int64 if self._type.bits > 16 else np.int32)
        wide -= self._first
        return wide

    @property
    def _index_type(self) -> type[np.uint8 | np.uint16]:
        return np.uint8 if self._indices <= 1 << 8 else np.uint16

    def _check_exceptions(self, exceptions: Array, kept: Array) -> None:
        if exceptions.size != kept.size:
            raise CorruptError(f"{exceptions.size} exceptions for {kept.size} escapes")
        if not exceptions.size:
            return
        if exceptions.min() < self._type.minimum or exceptions.max() > self._type.maximum:
            raise CorruptError(f"exceptions outside {self._type}")
        if ((exceptions - self._first) & self._tables.kept_bits != kept).any():
            raise CorruptError("exceptions have other low bits than their escapes")


def magnitudes_of(codes: Array, quantizer: Array | int, quantizers: int, /) -> Array:
    """The magnitude of each code: of the code itself, or with a trellis of its level in the quantizer."""
    magnitudes: Array = np.abs(codes) if quantizers == 1 else np.abs(2 * codes + quantizer)
    return magnitudes


def check_type(element_type: ElementType, quantizers: int, /) -> None:
    """Refuse types that cannot be coded.

    Raises:
        CorruptError: neither integers nor bits of floats, or too wide; with a trellis not signed.
    """
    if not codable(element_type):
        raise CorruptError(f"rans codes integers and bits of up to {MAX_ELEMENT_BITS}, not {element_type}")
    if quantizers == 2 and element_type.kind != "signed":
        raise CorruptError(f"codes of a trellis are signed, not {element_type}")


def codable(element_type: ElementType, /) -> bool:
    """Whether values of a type can be symbols: integers, and floats that are held as bits."""
    return element_type.bits <= MAX_ELEMENT_BITS and (not element_type.is_float or element_type.stored_as_bits)


def has_frequent_values(element_type: ElementType, /) -> bool:
    """Whether a type is worth trying: values of wider ones are seldom frequent enough to be symbols."""
    return codable(element_type) and element_type.bits <= _MOST_FREQUENT_BITS
