"""Compiled twin of `qmodel.kernels.float_planes`: one loop for each width, which the compiler makes vectors of."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit


def split_into(bits: Array, place: int, planes: Array) -> None:
    """As `qmodel.kernels.float_planes.split_into`."""
    _SPLITS[bits.itemsize](bits, bits.dtype.type(place), planes)


def merge_into(planes: Array, place: int, bits: Array) -> None:
    """As `qmodel.kernels.float_planes.merge_into`."""
    _MERGES[bits.itemsize](planes, bits.dtype.type(place), bits)


@jit
def _split_2(bits: Array, place: int, planes: Array) -> None:
    one, eight = np.uint16(1), np.uint16(8)
    low = np.uint16((one << place) - one)
    exponents, remainder = planes[0], planes[1]
    for i in range(bits.size):
        whole = bits[i]
        exponents[i] = np.uint8(whole >> place)
        remainder[i] = np.uint8((whole & low) | ((whole >> eight) & ~low))


@jit
def _split_4(bits: Array, place: int, planes: Array) -> None:
    one, eight = np.uint32(1), np.uint32(8)
    low = np.uint32((one << place) - one)
    exponents, upper, middle, lower = planes[0], planes[1], planes[2], planes[3]
    for i in range(bits.size):
        whole = bits[i]
        rest = (whole & low) | ((whole >> eight) & ~low)
        exponents[i] = np.uint8(whole >> place)
        upper[i] = np.uint8(rest >> np.uint32(16))
        middle[i] = np.uint8(rest >> eight)
        lower[i] = np.uint8(rest)


@jit
def _split_8(bits: Array, place: int, planes: Array) -> None:
    one, eight = np.uint64(1), np.uint64(8)
    low = np.uint64((one << place) - one)
    for i in range(bits.size):
        whole = bits[i]
        rest = (whole & low) | ((whole >> eight) & ~low)
        planes[0, i] = np.uint8(whole >> place)
        for number in range(1, 8):
            planes[number, i] = np.uint8(rest >> np.uint64(8 * (7 - number)))


@jit
def _merge_2(planes: Array, place: int, bits: Array) -> None:
    one, eight = np.uint16(1), np.uint16(8)
    low = np.uint16((one << place) - one)
    exponents, remainder = planes[0], planes[1]
    for i in range(bits.size):
        rest = np.uint16(remainder[i])
        bits[i] = (np.uint16(exponents[i]) << place) | (rest & low) | ((rest & ~low) << eight)


@jit
def _merge_4(planes: Array, place: int, bits: Array) -> None:
    one, eight = np.uint32(1), np.uint32(8)
    low = np.uint32((one << place) - one)
    exponents, upper, middle, lower = planes[0], planes[1], planes[2], planes[3]
    for i in range(bits.size):
        rest = (np.uint32(upper[i]) << np.uint32(16)) | (np.uint32(middle[i]) << eight) | np.uint32(lower[i])
        bits[i] = (np.uint32(exponents[i]) << place) | (rest & low) | ((rest & ~low) << eight)


@jit
def _merge_8(planes: Array, place: int, bits: Array) -> None:
    one, eight = np.uint64(1), np.uint64(8)
    low = np.uint64((one << place) - one)
    for i in range(bits.size):
        rest = np.uint64(0)
        for number in range(1, 8):
            rest = (rest << eight) | np.uint64(planes[number, i])
        bits[i] = (np.uint64(planes[0, i]) << place) | (rest & low) | ((rest & ~low) << eight)


_SPLITS = {2: _split_2, 4: _split_4, 8: _split_8}
_MERGES = {2: _merge_2, 4: _merge_4, 8: _merge_8}
