"""What every encoding is: a stored node, and an encoder that makes one (spec/encodings/README.md)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from math import prod
from typing import ClassVar, Protocol, TypeVar

from qmodel.buffers import Buffer, ChunkSource, MemorySource, check_buffer
from qmodel.dtypes import Array, ElementType
from qmodel.errors import CorruptError, LimitError
from qmodel.limits import DEFAULT_LIMITS, Limits
from qmodel.typed_array import TypedArray

Self = TypeVar("Self", bound="Node")
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BaseTensor:
    """Which tensor of another file is needed.

    Attributes:
        digest: SHA-256 of its element type, shape and values (spec/encodings/delta.md); decides.
        name: what it is probably called there.
        element_type: type of its values.
        shape: length of each axis.
    """

    digest: bytes
    name: str
    element_type: ElementType
    shape: Shape


class TensorSource(ChunkSource, Protocol):
    """Where a node finds chunks, and the other tensors of the file."""

    def tensor(self, name: str, /) -> TypedArray:
        """Another tensor of the file, decoded."""

    def base(self, wanted: BaseTensor, /) -> TypedArray:
        """A tensor of another file, decoded."""


class NodeMemory(MemorySource):
    """The source of nodes that are not written yet: all they need is in memory, and there are no other tensors."""

    def tensor(self, name: str, /) -> TypedArray:
        """Never called: an alias is resolved through the file that holds it."""
        raise CorruptError(f"tensor {name!r} is not known before the file is written")

    def base(self, wanted: BaseTensor, /) -> TypedArray:
        """Never called: encoders that need a base bring their own source."""
        raise CorruptError(f"base {wanted.name!r} is not known before the file is written")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a node is checked against.

    Attributes:
        chunk_sizes: size in bytes of every chunk of the file.
        element_types: the element type of every tensor of the file, by name.
        shapes: the shape of every tensor of the file, by name.
        holds_alias: whether a tensor's tree has an alias anywhere.
        limits: what may be spent.
    """

    chunk_sizes: Sequence[int] = ()
    element_types: Callable[[str], ElementType | None] = lambda _name: None
    shapes: Callable[[str], Shape | None] = lambda _name: None
    holds_alias: Callable[[str], bool] = lambda _name: False
    limits: Limits = DEFAULT_LIMITS


class Node(ABC):
    """A stored encoding: one node of the tree that represents a tensor.

    A node is a frozen dataclass whose fields have the names and meanings of its message's fields.
    """

    kind: ClassVar[str]

    @abstractmethod
    def result_type(self, around: Surroundings, /) -> ElementType:
        """The type of the values that `decode` gives."""

    @abstractmethod
    def check(self, shape: Shape, around: Surroundings, /) -> None:
        """Check all that can be known without the payloads, for an array of a shape, the children included.

        Raises:
            CorruptError: the specification forbids it.
            LimitError: decoding would need too much memory.
        """

    @abstractmethod
    def decode(self, shape: Shape, source: TensorSource, /) -> TypedArray:
        """The array of a node that `check` accepted, of `shape` and `result_type`.

        Raises:
            CorruptError: a payload is damaged, or holds what the specification forbids.
        """

    @property
    def features(self) -> frozenset[str]:
        """What a reader must implement for this node alone, without its children and buffers."""
        return frozenset() if self.kind == "plain" else frozenset({self.kind})

    def children(self) -> Iterator[Node]:
        """The nodes directly below, in the order of the fields."""
        for value in self._field_values():
            if isinstance(value, Node):
                yield value

    def walk(self) -> Iterator[Node]:
        """This node and all below, each before its children."""
        yield self
        for child in self.children():
            yield from child.walk()

    def buffers(self) -> Iterator[Buffer]:
        """The buffers of this node and of all below."""
        for value in self._field_values():
            if isinstance(value, Buffer):
                yield value
            elif isinstance(value, Node):
                yield from value.buffers()

    def all_buffers(self) -> Iterator[Buffer]:
        """As `buffers`, and the buffers that their codings hold."""
        for buffer in self.buffers():
            yield from buffer.buffers()

    def with_buffers(self: Self, change: Callable[[Buffer], Buffer], /) -> Self:
        """The same tree with every buffer replaced by what `change` makes of it."""
        changed = {name: _with_buffers(value, change) for name, value in self._fields()}
        return replace(self, **changed)  # type: ignore[type-var]  # every concrete node is a dataclass

    def all_features(self) -> frozenset[str]:
        """What a reader must implement for this node, its buffers and all below."""
        codings = (buffer.coding.features for buffer in self.all_buffers())
        return frozenset[str]().union(*(node.features for node in self.walk()), *codings)

    def spelled(self) -> str:
        """The tree in short, as `affine(plain s8, scale plain f32)`."""
        return self.kind

    def _fields(self) -> Iterator[tuple[str, object]]:
        for field in fields(self):  # type: ignore[arg-type]
            yield field.name, getattr(self, field.name)

    def _field_values(self) -> Iterator[object]:
        for _, value in self._fields():
            yield from value if isinstance(value, tuple) else (value,)


class Encoder(ABC):
    """Options for making a node of an array; a frozen dataclass, and a plain value that recipes hold."""

    kind: ClassVar[str]

    @property
    def largest_value(self) -> float | None:
        """The largest magnitude that all nodes it makes can hold, when that is known without an array; else None."""
        return None

    @abstractmethod
    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> Node:
        """Represent an array.

        Args:
            array: the values.
            importance: how much the squared error of each value counts, at least 0, broadcasting to the array's shape
                (its own shape, or one for each column); None: all alike. Encoders that choose nothing ignore it.
            threads: number of threads that may work at once.

        Returns:
            A node whose buffers are in memory.

        Raises:
            InvalidInputError: the array cannot be represented so.
        """


def check_stored(buffer: Buffer, shape: Shape, around: Surroundings, /) -> None:
    """Check that a buffer holds exactly the elements of an array of a shape."""
    check_buffer(buffer, prod(shape), around.chunk_sizes, limits=around.limits)


def check_size(shape: Shape, element_type: ElementType, around: Surroundings, /) -> None:
    """Check that an array may be allocated.

    Raises:
        LimitError: it would be larger than the limits allow.
    """
    size = prod(shape) * element_type.storage.itemsize
    if size > around.limits.max_tensor_bytes:
        raise LimitError(
            f"array of {element_type} of shape {shape} needs {size} bytes, limit {around.limits.max_tensor_bytes}"
        )


def _with_buffers(value: object, change: Callable[[Buffer], Buffer]) -> object:
    if isinstance(value, Buffer | Node):
        return value.with_buffers(change)
    if isinstance(value, tuple):
        return tuple(_with_buffers(item, change) for item in value)
    return value
