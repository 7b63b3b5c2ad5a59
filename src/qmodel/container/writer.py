"""Writes a file in one pass: chunks as they come, the manifest at the end (spec/container.md)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType, TracebackType
from typing import BinaryIO

from qmodel.buffers import Buffer, Chunks, Payloads
from qmodel.buffers.parallel import parallel_map
from qmodel.container.checksum import BytesLike, crc32c
from qmodel.container.destination import Destination
from qmodel.container.golden import check_golden
from qmodel.container.layout import (
    MANIFEST_TAG,
    SIGNATURE,
    chunk_prefix,
    field_header,
    pack_trailer,
)
from qmodel.container.sharing import repeated_payloads, with_chunks
from qmodel.errors import CorruptError, InvalidInputError, LimitError, StorageError
from qmodel.graph import Graph
from qmodel.limits import MAX_MANIFEST_BYTES, Limits
from qmodel.version import __version__
from qmodel.wire import (
    ChunkRecord,
    GoldenSample,
    Manifest,
    ModelQuality,
    TensorRecord,
    manifest_from_bytes,
    manifest_to_bytes,
)
from qmodel.wire.sharing import manifest_bytes_saved

PRODUCER = f"qmodel-format {__version__}"


class Writer:
    """A file being written; a context manager that leaves nothing behind when its body fails.

    It keeps the records of tensors and chunks in memory, never their payloads.

    Args:
        target: path, whose content appears only when the file is complete; or a binary file object, written in order.
        threads: number of threads that may work at once.

    Raises:
        InvalidInputError: the target is neither; on entering: it cannot be written to.
    """

    def __init__(self, target: str | os.PathLike[str] | BinaryIO, *, threads: int = 1) -> None:
        self._destination = Destination(target)
        self._threads = threads
        self._file: BinaryIO
        self._position = 0
        self._chunks: list[ChunkRecord] = []
        self._chunk_of_digest: dict[bytes, int] = {}
        self._tensors: dict[str, TensorRecord] = {}
        self._golden: list[GoldenSample] = []

    def add(self, record: TensorRecord, /) -> TensorRecord:
        """Write the payloads of a tensor that are not written yet.

        Returns:
            The record, with chunks in place of payloads.

        Raises:
            InvalidInputError: there is a tensor of that name already.
            StorageError: the disk is full, or the like.
        """
        if record.name in self._tensors:
            raise InvalidInputError(f"tensor {record.name!r} is there already")
        if not self._position:
            self._write(SIGNATURE)
        stored = replace(record, encoding=record.encoding.with_buffers(self._store))
        self._tensors[record.name] = stored
        return stored

    @property
    def tensors(self) -> Mapping[str, TensorRecord]:
        """The tensors written so far, by name."""
        return MappingProxyType(self._tensors)

    def add_golden(self, sample: GoldenSample, /) -> None:
        """Write the payloads of a golden sample that are not written yet; raises as `add` does."""
        if not self._position:
            self._write(SIGNATURE)
        self._golden.append(sample.with_buffers(self._store))

    def written_chunk(self, index: int, /) -> memoryview:
        """The bytes of a chunk, read back from the file.

        Raises:
            InvalidInputError: the target is a file object that cannot be read.
        """
        record = self._chunks[index]
        try:
            end = self._file.tell()
            self._file.seek(end - self._position + record.offset)
            data = self._file.read(record.size)
            self._file.seek(end)
        except (OSError, AttributeError) as error:
            advice = "give a path, or a file object that reads and seeks as well"
            raise InvalidInputError(f"what was written cannot be read back ({error}); {advice}") from None
        return memoryview(data)

    def finish(
        self,
        *,
        graph: Graph | None = None,
        metadata: Mapping[str, str] | None = None,
        recipe: str = "",
        quality: ModelQuality | None = None,
    ) -> int:
        """Write the manifest and the trailer, before them chunks for payloads that several buffers hold inline.

        Returns:
            The size of the whole file in bytes.

        Raises:
            InvalidInputError: the graph or the text breaks a rule of the format.
            LimitError: the manifest exceeds the format's limit.
            StorageError: the disk is full, or the like.
        """
        tensors = self._sharing([self._tensors[name] for name in sorted(self._tensors, key=str.encode)])
        features = frozenset[str]().union(
            *(tensor.encoding.all_features() for tensor in tensors), *(sample.features() for sample in self._golden)
        )
        manifest = manifest_to_bytes(
            Manifest(
                chunks=tuple(self._chunks),
                tensors=tensors,
                required_features=tuple(features),
                producer=PRODUCER,
                graph=graph,
                metadata=metadata or {},
                recipe=recipe,
                quality=quality,
                golden=tuple(self._golden),
            )
        )
        if len(manifest) > MAX_MANIFEST_BYTES:
            raise LimitError(f"the manifest would have {len(manifest)} bytes, at most {MAX_MANIFEST_BYTES} are allowed")
        _check_readable(manifest)
        if not self._position:
            self._write(SIGNATURE)
        self._write(field_header(MANIFEST_TAG, len(manifest)))
        trailer = pack_trailer(self._position, len(manifest), crc32c(manifest))
        self._write(manifest)
        self._write(trailer)
        return self._position

    def __enter__(self) -> Writer:
        self._file = self._destination.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._destination.__exit__(kind, error, trace)

    def _store(self, buffer: Buffer) -> Buffer:
        if not isinstance(buffer.location, Payloads):
            return buffer
        parts = buffer.location.parts
        identities = parallel_map(_identity, parts, threads=self._threads)
        indices = tuple(self._store_chunk(part, *identity) for part, identity in zip(parts, identities, strict=True))
        return replace(buffer, location=Chunks(indices, buffer.location.elements_per_chunk))

    def _store_chunk(self, data: BytesLike, digest: bytes, checksum: int) -> int:
        known = self._chunk_of_digest.get(digest)
        if known is not None:
            return known
        self._write(chunk_prefix(self._position, len(data)))
        self._chunks.append(ChunkRecord(self._position, len(data), checksum))
        self._write(data)
        return self._chunk_of_digest.setdefault(digest, len(self._chunks) - 1)

    def _sharing(self, tensors: list[TensorRecord]) -> tuple[TensorRecord, ...]:
        """The tensors, with one chunk for a payload that several hold inline, wherever the file is shorter so."""
        chunk_of = {}
        for payload, uses in repeated_payloads(tensors).items():
            prefix, (digest, checksum) = chunk_prefix(self._position, len(payload)), _identity(payload)
            chunk = ChunkRecord(self._position + len(prefix), len(payload), checksum)
            if manifest_bytes_saved(chunk, len(self._chunks), uses) > len(prefix) + len(payload):
                chunk_of[payload] = self._store_chunk(payload, digest, checksum)
        return tuple(with_chunks(tensor, chunk_of) for tensor in tensors) if chunk_of else tuple(tensors)

    def _write(self, data: BytesLike) -> None:
        try:
            written = self._file.write(data)
        except OSError as error:
            raise StorageError(f"writing failed after {self._position} bytes: {error.strerror or error}") from error
        if written is not None and written != len(data):
            raise StorageError(f"writing failed after {self._position} bytes: only {written} of {len(data)} were taken")
        self._position += len(data)


def _check_readable(manifest: bytes) -> None:
    """Refuse to write what a reader would refuse to open."""
    try:
        limits = Limits(max_manifest_bytes=MAX_MANIFEST_BYTES)
        check_golden(manifest_from_bytes(manifest, limits=limits), limits)
    except CorruptError as error:
        raise InvalidInputError(f"the model breaks a rule of the format: {error}") from None


def _identity(data: BytesLike) -> tuple[bytes, int]:
    return hashlib.sha256(data).digest(), crc32c(data)
