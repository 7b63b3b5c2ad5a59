"""Payloads, chunk runs, codings."""

from collections.abc import Iterable, Sequence

from qmodel.v1 import buffer_pb2, manifest_pb2
from tools.conformance.invalid.base import CORRUPT, DECODE, OPEN, buffer, changed, of, set_features, type_number
from tools.conformance.vector import Vector


def buffer_cases() -> Iterable[Vector]:
    """Payloads, chunk runs, codings."""
    run = "the number of chunks follows from count and elements_per_chunk"
    for name, rule, change in (
        ("buffer-type-missing", "a number of the schema", lambda m: buffer(m, "a").ClearField("element_type")),
        ("buffer-type-unknown", "a number of the schema", lambda m: setattr(buffer(m, "a"), "element_type", 133)),
        ("coding-missing", "a buffer has a coding", lambda m: buffer(m, "a").ClearField("packed")),
        ("codec-unknown", "a number of the schema", lambda m: setattr(buffer(m, "a").packed, "codec", 99)),
        ("filter-unknown", "a number of the schema", lambda m: setattr(buffer(m, "a").packed, "filter", 99)),
        ("filter-of-nothing", "a filter is for the type, also without elements", shuffle_of_nothing),
        ("shuffle-of-u8", "16, 32 or 64 bits", lambda m: setattr(buffer(m, "a").packed, "filter", 1)),
        ("payload-missing", "elements need a payload", lambda m: buffer(m, "a").ClearField("inline")),
        ("payload-too-short", "raw payloads have one size", lambda m: setattr(buffer(m, "a"), "inline", b"12345")),
        ("payload-too-long", "raw payloads have one size", lambda m: setattr(buffer(m, "a"), "inline", b"1234567")),
        ("payload-of-nothing", "no elements, no payload", no_elements),
        ("inline-1025-bytes", "at most 1,024 bytes inline", lambda m: set_bytes(m, 1025)),
        ("chunk-too-short", "raw payloads have one size", lambda m: set_lengths(m, "b", 6)),
        ("chunk-index-out-of-range", "an entry of the table", lambda m: set_run(m, "b", [3])),
        ("chunk-run-empty", "at least one chunk", lambda m: set_run(m, "b", [])),
        ("chunk-run-too-short", run, lambda m: set_run(m, "d", [1], 16)),
        ("chunk-run-too-long", run, lambda m: set_run(m, "d", [1, 2, 2], 16)),
        ("chunk-run-without-length", run, lambda m: set_run(m, "d", [1, 2], 0)),
        ("one-chunk-with-length", "absent with one chunk", lambda m: set_run(m, "b", [0], 8)),
        ("chunk-length-not-of-8", "a multiple of 8", lambda m: set_run(m, "d", [1, 2], 12)),
        ("chunk-length-above-1-gib", "1 GiB packed at most", two_huge_chunks),
    ):
        yield changed(name, CORRUPT, OPEN, rule, change)
    yield changed("unused-bits-set", CORRUPT, DECODE, "unused bits are 0", unused_bits)


def no_elements(message: manifest_pb2.Manifest) -> None:
    """An empty payload where there should be none."""
    of(message, "a").shape[:] = [0]
    buffer(message, "a").count, buffer(message, "a").inline = 0, b""


def shuffle_of_nothing(message: manifest_pb2.Manifest) -> None:
    """A byte shuffle of no elements of 8 bits."""
    no_elements(message)
    buffer(message, "a").ClearField("inline")
    buffer(message, "a").packed.filter = buffer_pb2.FILTER_BYTE_SHUFFLE
    set_features(message, ["affine", "alias", "byte_shuffle"])


def set_bytes(message: manifest_pb2.Manifest, count: int, data: bytes | None = None, *, codec: int = 0) -> None:
    """Make tensor a `count` bytes with an inline payload, zeros unless given."""
    of(message, "a").shape[:] = [count]
    stored = buffer(message, "a")
    stored.count, stored.inline = count, bytes(count) if data is None else data
    stored.packed.codec = codec


def set_lengths(message: manifest_pb2.Manifest, name: str, count: int) -> None:
    """Give a plain tensor one axis of `count` elements."""
    of(message, name).shape[:] = [count]
    buffer(message, name).count = count
    of(message, "e").shape[:] = [count]


def set_run(message: manifest_pb2.Manifest, name: str, indices: Sequence[int], per_chunk: int = 0) -> None:
    """Replace the chunk run of a plain tensor."""
    run = buffer(message, name).chunks
    run.index[:] = indices
    run.elements_per_chunk = per_chunk
    run.SetInParent()


def two_huge_chunks(message: manifest_pb2.Manifest) -> None:
    """A run whose first chunk would hold more than 1 GiB."""
    length = (1 << 30) + 8
    of(message, "d").shape[:] = [length + 1]
    of(message, "d").element_type = buffer(message, "d").element_type = type_number("u8")
    buffer(message, "d").packed.codec = 1
    buffer(message, "d").count = length + 1
    buffer(message, "d").chunks.elements_per_chunk = length
    set_features(message, ["affine", "alias", "zstd"])


def unused_bits(message: manifest_pb2.Manifest) -> None:
    """Three elements of 3 bits, and a bit set behind them."""
    set_bytes(message, 3, b"\x00\x02")
    of(message, "a").element_type = buffer(message, "a").element_type = type_number("u3")
