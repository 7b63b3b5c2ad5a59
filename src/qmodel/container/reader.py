"""Opens a file from its end, checks all of its manifest, and hands out arrays one by one (spec/container.md)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import prod
from types import MappingProxyType, TracebackType
from typing import Any, BinaryIO, TypeVar

from qmodel.array_cache import ArrayCache, CacheStatistics
from qmodel.buffers.parallel import parallel_map, usable_cores
from qmodel.buffers.thread_pool import thread_pool
from qmodel.container.bases import Base, Bases
from qmodel.container.checksum import crc32c
from qmodel.container.golden import GoldenRuns, check_golden
from qmodel.container.layout import (
    CHUNK_TAG,
    MANIFEST_TAG,
    SIGNATURE,
    SMALLEST_FILE,
    TRAILER_SIZE,
    chunk_offsets,
    field_header,
    unpack_trailer,
)
from qmodel.container.source import Source, open_source
from qmodel.dtypes import Array, ElementType
from qmodel.encodings import AliasNode, SumNode, Surroundings
from qmodel.encodings.alias import holds_alias
from qmodel.encodings.convert import convert, convertible
from qmodel.encodings.delta import typed_tensor
from qmodel.encodings.node import BaseTensor, check_size
from qmodel.errors import CorruptError, InvalidInputError, LimitError, NonCanonicalError, QModelError
from qmodel.graph import Graph
from qmodel.limits import DEFAULT_LIMITS, Limits
from qmodel.typed_array import TypedArray
from qmodel.wire import Manifest, TensorRecord, manifest_from_bytes

FileLike = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
BaseLike = FileLike | Mapping[str, Any]
Result = TypeVar("Result")

# Decoded before it is asked for, besides one tensor, by those who go through a file.
_MOST_BYTES_AHEAD = 256 << 20


class Reader(Mapping[str, Array]):
    """An open file: a lazy mapping from tensor names to arrays.

    Each look-up decodes anew, unless `cache_bytes` says how much may be kept; the arrays are read-only, and views of
    the mapped file where nothing needs decoding; `load_all` decodes several at once. Safe to use from several threads.
    A context manager; closing leaves arrays that are views usable.

    Args:
        source: path (memory-mapped), bytes, or a seekable binary file object.
        threads: number of threads that may decode at once; None: one for each usable processor.
        limits: what may be spent on the file.
        bases: where deltas find the tensors they change: files, or mappings from names to arrays such as open readers
            (which stay the caller's). Each is a base of those before it as well, so that the versions of a network can
            be given from the newest to the oldest.
        cache_bytes: how many bytes of decoded tensors may be kept for later look-ups, the least recently used leaving
            first; 0: none.

    Raises:
        OSError: a path cannot be opened.
        CorruptError: the file breaks a rule of the specification.
        UnsupportedError: it needs what this version does not implement.
        LimitError: it exceeds a limit.
    """

    def __init__(
        self,
        source: FileLike,
        /,
        *,
        threads: int | None = None,
        limits: Limits = DEFAULT_LIMITS,
        bases: Sequence[BaseLike] = (),
        cache_bytes: int = 0,
    ) -> None:
        self.threads = usable_cores() if threads is None else threads
        self._limits = limits
        self._cache = ArrayCache(self._decode, lambda array: array.storage.nbytes, cache_bytes)
        self._source = open_source(source)
        try:
            self._manifest, end_of_chunks = _read_manifest(self._source, limits)
            self._tensors = {tensor.name: tensor for tensor in self._manifest.tensors}
            _check_layout(self._manifest, end_of_chunks)
            self._check_tensors()
            check_golden(self._manifest, limits)
        except QModelError as error:
            self._source.close()
            raise type(error)(f"{self._source.name}: {error}") from None
        self._opened: list[Reader] = []
        try:
            self._bases = self._open_bases(bases)
        except BaseException:
            self.close()
            raise

    @property
    def manifest(self) -> Manifest:
        """All that the file says of itself."""
        return self._manifest

    @property
    def tensors(self) -> Mapping[str, TensorRecord]:
        """Each tensor's shape, element type, encoding and quality, by name; nothing is decoded."""
        return MappingProxyType(self._tensors)

    @property
    def graph(self) -> Graph | None:
        """The network, when the file has one."""
        return self._manifest.graph

    @property
    def metadata(self) -> Mapping[str, str]:
        """Free text by key."""
        return MappingProxyType(dict(self._manifest.metadata))

    @property
    def golden(self) -> GoldenRuns:
        """Inputs of the network and the outputs it must give for them; each is decoded when it is asked for."""
        return GoldenRuns(self._manifest.golden, self)

    @property
    def size(self) -> int:
        """Size of the file in bytes."""
        return self._source.size

    def __getitem__(self, name: str) -> Array:
        """Decode a tensor.

        Raises:
            KeyError: the file has no tensor of that name.
            CorruptError: its data is damaged.
            UnsupportedError: its element type needs `ml_dtypes`, which is not installed.
        """
        if name not in self._tensors:
            raise KeyError(name)
        return self.tensor(name).to_numpy()

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    def facts(self, name: str, /) -> tuple[ElementType, tuple[int, ...]]:
        """Element type and shape of a tensor, which is not decoded."""
        record = self._tensors[name]
        return record.element_type, record.shape

    def __repr__(self) -> str:
        return f"<qmodel file {self._source.name!r}: {len(self)} tensors, {self.size} bytes>"

    def load_all(self, names: Iterable[str] | None = None, /) -> dict[str, Array]:
        """Decode many tensors at once: small ones side by side, the chunks of large ones on all threads.

        Besides the arrays that it gives, it takes the memory that decoding as many tensors as there are threads does.

        Args:
            names: of the tensors; None: all.

        Returns:
            The arrays by name, in the order of the names or of the file.

        Raises:
            KeyError, CorruptError, UnsupportedError: as `__getitem__`, for the first tensor, in that order, that
                cannot be decoded, whatever the number of threads.
        """
        wanted = list(self._tensors if names is None else dict.fromkeys(names))
        largest_first = sorted(range(len(wanted)), key=lambda number: -self._decoded_bytes(wanted[number]))
        arrays = parallel_map(self.__getitem__, wanted, threads=self.threads, order=largest_first)
        return dict(zip(wanted, arrays, strict=True))

    def for_each(self, function: Callable[[str], Result], /) -> Iterator[Result]:
        """Call a function, which decodes a tensor, with the name of each: some ahead, on all threads.

        For those who are done with one tensor before they take the next: besides one, at most 256 MiB are decoded
        that are not handed out yet.

        Args:
            function: may be called by several threads at once.

        Yields:
            The results in the order of the file.

        Raises:
            Exception: what the function raised, in place of a result; the last then.
        """
        with thread_pool(self.threads) as pool:
            yield from pool.stream(function, self._tensors, size=self._decoded_bytes, most_bytes=_MOST_BYTES_AHEAD)

    def tensor(self, name: str, /) -> TypedArray:
        """Decode a tensor to its storage, whatever its element type; raises as `__getitem__` does."""
        return self._cache.get(name)

    def cache_statistics(self) -> CacheStatistics:
        """How often a look-up found its tensor decoded already, and the bytes that are kept."""
        return self._cache.statistics()

    def coarse(self, name: str, /, *, terms: int = 1) -> Array:
        """Decode no more than the first terms of a tensor that is stored as a `sum`: sooner, with a larger error.

        Args:
            name: of the tensor; one that is not stored as a sum is decoded whole.
            terms: how many, 1 or more; the others' chunks are not read.

        Raises:
            InvalidInputError: terms is below 1.
            KeyError, CorruptError, UnsupportedError: as `__getitem__`.
        """
        if terms < 1:
            raise InvalidInputError(f"at least 1 term is decoded, not {terms}")
        encoding = self._tensors[name].encoding
        if not isinstance(encoding, SumNode):
            return self[name]
        return self._decoded(name, lambda record: encoding.decode_first(record.shape, self, terms)).to_numpy()

    def _decoded_bytes(self, name: str) -> int:
        record = self._tensors.get(name)
        return prod(record.shape) * record.element_type.storage.itemsize if record else 0

    def _decode(self, name: str) -> TypedArray:
        return self._decoded(name, lambda record: record.encoding.decode(record.shape, self))

    def _decoded(self, name: str, decode: Callable[[TensorRecord], TypedArray]) -> TypedArray:
        record = self._tensors[name]
        try:
            array = convert(decode(record), record.element_type)
        except (QModelError, MemoryError) as error:
            kind = LimitError if isinstance(error, MemoryError) else type(error)
            raise kind(f"{self._source.name}: tensor {name!r}: {error}") from None
        array.storage.flags.writeable = False
        return array

    def chunk(self, index: int, /) -> memoryview:
        """The bytes of a chunk, after its checksum and its frame have been verified.

        Raises:
            CorruptError: they are damaged.
        """
        record = self._manifest.chunks[index]
        header = field_header(CHUNK_TAG, record.size)
        framed = self._source.read(record.offset - len(header), len(header) + record.size)
        data = framed[len(header) :]
        if framed[: len(header)] != header:
            raise CorruptError(f"chunk {index} at offset {record.offset}: its frame is damaged")
        if crc32c(data) != record.crc32c:
            raise CorruptError(f"chunk {index} at offset {record.offset}: its checksum does not match its data")
        return data

    def base(self, wanted: BaseTensor, /) -> TypedArray:
        """A tensor of one of the bases.

        Raises:
            UnsupportedError: none of them holds it.
        """
        return self._bases.find(wanted)

    def raw(self, offset: int, size: int, /) -> memoryview:
        """Bytes of the file as they are, for those who check it."""
        return self._source.read(offset, size)

    def close(self) -> None:
        """Let go of the file, of the bases it opened and of what the cache holds."""
        self._cache.clear()
        for base in self._opened:
            base.close()
        self._source.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_bases(self, bases: Sequence[BaseLike]) -> Bases:
        if not isinstance(bases, list | tuple):
            raise InvalidInputError("bases are a list of files or of mappings from names to arrays")
        tensors: list[Mapping[str, Any]] = []
        for source in reversed(bases):
            if isinstance(source, Mapping):
                tensors.insert(0, source)
                continue
            reader = Reader(source, threads=self.threads, limits=self._limits, bases=list(tensors))
            self._opened.append(reader)
            tensors.insert(0, reader)
        return Bases([_base(each) for each in tensors])

    def _check_tensors(self) -> None:
        around = Surroundings(
            chunk_sizes=[chunk.size for chunk in self._manifest.chunks],
            element_types=self._element_type,
            shapes=lambda name: self._tensors[name].shape if name in self._tensors else None,
            holds_alias=lambda name: holds_alias(self._tensors[name].encoding),
            limits=self._limits,
        )
        for record in self._manifest.tensors:
            try:
                record.encoding.check(record.shape, around)
                check_size(record.shape, record.element_type, around)
                stored_type = record.encoding.result_type(around)
                retyped_alias = isinstance(record.encoding, AliasNode) and stored_type != record.element_type
                if retyped_alias or not convertible(stored_type, record.element_type):
                    raise CorruptError(f"{stored_type} values stored for a tensor of {record.element_type}")
            except QModelError as error:
                raise type(error)(f"tensor {record.name!r}: {error}") from None

    def _element_type(self, name: str) -> ElementType | None:
        record = self._tensors.get(name)
        return record.element_type if record else None


def _read_manifest(source: Source, limits: Limits) -> tuple[Manifest, int]:
    """The manifest, and where its field starts in the file."""
    if source.size < SMALLEST_FILE or bytes(source.read(0, len(SIGNATURE))) != SIGNATURE:
        raise CorruptError("not a .qmodel file: its first bytes are not the signature")
    trailer_offset = source.size - TRAILER_SIZE
    offset, size, checksum = unpack_trailer(bytes(source.read(trailer_offset, TRAILER_SIZE)))
    header = field_header(MANIFEST_TAG, size)
    if offset + size != trailer_offset or offset < len(SIGNATURE) + len(header):
        raise CorruptError(
            f"the trailer places a manifest of {size} bytes at {offset} in a file of {source.size} bytes"
        )
    if size > limits.max_manifest_bytes:
        raise LimitError(f"the manifest has {size} bytes, limit {limits.max_manifest_bytes}")
    framed = bytes(source.read(offset - len(header), len(header) + size))
    manifest = framed[len(header) :]
    if framed[: len(header)] != header:
        raise CorruptError("the frame of the manifest is damaged")
    if crc32c(manifest) != checksum:
        raise CorruptError("the manifest's checksum does not match its data")
    return manifest_from_bytes(manifest, limits=limits), offset - len(header)


def _check_layout(manifest: Manifest, end_of_chunks: int) -> None:
    """The chunks' places follow from their sizes; anything else would let two readers see two files."""
    end = len(SIGNATURE)
    offsets = chunk_offsets(chunk.size for chunk in manifest.chunks)
    for number, (chunk, offset) in enumerate(zip(manifest.chunks, offsets, strict=True)):
        if chunk.offset != offset:
            raise CorruptError(f"chunk {number} is placed at offset {chunk.offset}; its place is {offset}")
        end = offset + chunk.size
    if end > end_of_chunks:
        raise CorruptError(
            f"the chunks end at offset {end}, behind the start of the manifest's field at {end_of_chunks}"
        )
    if end < end_of_chunks:
        raise NonCanonicalError(f"the chunks end at offset {end}, the manifest follows at {end_of_chunks}")


def _base(tensors: Mapping[str, Any]) -> Base:
    if not isinstance(tensors, Reader):
        return Base(tensors, lambda name: typed_tensor(tensors, name))
    records = tensors.tensors
    return Base(records, tensors.tensor, lambda name: (records[name].element_type, records[name].shape))
