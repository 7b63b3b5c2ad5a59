"""What decoders of LZ4 blocks leave unchecked."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled

# A sequence takes some 64 times as long in Python as an element of an array in NumPy.
_WORK_OF_A_BYTE = 64


def has_null_offset(block: Array, /) -> bool:
    """Whether a match of an LZ4 block has the offset 0, which stands for no bytes at all; libraries invent some.

    Args:
        block: uint8, one axis; whatever else is wrong with it is not looked for.
    """
    module = compiled("lz4", _WORK_OF_A_BYTE * block.size)
    return bool(module.find_null_offset(block) if module else find_null_offset(block.tobytes()))


def find_null_offset(block: bytes | Array, /) -> bool:
    """As `has_null_offset`: the reference."""
    position, size = 0, len(block)
    while position < size:
        token = block[position]
        position += 1
        literals = token >> 4
        while literals >= 15 and position < size:
            part = block[position]
            position += 1
            literals += part
            if part < 255:
                break
        position += literals
        if position + 1 >= size:
            return False
        if block[position] == 0 and block[position + 1] == 0:
            return True
        position += 2
        if token & 15 == 15:
            while position < size and block[position] == 255:
                position += 1
            position += 1
    return False
