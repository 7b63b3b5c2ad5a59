"""Padding, the frames of chunks, and the chunk table."""

from collections.abc import Iterable

from qmodel.container.checksum import crc32c
from qmodel.container.layout import CHUNK_TAG, MANIFEST_TAG, SIGNATURE, field_header, pack_trailer
from qmodel.v1 import manifest_pb2
from tools.conformance.invalid.base import (
    CORRUPT,
    DECODE,
    NON_CANONICAL,
    OPEN,
    VERIFY,
    base,
    changed,
    invalid,
    of,
    serialized,
)
from tools.conformance.layout import laid_out
from tools.conformance.vector import Vector


def chunk_cases() -> Iterable[Vector]:
    """All of them."""
    yield from padding_cases()
    yield from frame_cases()
    yield unaligned()
    yield from table_cases()


def padding_cases() -> Iterable[Vector]:
    """What stands before a chunk's data."""
    chunks, message = base(aligned=True)
    whole = laid_out(chunks, serialized(message))
    first, second = (chunk.offset for chunk in message.chunks[:2])
    header = field_header(CHUNK_TAG, len(chunks[1]))
    at = first + len(chunks[0])
    gap = second - len(header) - at

    def with_gap(filling: bytes) -> bytes:
        return whole[:at] + filling + whole[at + len(filling) :]

    for name, rule, filling in (
        ("padding-not-zero", "padding is zeros", with_gap(bytes((0x1A, gap - 2)) + bytes(gap - 3) + b"\x01")),
        ("padding-split", "one padding field", with_gap(bytes((0x1A, 1, 0, 0x1A, gap - 5)))),
        ("padding-other-field", "nothing but padding fills a gap", with_gap(b"\x2a")),
        ("padding-holds-manifest", "a second manifest, which merges with the first in a parser", with_gap(b"\x22")),
        ("padding-overlong", "sizes are shortest varints", with_gap(bytes((0x1A, (gap - 3) | 0x80, 0)))),
    ):
        yield invalid(name, NON_CANONICAL, VERIFY, rule, filling)
    overlong = with_gap(field_header(0x1A, gap - 3) + bytes(gap - 3) + header[:-1] + bytes((header[-1] | 0x80, 0)))
    yield invalid("chunk-frame-overlong", CORRUPT, DECODE, "sizes are shortest varints", overlong)


def frame_cases() -> Iterable[Vector]:
    """One byte of a small chunk or right before it."""
    chunks, message = base()
    whole, at = laid_out(chunks, serialized(message)), message.chunks[1].offset
    for name, rule, place, byte in (
        ("chunk-frame-tag", "tag 12 precedes a chunk", at - 2, 0x2A),
        ("chunk-frame-size", "the frame's size is the table's", at - 1, whole[at - 1] - 1),
        ("chunk-bit-flipped", "CRC-32C of the chunk", at, whole[at] ^ 0x10),
    ):
        yield invalid(name, CORRUPT, DECODE, rule, whole[:place] + bytes((byte,)) + whole[place + 1 :])


def unaligned() -> Vector:
    """A file without any padding."""
    chunks, message = base(aligned=True)
    file = bytearray(SIGNATURE)
    for entry, chunk in zip(message.chunks, chunks, strict=True):
        file += field_header(CHUNK_TAG, len(chunk))
        entry.offset = len(file)
        file += chunk
    manifest = serialized(message)
    file += field_header(MANIFEST_TAG, len(manifest))
    file += manifest + pack_trailer(len(file), len(manifest), crc32c(manifest))
    return invalid("chunk-unaligned", CORRUPT, OPEN, "chunks of 16 KiB and more are aligned to 64", bytes(file))


def table_cases() -> Iterable[Vector]:
    """The chunk table, and what refers to it."""
    place = "a chunk's offset follows from the sizes before it"
    for name, kind, rule, change in (
        ("chunk-offset-moved", CORRUPT, place, lambda m: setattr(m.chunks[0], "offset", 128)),
        ("chunk-offset-overlaps", CORRUPT, place, lambda m: setattr(m.chunks[1], "offset", 64)),
        ("chunk-table-swapped", CORRUPT, place, swap_chunks),
        ("chunk-size-zero", CORRUPT, "a chunk has at least one byte", lambda m: setattr(m.chunks[0], "size", 0)),
        ("chunk-size-above-1-gib", CORRUPT, "1 GiB at most", lambda m: setattr(m.chunks[2], "size", (1 << 30) + 1)),
        ("chunk-reaches-manifest", CORRUPT, "chunks end where the manifest field starts", one_long_chunk),
        ("chunk-not-in-table", NON_CANONICAL, "every chunk is in the table", drop_last_chunk),
    ):
        yield changed(name, kind, OPEN, rule, change)
    for name, kind, at, rule, change in (
        ("chunk-checksum", CORRUPT, DECODE, "CRC-32C of the chunk", lambda m: setattr(m.chunks[0], "crc32c", 1)),
        ("chunk-unreferenced", NON_CANONICAL, VERIFY, "every chunk belongs to a tensor", drop_last_tensor),
    ):
        yield changed(name, kind, at, rule, change)


def swap_chunks(message: manifest_pb2.Manifest) -> None:
    """Exchange two entries of the chunk table and the references to them."""
    entries = [manifest_pb2.Chunk.FromString(entry.SerializeToString()) for entry in message.chunks]
    message.chunks[0].CopyFrom(entries[1])
    message.chunks[1].CopyFrom(entries[0])


def one_long_chunk(message: manifest_pb2.Manifest) -> None:
    """Let the last chunk of the table be longer than what stands before the manifest."""
    message.chunks[-1].size += 200


def drop_last_tensor(message: manifest_pb2.Manifest) -> None:
    """Remove the last tensor with chunks; these stay."""
    message.tensors.remove(of(message, "d"))


def drop_last_chunk(message: manifest_pb2.Manifest) -> None:
    """Remove the last tensor with chunks, and its chunks from the table."""
    drop_last_tensor(message)
    del message.chunks[1:]
