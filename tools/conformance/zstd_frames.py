"""zstd frames without a compressor, whose bytes would change with its version: made by hand, or constants."""

# Made by libzstd 1.5.7: literals compressed by Huffman codes, and sequences.
ZSTD_PLAIN = bytes((i * i // 5 + (i % 7) * 3) % 12 for i in range(600))
ZSTD_HEX = (
    "28b52ffd605801550300220d188a3214213213205c36aa24d1dab3c2311c81cef84a0cb2097866370dd028627ae55241240952375b0be16850ca"
    "c719c8566332db4d01ed0aa3c75715f41348ed662deacea0f095f3a8b6c66ab31b8ee9153a2b1f31cc0f78d83d2dd41571f1050100d2c1aa6aa4"
)
ZSTD_CHECKSUM_PLAIN = bytes(i % 7 * 37 % 256 for i in range(96))
ZSTD_CHECKSUM_HEX = "28b52ffd24607d00004000254a6f94b9de000100a5a97001d19a2664"

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def zstd_block(data: bytes, *, repeat: int = 0, last: bool = False) -> bytes:
    """A block: `data` as it is, or its one byte `repeat` times (RFC 8878, section 3.1.1.2)."""
    return (last | (repeat << 3 | 2 if repeat else len(data) << 3)).to_bytes(3, "little") + data


def zstd_frame(data: bytes, *, declared: int | None = None, repeat: int = 0) -> bytes:
    """A zstd frame of one block: `data` as it is, or its first byte `repeat` times (RFC 8878, section 3.1.1)."""
    size = (repeat or len(data)) if declared is None else declared
    header = b"\x28\xb5\x2f\xfd\xa0" + size.to_bytes(4, "little")
    block = 1 | (repeat << 3 | 2 if repeat else len(data) << 3)
    return header + block.to_bytes(3, "little") + (data[:1] if repeat else data)
