"""The manifest: a file's tensors, chunks, graph and free text (spec/manifest.md)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from qmodel.dtypes import ElementType
from qmodel.encodings import Node
from qmodel.errors import CorruptError, LimitError, NonCanonicalError, QModelError, QModelWarning, UnsupportedError
from qmodel.graph import Graph
from qmodel.limits import DEFAULT_LIMITS, MAX_CHUNK_BYTES, MAX_GOLDEN_SAMPLES, Limits
from qmodel.v1 import golden_pb2, manifest_pb2
from qmodel.wire.element_type import element_type_number, element_type_of
from qmodel.wire.encoding import node_from_message, node_to_message
from qmodel.wire.features import check_features
from qmodel.wire.golden import GoldenSample, golden_from_message, golden_to_message
from qmodel.wire.graph import graph_from_message, graph_to_message
from qmodel.wire.quality import (
    ModelQuality,
    TensorQuality,
    model_quality_from_message,
    model_quality_to_message,
    tensor_quality_from_message,
)
from qmodel.wire.shape import checked_shape
from qmodel.wire.text import check_names, check_text, utf8_order

VERSION_MAJOR = 1
VERSION_MINOR = 0


@dataclass(frozen=True, slots=True)
class ChunkRecord:
    """One entry of the chunk table: position and size in bytes, and CRC-32C."""

    offset: int
    size: int
    crc32c: int


@dataclass(frozen=True, slots=True)
class TensorRecord:
    """One tensor: name, shape, the element type a reader hands out, how it is represented, what that lost."""

    name: str
    shape: tuple[int, ...]
    element_type: ElementType
    encoding: Node
    quality: TensorQuality | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A file's table of contents; tensors are sorted by name."""

    chunks: tuple[ChunkRecord, ...] = ()
    tensors: tuple[TensorRecord, ...] = ()
    required_features: tuple[str, ...] = ()
    producer: str = ""
    graph: Graph | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    recipe: str = ""
    quality: ModelQuality | None = None
    golden: tuple[GoldenSample, ...] = ()
    version: tuple[int, int] = (VERSION_MAJOR, VERSION_MINOR)


def manifest_to_bytes(manifest: Manifest, /) -> bytes:
    """The canonical serialization of a manifest whose buffers are written."""
    message = manifest_pb2.Manifest(
        version_major=manifest.version[0],
        version_minor=manifest.version[1],
        required_features=sorted(manifest.required_features, key=utf8_order),
        producer=manifest.producer,
        recipe=manifest.recipe,
    )
    for chunk in manifest.chunks:
        message.chunks.add(offset=chunk.offset, size=chunk.size, crc32c=chunk.crc32c)
    for tensor in manifest.tensors:
        _tensor_to_message(tensor, message.tensors.add())
    if manifest.graph:
        message.graph.SetInParent()
        graph_to_message(manifest.graph, message.graph)
    for key in sorted(manifest.metadata, key=utf8_order):
        message.metadata.add(key=key, value=manifest.metadata[key])
    if manifest.quality:
        model_quality_to_message(manifest.quality, message.quality)
    for sample in manifest.golden:
        golden_to_message(sample, message.golden.add())
    return message.SerializeToString(deterministic=True)


def manifest_from_bytes(data: bytes, /, *, limits: Limits = DEFAULT_LIMITS) -> Manifest:
    """Parse a manifest and check all of it that needs neither the chunks nor other parts of the file.

    Raises:
        CorruptError: it breaks a rule of the specification.
        UnsupportedError: it needs what this version does not implement.
        LimitError: it has more tensors or chunks than the limits allow.
    """
    message = manifest_pb2.Manifest()
    try:
        message.ParseFromString(data)
    except (DecodeError, UnicodeDecodeError) as error:
        raise CorruptError(f"the manifest is not a protobuf message: {error}") from None
    _check_version(message)
    check_features(message.required_features)
    _check_canonical(message, data)
    _check_counts(message, limits)
    check_names("feature", message.required_features)
    check_names("tensor", [tensor.name for tensor in message.tensors])
    check_names("metadata", [each.key for each in message.metadata])
    check_text("producer", message.producer)
    return Manifest(
        chunks=tuple(_chunk_from_message(chunk) for chunk in message.chunks),
        tensors=tuple(_tensor_from_message(tensor) for tensor in message.tensors),
        required_features=tuple(message.required_features),
        producer=message.producer,
        graph=graph_from_message(message.graph) if message.HasField("graph") else None,
        metadata={each.key: each.value for each in message.metadata},
        recipe=message.recipe,
        quality=model_quality_from_message(message.quality) if message.HasField("quality") else None,
        golden=_golden_from_messages(message.golden),
        version=(message.version_major, message.version_minor),
    )


def _check_version(message: manifest_pb2.Manifest) -> None:
    if message.version_major != VERSION_MAJOR:
        wanted = f"this reader knows version {VERSION_MAJOR}"
        raise UnsupportedError(f"unsupported: the file has format version {message.version_major}; {wanted}")
    if message.version_minor > VERSION_MINOR:
        warnings.warn(
            f"the file has format version {VERSION_MAJOR}.{message.version_minor}, this reader knows "
            f"{VERSION_MAJOR}.{VERSION_MINOR}: what is new in it is not seen",
            QModelWarning,
            stacklevel=2,
        )


def _check_canonical(message: manifest_pb2.Manifest, data: bytes) -> None:
    """Refuse unknown fields and any second way to serialize the same message; a newer minor version may have both."""
    if message.version_minor > VERSION_MINOR:
        message.DiscardUnknownFields()
        return
    size = len(message.SerializeToString(deterministic=True))
    message.DiscardUnknownFields()
    known = message.SerializeToString(deterministic=True)
    if len(known) != size:
        raise CorruptError("the manifest has fields that its format version does not define")
    if known != data:
        raise NonCanonicalError("the manifest is not in canonical form")


def _check_counts(message: manifest_pb2.Manifest, limits: Limits) -> None:
    for what, count, most in (
        ("tensors", len(message.tensors), limits.max_tensors),
        ("chunks", len(message.chunks), limits.max_chunks),
    ):
        if count > most:
            raise LimitError(f"the file has {count} {what}, limit {most}")


def _golden_from_messages(messages: Sequence[golden_pb2.GoldenSample]) -> tuple[GoldenSample, ...]:
    if len(messages) > MAX_GOLDEN_SAMPLES:
        raise CorruptError(f"{len(messages)} golden samples; at most {MAX_GOLDEN_SAMPLES} are allowed")
    samples = []
    for number, message in enumerate(messages):
        try:
            samples.append(golden_from_message(message))
        except QModelError as error:
            raise type(error)(f"golden sample {number}: {error}") from None
    return tuple(samples)


def _chunk_from_message(message: manifest_pb2.Chunk) -> ChunkRecord:
    if not 1 <= message.size <= MAX_CHUNK_BYTES:
        raise CorruptError(f"chunk of {message.size} bytes; 1 to {MAX_CHUNK_BYTES} are allowed")
    return ChunkRecord(message.offset, message.size, message.crc32c)


def _tensor_to_message(tensor: TensorRecord, message: manifest_pb2.Tensor) -> None:
    message.name = tensor.name
    message.shape.extend(tensor.shape)
    message.element_type = element_type_number(tensor.element_type)  # type: ignore[assignment]
    node_to_message(tensor.encoding, message.encoding)
    if tensor.quality:
        message.quality.relative_mse = tensor.quality.relative_mse
        message.quality.max_abs_error = tensor.quality.max_abs_error


def _tensor_from_message(message: manifest_pb2.Tensor) -> TensorRecord:
    try:
        return TensorRecord(
            name=message.name,
            shape=checked_shape(tuple(message.shape)),
            element_type=element_type_of(message.element_type),
            encoding=node_from_message(message.encoding),
            quality=tensor_quality_from_message(message.quality) if message.HasField("quality") else None,
        )
    except QModelError as error:
        raise type(error)(f"tensor {message.name!r}: {error}") from None
