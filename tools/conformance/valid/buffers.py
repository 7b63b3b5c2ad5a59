"""Filters, codecs, chunk runs."""

from collections.abc import Iterable

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, Packed, Payloads
from qmodel.encodings import PlainNode
from tools.conformance.arithmetic import bits
from tools.conformance.draft import Draft
from tools.conformance.stored import in_chunks, payload, plain
from tools.conformance.zstd_frames import (
    ZSTD_CHECKSUM_HEX,
    ZSTD_CHECKSUM_PLAIN,
    ZSTD_HEX,
    ZSTD_PLAIN,
    zstd_frame,
)

U8, ZSTD = dtypes.unsigned(8), Packed("zstd")


def buffer_drafts() -> Iterable[Draft]:
    """Filters, codecs, chunk runs."""
    yield from (shuffled(), compressed(), several_chunks(), shared_chunk(), gaps(), inline_or_chunk())


def shuffled() -> Draft:
    """Byte shuffle alone."""
    draft = Draft(
        "packed-byte-shuffle", "byte shuffle without a codec, of every width it is for; inline and in a chunk"
    )
    for name in ("f16", "bf16", "u16", "f32", "s32", "f64", "u64"):
        element_type = dtypes.parse(name)
        values = bits([(i * 0x9E3779B97F4A7C15) % (1 << element_type.bits) for i in range(1, 6)], element_type)
        draft.add(f"{name}.inline", plain(values, element_type, Packed("none", "byte_shuffle")), values, element_type)
        node = in_chunks(values, element_type, coding=Packed("none", "byte_shuffle"))
        draft.add(f"{name}.chunk", node, values, element_type)
    return draft


def compressed() -> Draft:
    """Frames of zstd."""
    draft = Draft(
        "packed-zstd", "zstd blocks of each kind: raw, repeated, compressed; with a checksum; with byte shuffle"
    )
    draft.add("raw", payload(zstd_frame(b"qmodel"), 6, U8, ZSTD), np.frombuffer(b"qmodel", np.uint8), U8)
    draft.add("repeated", payload(zstd_frame(b"\x07", repeat=5000), 5000, U8, ZSTD), np.full(5000, 7), U8)
    for name, frame, text in (
        ("compressed", ZSTD_HEX, ZSTD_PLAIN),
        ("checksum", ZSTD_CHECKSUM_HEX, ZSTD_CHECKSUM_PLAIN),
    ):
        draft.add(name, payload(bytes.fromhex(frame), len(text), U8, ZSTD), np.frombuffer(text, np.uint8), U8)
    odd = payload(zstd_frame(bytes((0b01001001,) * 3 + (0b1,))), 25, dtypes.unsigned(1), ZSTD)
    draft.add("odd-bits", odd, [1, 0, 0, 1, 0, 0, 1, 0] * 3 + [1], dtypes.unsigned(1))
    planes = zstd_frame(bytes.fromhex("000000000080403f"))
    draft.add("shuffled", payload(planes, 2, dtypes.F32, Packed("zstd", "byte_shuffle")), [2.0, 1.0], dtypes.F32)
    return draft


def several_chunks() -> Draft:
    """Runs of chunks."""
    draft = Draft("chunks-several", "buffers of several chunks, the last shorter; one chunk used twice by a buffer")
    u3 = np.arange(29) * 5 % 8
    draft.add("u3", in_chunks(u3, dtypes.unsigned(3), 8), u3, dtypes.unsigned(3))
    f32 = (np.arange(17, dtype=np.float32) - 3) / 7
    draft.add("f32", in_chunks(f32, dtypes.F32, 16, Packed("none", "byte_shuffle")), f32, dtypes.F32)
    whole = np.arange(32) * 11 % 128
    draft.add("s7-full-last", in_chunks(whole, dtypes.signed(8), 16), whole, dtypes.signed(8))
    again = np.tile(np.arange(8), 3)
    draft.add("repeated", in_chunks(again, dtypes.unsigned(5), 8), again, dtypes.unsigned(5))
    frames = (zstd_frame(b"\x01", repeat=8), zstd_frame(b"\x02\x03"))
    run = PlainNode(Buffer(U8, 10, ZSTD, Payloads(frames, 8)))
    draft.add("zstd", run, [1] * 8 + [2, 3], U8)
    return draft


def shared_chunk() -> Draft:
    """One chunk, three tensors."""
    draft = Draft("chunks-shared", "one chunk serves three tensors, one of another type")
    values = np.arange(24, dtype=np.float32)
    for name in ("first", "second"):
        draft.add(name, in_chunks(values, dtypes.F32), values.reshape(2, 12), dtypes.F32)
    draft.add(
        "as-bits", in_chunks(values.view(np.uint32), dtypes.unsigned(32)), values.view(np.uint32), dtypes.unsigned(32)
    )
    return draft


def gaps() -> Draft:
    """Padding of every awkward size."""
    draft = Draft("chunks-gaps", "gaps of 0, 1, 2 and 3 bytes before a chunk; sizes where the varint grows")
    for number, size in enumerate((62, 61, 60, 59, 127, 128, 1, 64)):
        values = (np.arange(size) + number) % 256
        draft.add(f"{number}-{size}", in_chunks(values, U8), values, U8)
    return draft


def inline_or_chunk() -> Draft:
    """Two places for the same values."""
    draft = Draft("inline-or-chunk", "the same values inline and in a chunk; an inline payload of 1,024 bytes")
    values = np.arange(1024) % 251
    draft.add("inline", plain(values, U8), values, U8)
    draft.add("chunk", in_chunks(values, U8), values, U8)
    return draft
