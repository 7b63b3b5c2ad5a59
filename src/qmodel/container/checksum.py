"""CRC-32C of bytes-like objects."""

from __future__ import annotations

import google_crc32c
import numpy as np

BytesLike = bytes | memoryview


def crc32c(data: BytesLike, /) -> int:
    """CRC-32C (Castagnoli polynomial, RFC 3720 appendix B.4)."""
    return int(google_crc32c.value(np.frombuffer(data, dtype=np.uint8)))
