"""The tensors of a file that is being written, decoded from what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from qmodel.container import Writer
from qmodel.dtypes import Array
from qmodel.encodings import TensorSource
from qmodel.encodings.convert import convert
from qmodel.encodings.node import BaseTensor
from qmodel.typed_array import TypedArray
from qmodel.wire import TensorRecord

SourceOfBase: TypeAlias = Callable[[TensorRecord], TensorSource]


class StoredNetwork(Mapping[str, Array]):
    """Each look-up decodes a tensor, as a reader of the finished file will.

    Args:
        writer: of the file.
        source_of_base: gives the source that has the base of a tensor written as a delta.

    Raises:
        InvalidInputError: on a look-up, the file cannot be read back.
    """

    def __init__(self, writer: Writer, source_of_base: SourceOfBase, /) -> None:
        self._writer = writer
        self._source_of_base = source_of_base

    def __getitem__(self, name: str) -> Array:
        return self.tensor(name).to_numpy()

    def __iter__(self) -> Iterator[str]:
        return iter(self._writer.tensors)

    def __len__(self) -> int:
        return len(self._writer.tensors)

    def __contains__(self, name: object) -> bool:
        return name in self._writer.tensors

    def tensor(self, name: str, /) -> TypedArray:
        """Decode a tensor to its storage."""
        record = self._writer.tensors[name]
        source = _Source(self._writer.written_chunk, self.tensor, lambda: self._source_of_base(record))
        return convert(record.encoding.decode(record.shape, source), record.element_type)


@dataclass(frozen=True, slots=True)
class _Source:
    """What a node needs to decode: chunks read back one by one, other tensors, and the base of a delta."""

    chunk: Callable[[int], memoryview]
    tensor: Callable[[str], TypedArray]
    source_of_base: Callable[[], TensorSource]
    threads: int = 1

    def base(self, wanted: BaseTensor, /) -> TypedArray:
        return self.source_of_base().base(wanted)
