"""The worked bytes of trellis."""

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Packed, store
from qmodel.encodings import TrellisNode

S4 = dtypes.signed(4)
NODE = TrellisNode(store(np.array([1, 0, -1, 2, 3, -4, 1, -1], np.int8), S4, coding=Packed()), 0.5, 4, 4)
VALUES = np.array([[1, 0.5, -0.5, 2.5], [3, -3.5, 1.5, -0.5]], np.float32)
