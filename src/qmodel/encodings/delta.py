"""`delta`: a tensor of another file plus, or exclusive-or, a residual (spec/encodings/delta.md)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType, bits_of
from qmodel.encodings.digest import DIGEST_BYTES, tensor_digest
from qmodel.encodings.node import BaseTensor, Encoder, Node, Shape, Surroundings, TensorSource, check_size
from qmodel.encodings.operands import arithmetic_type, as_operand
from qmodel.encodings.plain import Plain
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.limits import MAX_NAME_BYTES
from qmodel.typed_array import TypedArray

ADD, XOR = 1, 2
Operation: TypeAlias = Literal["add", "xor"]
_OPERATIONS: dict[str, int] = {"add": ADD, "xor": XOR}
_PLAIN = Plain()


@dataclass(frozen=True, slots=True)
class DeltaNode(Node):
    """Another file's tensor and what changes it; see the message `Delta` for the fields."""

    base_digest: bytes
    base_name: str
    residual: Node
    operation: int
    base_type: ElementType
    kind: ClassVar[str] = "delta"

    def result_type(self, around: Surroundings, /) -> ElementType:
        """See `Node.result_type`."""
        if self.operation == XOR:
            return self.base_type
        return arithmetic_type(self.base_type, self.residual.result_type(around))

    def check(self, shape: Shape, around: Surroundings, /) -> None:
        """See `Node.check`; whether the base is there is found on decoding."""
        if len(self.base_digest) != DIGEST_BYTES:
            raise CorruptError(f"delta with a base digest of {len(self.base_digest)} bytes, not {DIGEST_BYTES}")
        if len(self.base_name.encode()) > MAX_NAME_BYTES:
            raise CorruptError(f"delta with a base name of more than {MAX_NAME_BYTES} bytes")
        if self.operation not in (ADD, XOR):
            raise CorruptError(f"delta operation number {self.operation} does not exist")
        check_size(shape, self.base_type, around)
        self.residual.check(shape, around)
        residual_type = self.residual.result_type(around)
        if self.operation == XOR and residual_type != dtypes.unsigned(self.base_type.bits):
            raise CorruptError(f"delta by exclusive or of {self.base_type} with a residual of {residual_type}")
        if self.operation == ADD and not (self.base_type.is_float and residual_type.is_float):
            raise CorruptError(f"delta that adds {residual_type} to {self.base_type}; both must be floats")
        check_size(shape, self.result_type(around), around)

    def decode(self, shape: Shape, source: TensorSource, /) -> TypedArray:
        """See `Node.decode`; `source.base` raises where the base is not to be had, before the residual is decoded."""
        base = source.base(BaseTensor(self.base_digest, self.base_name, self.base_type, shape))
        residual = self.residual.decode(shape, source)
        return _exclusive_or(base, residual.storage) if self.operation == XOR else _sum(base, residual)

    def spelled(self) -> str:
        """See `Node.spelled`."""
        operation = "⊕" if self.operation == XOR else "+"
        return f"delta({self.base_name or 'base'} {operation} {self.residual.spelled()})"


@dataclass(frozen=True, slots=True)
class Delta(Encoder):
    """Store what changed against a tensor of another file: a fine-tune, or the next checkpoint.

    Readers need the other file; they know its tensor by a digest, and by its name.

    Attributes:
        base: where the other tensor is: a mapping from names to arrays such as an open `Reader`, an array, or the path
            of a `.qmodel` file, which `save` opens.
        residual: how the change is stored.
        operation: `xor` of the bits, which loses nothing when the residual does not, for equal element types; or `add`
            of floats, whose residual may be quantized.
        tensor: name of the other tensor; None: the tensor's own name.

    Raises:
        InvalidInputError: an unknown operation.
    """

    base: Mapping[str, Any] | TypedArray | str | os.PathLike[str] = field(repr=False)
    residual: Encoder = _PLAIN
    operation: Operation = "xor"
    tensor: str | None = None
    kind: ClassVar[str] = "delta"

    def __post_init__(self) -> None:
        if self.operation not in _OPERATIONS:
            raise InvalidInputError(f"delta operations are add and xor, not {self.operation!r}")

    def resolved(self, name: str, base: Mapping[str, Any], /) -> Delta:
        """The same options for one tensor, its base found.

        Args:
            name: of the tensor to be encoded.
            base: the tensors of the other file.

        Raises:
            InvalidInputError: it has no such tensor.
        """
        wanted = name if self.tensor is None else self.tensor
        if wanted not in base:
            raise InvalidInputError(f"delta against tensor {wanted!r}, which the base does not hold")
        return replace(self, base=typed_tensor(base, wanted), tensor=wanted)

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> DeltaNode:
        """See `Encoder.encode`; refuses a base of another shape, and what the operation is not defined for."""
        if not isinstance(self.base, TypedArray):
            raise InvalidInputError("delta needs its base tensor; `save` finds it, or give an array as the base")
        base = self.base
        if base.shape != array.shape:
            raise InvalidInputError(f"delta of shape {array.shape} against a base of shape {base.shape}")
        change = _changed_bits(array, base) if self.operation == "xor" else _difference(array, base)
        residual = self.residual.encode(change, importance=importance, threads=threads)
        name = self.tensor or ""
        return DeltaNode(tensor_digest(base), name, residual, _OPERATIONS[self.operation], base.element_type)


@runtime_checkable
class TypedTensors(Protocol):
    """A mapping that hands out arrays of every element type, also of those that NumPy lacks; a `Reader` is one."""

    def tensor(self, name: str, /) -> TypedArray:
        """The tensor of a name."""


def typed_tensor(tensors: Mapping[str, Any], name: str, /) -> TypedArray:
    """A tensor of a mapping, whose values are NumPy arrays or typed ones."""
    if isinstance(tensors, TypedTensors):
        return tensors.tensor(name)
    value = tensors[name]
    return value if isinstance(value, TypedArray) else TypedArray.of(np.asarray(value))


def _changed_bits(array: TypedArray, base: TypedArray) -> TypedArray:
    """What turns the bits of the base into those of the array."""
    element_type = array.element_type
    if base.element_type != element_type:
        raise InvalidInputError(f"delta by exclusive or of {element_type} against a base of {base.element_type}")
    change = np.asarray(bits_of(array.storage) ^ bits_of(base.storage))
    if element_type.bits < change.dtype.itemsize * 8:
        change &= change.dtype.type((1 << element_type.bits) - 1)
    return TypedArray(dtypes.unsigned(element_type.bits), change)


def _exclusive_or(base: TypedArray, change: Array) -> TypedArray:
    element_type = base.element_type
    bits: Array = np.asarray(bits_of(base.storage) ^ change)
    unused = bits.dtype.itemsize * 8 - element_type.bits
    if element_type.kind == "signed" and unused:  # copies of the sign fill the bits that the type does not use
        bits <<= bits.dtype.type(unused)
        values = bits.view(element_type.storage)
        values >>= values.dtype.type(unused)
    return TypedArray(element_type, bits.view(element_type.storage))


def _difference(array: TypedArray, base: TypedArray) -> TypedArray:
    for each in (array, base):
        if not each.element_type.is_float:
            raise InvalidInputError(f"delta by addition of {each.element_type}; use operation='xor'")
    result_type = arithmetic_type(array.element_type, base.element_type)
    dtype = result_type.storage
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        change = np.asarray(as_operand(array, dtype) - as_operand(base, dtype))
    if not np.isfinite(change).all():
        raise InvalidInputError("a difference from the base is not finite; use operation='xor' for this tensor")
    return TypedArray(result_type, change)


def _sum(base: TypedArray, residual: TypedArray) -> TypedArray:
    result_type = arithmetic_type(base.element_type, residual.element_type)
    dtype = result_type.storage
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        return TypedArray(result_type, np.asarray(as_operand(base, dtype) + as_operand(residual, dtype)))
