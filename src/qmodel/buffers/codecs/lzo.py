"""LZO1X, because users ask for it by name: other codecs are smaller and faster.

C decoders of LZO wrote outside their buffers more than once (CVE-2014-4607, CVE-2014-4608), so both directions are this
library's own, with every length and distance checked.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from qmodel.buffers.buffer import BytesLike
from qmodel.buffers.codecs.codec import ByteCodec
from qmodel.kernels.lzo import compress, decompress


class Lzo(ByteCodec):
    """One LZO1X stream with its end marker."""

    name: ClassVar[str] = "lzo"

    def compress(self, data: BytesLike, /, *, part_bytes: int = 0) -> bytes:
        """See `ByteCodec.compress`."""
        return compress(np.frombuffer(data, np.uint8)).tobytes()

    def decompress(self, data: BytesLike, size: int, /) -> BytesLike:
        """See `ByteCodec.decompress`."""
        return decompress(np.frombuffer(data, np.uint8), size).data
