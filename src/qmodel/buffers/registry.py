"""The codings there are, by name (spec/buffers/README.md)."""

from __future__ import annotations

from qmodel.buffers.arithmetic import ArithmeticCoding
from qmodel.buffers.buffer import Coding
from qmodel.buffers.packed import Packed
from qmodel.buffers.rans import RansCoding
from qmodel.buffers.split import SplitCoding

CODINGS: dict[str, type[Coding]] = {
    coding.kind: coding for coding in (Packed, RansCoding, ArithmeticCoding, SplitCoding)
}
