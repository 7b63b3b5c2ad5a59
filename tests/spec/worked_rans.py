"""The worked bytes of the coding `rans`."""

import numpy as np

from qmodel import dtypes
from qmodel.buffers import encode_buffer
from qmodel.buffers.frequency_levels import Prediction, Row
from qmodel.buffers.frequency_tables import FrequencyTables
from qmodel.buffers.rans import RansCoding
from qmodel.buffers.rans_contexts import ContextModel, NeighbourContext, SeparableContext
from qmodel.buffers.scale_bytes import scales_to_bytes
from qmodel.encodings import PlainNode

S4 = dtypes.signed(4)
SCALES = np.array([0, -1, 2, 0, 5], np.int8)
VALUES = np.array([0, 1, 0, -1, 0, 0, 7, 1, 0, -1], np.int8)
TABLES = FrequencyTables(-1, 0, (0,), (Row((2, 5, 2), Prediction.MIRROR, 1),), (1,))
CODING = RansCoding(32, 10, TABLES.to_bytes(1))
PAYLOAD = bytes(CODING.encode(VALUES, S4))

MATRIX = np.array([[0, 0, 1, 0, 0, 0], [2, -1, 1, -2, 1, 3]], np.int8)
_NARROW, _WIDE = Row((0, 0, 2, 9, 2, 0, 0), Prediction.LINE, 1), Row((3, 4, 5, 6, 5, 4, 3), Prediction.CLASS, 0, 7)
CONTEXT = ContextModel(
    6,
    SeparableContext(scales_to_bytes(np.array([-2, 2], np.int8)), b"", (0,)),
    NeighbourContext((1, 2), (2, 1), (4,)),
)
CONTEXTUAL = RansCoding(32, 10, FrequencyTables(-3, 0, (0, 1, 1, 1), (_NARROW, _WIDE)).to_bytes(1), CONTEXT)
NODE = PlainNode(encode_buffer(MATRIX.reshape(-1), S4, CONTEXTUAL))
