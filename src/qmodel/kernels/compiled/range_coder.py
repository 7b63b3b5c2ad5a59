"""Compiled twin of `qmodel.kernels.range_coder`: both directions in one function.

A coder is its registers, int64 of shape (4,), and its bytes, uint8. An encoder has in the registers the least number of
its range, the range, and how many bytes it has written; a decoder how much the payload exceeds that number, the range,
how many bytes it has taken, and a 1.
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.range_coder import EVEN, LEAST_RANGE, WORD, WORD_BITS, WORD_BYTES, ends_as_encoded

NUMBER, RANGE, POSITION, IS_DECODER = range(4)
# More than any element takes.
ROOM = 512

_ends_as_encoded = jit(ends_as_encoded)


@jit
def first_encoder() -> Array:
    """Registers of an encoder."""
    registers = np.zeros(4, np.int64)
    registers[RANGE] = WORD
    return registers


@jit
def first_decoder(payload: Array) -> Array:
    """Registers of a decoder."""
    registers = np.zeros(4, np.int64)
    registers[RANGE] = WORD
    registers[IS_DECODER] = 1
    for _ in range(WORD_BYTES):
        _take_byte(registers, payload)
    return registers


@jit
def code_bit(registers: Array, data: Array, bit: int, probability: int) -> int:
    """As `qmodel.kernels.range_coder.BitCoder.code`."""
    part = (registers[RANGE] >> 16) * probability
    if registers[IS_DECODER]:
        bit = 1 if registers[NUMBER] < part else 0
        if not bit:
            registers[NUMBER] -= part
    elif not bit:
        registers[NUMBER] += part
    registers[RANGE] = part if bit else registers[RANGE] - part
    while registers[RANGE] < LEAST_RANGE:
        if registers[IS_DECODER]:
            _take_byte(registers, data)
        else:
            _put_byte(registers, data)
        registers[RANGE] <<= 8
    return bit


@jit
def code_plain(registers: Array, data: Array, number: int, bits: int) -> int:
    """As `qmodel.kernels.range_coder.code_plain`."""
    coded = 0
    for place in range(bits - 1, -1, -1):
        coded = 2 * coded + code_bit(registers, data, number >> place & 1, EVEN)
    return coded


@jit
def with_room(registers: Array, out: Array) -> Array:
    """The bytes of an encoder, moved to an array that has twice the room."""
    larger = np.empty(2 * out.size + ROOM, np.uint8)
    larger[: out.size] = out
    return larger


@jit
def finish(registers: Array, out: Array) -> Array:
    """As `qmodel.kernels.range_coder.BitEncoder.finish`."""
    low, number = registers[NUMBER], registers[NUMBER]
    kept = 0
    for kept in range(WORD_BYTES + 1):
        unit = 1 << WORD_BITS - 8 * kept
        number = (low + unit - 1) // unit * unit
        if number < low + registers[RANGE]:
            break
    registers[NUMBER] = number
    for _ in range(kept):
        _put_byte(registers, out)
    _carry(registers, out)
    if registers[POSITION] == 0:
        out[0] = 0
    return out[: max(registers[POSITION], 1)]


@jit
def is_exhausted(registers: Array, payload: Array) -> bool:
    """Whether a decoder has taken more bytes than an encoder leaves out."""
    return bool(registers[POSITION] > payload.size + WORD_BYTES)


@jit
def decoder_ends(registers: Array, payload: Array) -> bool:
    """Whether the payload is what an encoder ends with, as `BitDecoder.check_end` tells."""
    last = int(payload[-1]) if payload.size else -1
    return bool(_ends_as_encoded(last, payload.size, registers[POSITION], registers[NUMBER], registers[RANGE]))


@jit
def _put_byte(registers: Array, out: Array) -> None:
    _carry(registers, out)
    out[registers[POSITION]] = registers[NUMBER] >> WORD_BITS - 8
    registers[NUMBER] = registers[NUMBER] << 8 & WORD
    registers[POSITION] += 1


@jit
def _carry(registers: Array, out: Array) -> None:
    if registers[NUMBER] <= WORD:
        return
    place = registers[POSITION] - 1
    while out[place] == 0xFF:
        out[place] = 0
        place -= 1
    out[place] += 1
    registers[NUMBER] &= WORD


@jit
def _take_byte(registers: Array, payload: Array) -> None:
    position = registers[POSITION]
    byte = int(payload[position]) if position < payload.size else 0
    registers[NUMBER] = registers[NUMBER] << 8 | byte
    registers[POSITION] = position + 1
