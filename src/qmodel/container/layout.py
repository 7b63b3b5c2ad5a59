"""Where things are in a file: the framing of the top-level fields, by hand (spec/container.md).

Chunks never pass through protobuf: it refuses messages of 2 GiB, copies what it reads, and cannot align.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from qmodel.buffers.varint import varint, varint_bytes
from qmodel.errors import CorruptError

SIGNATURE = b"\x0a\x08QMDL\r\n\x1a\n"
ALIGNMENT = 64
# Smaller chunks follow each other without padding.
SMALLEST_ALIGNED = 1 << 14

CHUNK_TAG = 0x12
PADDING_TAG = 0x1A
MANIFEST_TAG = 0x22

_TRAILER = struct.Struct("<3sQcIcIcI")
_TRAILER_MARKS = (b"\x7a\x18\x09", b"\x15", b"\x1d", b"\x25")
_MAGIC = int.from_bytes(b"QMDL", "little")
TRAILER_SIZE = _TRAILER.size
SMALLEST_FILE = len(SIGNATURE) + 2 + TRAILER_SIZE


def field_header(tag: int, size: int, /) -> bytes:
    """What stands before the content of a length-delimited field."""
    return bytes((tag,)) + varint(size)


def chunk_prefix(position: int, size: int, /) -> bytes:
    """All that stands between a position and the data of the next chunk: padding where needed, and the chunk's header.

    Args:
        position: where the field before ended, in bytes from the start of the file.
        size: size of the chunk's data in bytes.
    """
    header = field_header(CHUNK_TAG, size)
    gap = _gap(position, len(header), size)
    return (field_header(PADDING_TAG, gap - 2) + bytes(gap - 2) if gap else b"") + header


def chunk_offsets(sizes: Iterable[int], /) -> Iterator[int]:
    """Where the data of each chunk must stand: the layout follows from the sizes alone."""
    position = len(SIGNATURE)
    for size in sizes:
        header_size = 1 + varint_bytes(size)
        offset = position + _gap(position, header_size, size) + header_size
        yield offset
        position = offset + size


def _gap(position: int, header_size: int, size: int) -> int:
    """Bytes of padding, its own frame included, that bring the end of a large chunk's header to the alignment."""
    if size < SMALLEST_ALIGNED:
        return 0
    gap = -(position + header_size) % ALIGNMENT
    return gap + ALIGNMENT if gap == 1 else gap  # a padding field takes two bytes at least


def pack_trailer(manifest_offset: int, manifest_size: int, manifest_crc32c: int, /) -> bytes:
    """The last field of a file."""
    offset_mark, size_mark, crc_mark, magic_mark = _TRAILER_MARKS
    return _TRAILER.pack(
        offset_mark, manifest_offset, size_mark, manifest_size, crc_mark, manifest_crc32c, magic_mark, _MAGIC
    )


def unpack_trailer(data: bytes, /) -> tuple[int, int, int]:
    """Manifest offset, size and CRC-32C of the last bytes of a file.

    Raises:
        CorruptError: they are no trailer.
    """
    offset_mark, offset, size_mark, size, crc_mark, crc, magic_mark, magic = _TRAILER.unpack(data)
    if magic != _MAGIC or (offset_mark, size_mark, crc_mark, magic_mark) != _TRAILER_MARKS:
        raise CorruptError("no trailer at the end: the file is truncated, unfinished or not a .qmodel file")
    return offset, size, crc
