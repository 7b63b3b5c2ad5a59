"""Element types: their names, sizes, and the NumPy arrays that hold them (spec/types.md).

An array of an element type is held as its *storage*: a native-endian NumPy array of `ElementType.storage`. NumPy has
no bfloat16 and no floats of 8 bits or fewer, so those are held as the unsigned integers of their bits; integers of odd
width are held in the next wider NumPy integer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from qmodel.errors import InvalidInputError, UnsupportedError

Kind = Literal["bool", "unsigned", "signed", "float"]
Array = npt.NDArray[Any]

_INTEGER_NAME = re.compile(r"([us])([1-9]\d?)")
_STORED_AS_BITS = ("bf16", "f8e4m3", "f8e5m2", "f6e2m3", "f6e3m2", "f4e2m1", "e8m0", "f8e4m3fnuz", "f8e5m2fnuz")


@dataclass(frozen=True, slots=True, eq=False)
class ElementType:
    """One of the element types of the schema; there is one object for each, so that comparing is quick.

    Attributes:
        name: as in recipes and messages: `f32`, `bf16`, `u4`, `s8`, `bool`.
        kind: `bool`, `unsigned`, `signed` or `float`.
        bits: width of one packed element, 1 to 64.
    """

    name: str
    kind: Kind
    bits: int

    def __str__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Callable[[str], ElementType], tuple[str]]:
        return _named, (self.name,)

    @property
    def is_integer(self) -> bool:
        """Whether the values are integers; `bool` is not."""
        return self.kind in ("unsigned", "signed")

    @property
    def is_float(self) -> bool:
        """Whether the values are floating-point numbers of any width."""
        return self.kind == "float"

    @property
    def stored_as_bits(self) -> bool:
        """Whether NumPy lacks the type, so that storage holds the bits of the values and not the values."""
        return self.name in _STORED_AS_BITS

    @property
    def storage(self) -> np.dtype[Any]:
        """The NumPy dtype that holds the type in memory, native-endian."""
        return _storage_dtype(self)

    @property
    def minimum(self) -> int:
        """Smallest integer of an integer type or `bool`."""
        return -(1 << (self.bits - 1)) if self.kind == "signed" else 0

    @property
    def maximum(self) -> int:
        """Largest integer of an integer type or `bool`."""
        return (1 << (self.bits - 1 if self.kind == "signed" else self.bits)) - 1

    def packed_bytes(self, count: int) -> int:
        """Size in bytes of `count` elements as fixed-width bits."""
        return (count * self.bits + 7) // 8


BOOL = ElementType("bool", "bool", 1)
F64 = ElementType("f64", "float", 64)
F32 = ElementType("f32", "float", 32)
F16 = ElementType("f16", "float", 16)
BF16 = ElementType("bf16", "float", 16)
F8E4M3 = ElementType("f8e4m3", "float", 8)
F8E5M2 = ElementType("f8e5m2", "float", 8)
F6E2M3 = ElementType("f6e2m3", "float", 6)
F6E3M2 = ElementType("f6e3m2", "float", 6)
F4E2M1 = ElementType("f4e2m1", "float", 4)
E8M0 = ElementType("e8m0", "float", 8)

F8E4M3FNUZ = ElementType("f8e4m3fnuz", "float", 8)
F8E5M2FNUZ = ElementType("f8e5m2fnuz", "float", 8)

_NAMED = {t.name: t for t in (BOOL, F64, F32, F16, BF16, F8E4M3, F8E5M2, F6E2M3, F6E3M2, F4E2M1, E8M0)}
# Values of a network may have these types; no file stores them (spec/types.md).
_OF_NETWORKS_ALONE = {t.name: t for t in (F8E4M3FNUZ, F8E5M2FNUZ)}
_INTEGER_WIDTHS = (*range(1, 33), 64)


def unsigned(bits: int) -> ElementType:
    """The unsigned integer type of `bits` bits, 1 to 32 or 64."""
    return _integer("u", bits)


def signed(bits: int) -> ElementType:
    """The signed (two's complement) integer type of `bits` bits, 1 to 32 or 64."""
    return _integer("s", bits)


def signed_for(values: Array) -> ElementType:
    """The narrowest signed type that holds integers, at least one."""
    return signed(max(int(values.max()), -1 - int(values.min())).bit_length() + 1)


def parse(name: str) -> ElementType:
    """The element type of a name such as `f32` or `u4`.

    Raises:
        InvalidInputError: there is no such type.
    """
    if found := _NAMED.get(name):
        return found
    if match := _INTEGER_NAME.fullmatch(name):
        return _integer(match[1], int(match[2]))
    raise InvalidInputError(
        f"unknown element type {name!r}; known: {', '.join(_NAMED)}, u1 to u32, u64, s1 to s32, s64"
    )


def _named(name: str) -> ElementType:
    return _OF_NETWORKS_ALONE.get(name) or parse(name)


@cache
def _integer(letter: str, bits: int) -> ElementType:
    if bits not in _INTEGER_WIDTHS:
        raise InvalidInputError(f"integers have 1 to 32 or 64 bits, not {bits}")
    return ElementType(f"{letter}{bits}", "unsigned" if letter == "u" else "signed", bits)


@cache
def _storage_dtype(element_type: ElementType) -> np.dtype[Any]:
    if element_type.kind == "bool":
        return np.dtype(np.bool_)
    held_bits = next(width for width in (8, 16, 32, 64) if width >= element_type.bits)
    if element_type.kind == "float" and not element_type.stored_as_bits:
        return np.dtype(f"f{held_bits // 8}")
    letter = "i" if element_type.kind == "signed" else "u"
    return np.dtype(f"{letter}{held_bits // 8}")


_ML_DTYPES_NAMES = {
    BF16: "bfloat16",
    F8E4M3: "float8_e4m3fn",
    F8E5M2: "float8_e5m2",
    F6E2M3: "float6_e2m3fn",
    F6E3M2: "float6_e3m2fn",
    F4E2M1: "float4_e2m1fn",
    E8M0: "float8_e8m0fnu",
}
_BY_NUMPY_NAME = {
    "bool": BOOL,
    "float64": F64,
    "float32": F32,
    "float16": F16,
    **{name: element_type for element_type, name in _ML_DTYPES_NAMES.items()},
    **{f"uint{bits}": unsigned(bits) for bits in (8, 16, 32, 64)},
    **{f"int{bits}": signed(bits) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": unsigned(bits) for bits in (1, 2, 4)},
    **{f"int{bits}": signed(bits) for bits in (1, 2, 4)},
}
_OF_NETWORKS_BY_NUMPY_NAME = {"float8_e4m3fnuz": F8E4M3FNUZ, "float8_e5m2fnuz": F8E5M2FNUZ}


def element_type_of_value(dtype: np.dtype[Any], /) -> ElementType:
    """The element type of an array inside a network, `ml_dtypes` types included.

    Raises:
        InvalidInputError: the dtype has no element type (object, string, complex, longdouble, time).
    """
    element_type = _BY_NUMPY_NAME.get(dtype.name) or _OF_NETWORKS_BY_NUMPY_NAME.get(dtype.name)
    if element_type is None:
        raise InvalidInputError(f"dtype {dtype} has no element type")
    return element_type


def from_numpy(array: Array) -> tuple[ElementType, Array]:
    """The element type and the storage of an array, `ml_dtypes` types included.

    The storage is C-contiguous and native-endian; it is the array's own memory when that already is so.

    Raises:
        InvalidInputError: the array's dtype has no element type (object, string, complex, longdouble, time).
    """
    element_type = _BY_NUMPY_NAME.get(array.dtype.name)
    if element_type is None:
        raise InvalidInputError(
            f"dtype {array.dtype} cannot be stored; use bool, an integer, float16, float32, float64 or bfloat16"
        )
    native = np.asarray(array, dtype=array.dtype.newbyteorder("="), order="C")
    if element_type.stored_as_bits:
        return element_type, native.view(element_type.storage)
    return element_type, native.astype(element_type.storage, copy=False)


def bits_of(array: Array, /) -> Array:
    """The same memory as unsigned integers of the same width."""
    dtype: np.dtype[Any] = np.dtype(f"u{array.dtype.itemsize}")
    return array.view(dtype)


def to_numpy(storage: Array, element_type: ElementType) -> Array:
    """The array a user expects: like `storage`, but bf16 and the smaller floats as `ml_dtypes` types.

    Raises:
        UnsupportedError: the type needs `ml_dtypes`, which is not installed or too old to have it.
    """
    if not element_type.stored_as_bits:
        return storage
    try:
        import ml_dtypes

        dtype = getattr(ml_dtypes, _ML_DTYPES_NAMES[element_type])
    except (ModuleNotFoundError, AttributeError):
        raise UnsupportedError(
            f"NumPy has no {element_type}: install the extra 'qmodel-format[ml-dtypes]', or store the tensor as f32"
        ) from None
    return storage.view(dtype)
