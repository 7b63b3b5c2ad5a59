"""The worked bytes of the coding `arithmetic`."""

import numpy as np

from qmodel import dtypes
from qmodel.buffers import encode_buffer
from qmodel.buffers.arithmetic import ArithmeticCoding
from qmodel.encodings import PlainNode

VALUES = np.array([[0, 1, -1, 0], [2, 3, -2, 1], [0, 1, -1, 0]], np.int8)
NODE = PlainNode(encode_buffer(VALUES.reshape(-1), dtypes.signed(4), ArithmeticCoding(columns=4)))
