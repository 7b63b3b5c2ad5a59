"""The worked bytes of the coding `split`."""

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, Packed, encode_buffer
from qmodel.buffers.split import SplitCoding
from qmodel.encodings import PlainNode
from qmodel.kernels.split import take_apart

VALUES = np.array([1, -2.5, 0.1], np.float32)
_LEADING_BITS, _WIDTHS = 8, (16, 8)


def _raw(part, bits):
    return encode_buffer(part, dtypes.unsigned(bits), Packed())


_LEADING, _PLANES = take_apart(VALUES.view(np.uint32), _LEADING_BITS, _WIDTHS)
CODING = SplitCoding(
    _raw(_LEADING, _LEADING_BITS), tuple(_raw(plane, width) for plane, width in zip(_PLANES, _WIDTHS, strict=True))
)
NODE = PlainNode(Buffer(dtypes.F32, VALUES.size, CODING, None))
