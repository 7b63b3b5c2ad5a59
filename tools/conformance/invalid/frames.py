"""Signature, trailer, and the frame of the manifest."""

from collections.abc import Iterable

from qmodel.container.checksum import crc32c
from qmodel.container.layout import MANIFEST_TAG, field_header, pack_trailer
from tools.conformance.invalid.base import CORRUPT, NON_CANONICAL, OPEN, UNSUPPORTED, base, invalid, serialized
from tools.conformance.layout import laid_out
from tools.conformance.vector import Vector


def frame_cases() -> Iterable[Vector]:
    """All of them."""
    yield from end_cases()
    yield from manifest_frame_cases()


def end_cases() -> Iterable[Vector]:
    """The signature and the trailer."""
    chunks, message = base()
    whole = laid_out(chunks, serialized(message))
    for name, rule, data in (
        ("signature-wrong", "the file starts with the signature", whole.replace(b"QMDL\r\n", b"QMDM\r\n", 1)),
        ("signature-text-mode", "CR LF in the signature was changed to LF", whole.replace(b"\r\n", b"\n", 1)),
        ("empty-file", "a file has a signature, a manifest and a trailer", b""),
        ("truncated-by-one", "the trailer ends the file", whole[:-1]),
        ("truncated-trailer", "the trailer ends the file", whole[:-26]),
        ("truncated-half", "the trailer ends the file", whole[: len(whole) // 2]),
        ("trailing-byte", "nothing follows the trailer", whole + b"\0"),
        ("two-files-joined", "the trailer's positions count from the start of the file", whole + whole),
        ("trailer-magic", "the magic is 0x4C444D51", whole[:-1] + b"M"),
        ("trailer-tag", "the trailer's tags are constants", whole[:-26] + b"\x7a\x18\x0a" + whole[-23:]),
        ("trailer-offset", "offset plus size is where the trailer starts", whole[:-23] + bytes(8) + whole[-15:]),
        ("trailer-checksum", "CRC-32C of the manifest", whole[:-9] + bytes(4) + whole[-5:]),
    ):
        yield invalid(name, CORRUPT, OPEN, rule, data)


def manifest_frame_cases() -> Iterable[Vector]:
    """What stands around the manifest."""
    chunks, message = base()
    manifest = serialized(message)
    whole = laid_out(chunks, manifest)
    at = len(whole) - 26 - len(manifest)
    flipped = whole[:at] + bytes((whole[at] ^ 0x80,)) + whole[at + 1 :]
    yield invalid("manifest-bit-flipped", CORRUPT, OPEN, "CRC-32C of the manifest", flipped)
    header = field_header(MANIFEST_TAG, len(manifest))
    before = whole[: at - len(header)]
    frames = (
        ("manifest-frame-tag", CORRUPT, "tag 22 and the size precede the manifest", b"\x2a" + header[1:]),
        ("manifest-frame-overlong", CORRUPT, "sizes are shortest varints", header[:-1] + bytes((header[-1] | 0x80, 0))),
        ("manifest-second-before", NON_CANONICAL, "one manifest, right after the chunks", b"\x22\x02\x08\x01" + header),
        ("unknown-top-level-field", NON_CANONICAL, "nothing between chunks and manifest", b"\x32\x01x" + header),
        ("padding-before-manifest", NON_CANONICAL, "nothing between chunks and manifest", b"\x1a\x01\0" + header),
    )
    for name, kind, rule, frame in frames:
        offset = len(before) + len(frame)
        trailer = pack_trailer(offset, len(manifest), crc32c(manifest))
        yield invalid(name, kind, OPEN, rule, before + frame + manifest + trailer)
    second = before + header + manifest + b"\x22\x02\x08\x01" + whole[-26:]
    yield invalid("manifest-second-after", CORRUPT, OPEN, "the trailer follows the manifest", second)
    yield invalid("manifest-empty", UNSUPPORTED, OPEN, "version_major is 1; it is absent here", laid_out((), b""))
