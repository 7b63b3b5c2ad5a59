"""zstd frames that hold something else than the elements."""

from collections.abc import Iterable
from functools import partial

from qmodel.v1 import manifest_pb2
from tools.conformance.invalid.base import CORRUPT, DECODE, buffer, changed, of, set_features, type_number
from tools.conformance.invalid.buffers import set_bytes
from tools.conformance.vector import Vector
from tools.conformance.zstd_frames import ZSTD_CHECKSUM_HEX, zstd_frame


def zstd_cases() -> Iterable[Vector]:
    """Frames that hold something else than the elements."""
    good = zstd_frame(b"qmodel")
    checked = bytes.fromhex(ZSTD_CHECKSUM_HEX)
    no_size = b"\x28\xb5\x2f\xfd\x00\x00" + good[9:]
    for name, rule, count, data in (
        ("zstd-size-differs", "Frame_Content_Size is the packed size", 5, good),
        ("zstd-no-content-size", "Frame_Content_Size is present", 6, no_size),
        ("zstd-holds-less", "a frame holds what it declares", 7, zstd_frame(b"qmodel", declared=7)),
        ("zstd-holds-more", "a frame holds what it declares", 6, zstd_frame(b"q", declared=6, repeat=131072)),
        ("zstd-bomb", "Frame_Content_Size is the packed size", 6, zstd_frame(b"q", declared=1 << 30, repeat=131072)),
        ("zstd-trailing-byte", "one frame and nothing else", 6, good + b"\0"),
        ("zstd-two-frames", "one frame and nothing else", 6, zstd_frame(b"qmo") + zstd_frame(b"del")),
        ("zstd-skippable-after", "one frame and nothing else", 6, good + b"\x50\x2a\x4d\x18" + bytes(4)),
        ("zstd-skippable-before", "one frame and nothing else", 6, b"\x50\x2a\x4d\x18" + bytes(4) + good),
        ("zstd-dictionary", "no dictionary", 6, b"\x28\xb5\x2f\xfd\xa1\x07" + good[5:]),
        ("zstd-checksum", "a Content_Checksum, where there is one, is right", 96, checked[:-1] + b"\0"),
        ("zstd-truncated", "one whole frame", 6, good[:-1]),
        ("zstd-reserved-block", "RFC 8878", 6, good[:9] + bytes((good[9] | 6,)) + good[10:]),
        ("zstd-not-a-frame", "RFC 8878", 6, b"qmodel"),
        ("zstd-empty", "RFC 8878", 6, b""),
    ):
        yield changed(name, CORRUPT, DECODE, rule, partial(zstd_bytes, count=count, data=data))
    yield changed("zstd-unused-bits-set", CORRUPT, DECODE, "unused bits are 0", zstd_unused_bits)


def zstd_bytes(message: manifest_pb2.Manifest, count: int, data: bytes) -> None:
    """Make tensor a `count` bytes, compressed as given."""
    set_bytes(message, count, data, codec=1)
    set_features(message, ["affine", "alias", "zstd"])


def zstd_unused_bits(message: manifest_pb2.Manifest) -> None:
    """Three elements of 3 bits, and a bit set behind them."""
    zstd_bytes(message, 3, zstd_frame(b"\x00\x02"))
    of(message, "a").element_type = buffer(message, "a").element_type = type_number("u3")
