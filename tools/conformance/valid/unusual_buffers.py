"""What a writer has no reason to make and every reader must take: buffers and chunks."""

import zlib
from collections.abc import Iterable

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, Chunks, Packed
from qmodel.buffers.arithmetic import ArithmeticCoding
from qmodel.buffers.rans import RansCoding
from qmodel.buffers.split import SplitCoding
from qmodel.dtypes import F32, ElementType
from qmodel.encodings import PlainNode, TrellisNode
from qmodel.graph import Graph, Node, Value
from tools.conformance.draft import Draft
from tools.conformance.networks import OPSET
from tools.conformance.stored import payload, plain
from tools.conformance.valid.rans import coding, row
from tools.conformance.valid.recoded import STREAMS, WAYS
from tools.conformance.valid.split import PARTITIONS, add, patterns, split, with_shifts
from tools.conformance.zstd_frames import ZSTD_MAGIC, zstd_block, zstd_frame

S8, U8, ZSTD = dtypes.signed(8), dtypes.unsigned(8), Packed("zstd")


def unusual_buffer_drafts() -> Iterable[Draft]:
    """Each page's rules at their widest."""
    yield from (without_elements(), identical(), across_codings(), aligned(), zstd_frames(), zlib_blocks())
    yield from (coded_parts(), coded_samples())


def without_elements() -> Draft:
    """Codings of nothing; their features count all the same."""
    draft = Draft("buffers-of-nothing", "buffers of count 0 with every coding, filter and codec; tables not looked at")
    empty = np.zeros((0, 2))

    def add(name: str, element_type: ElementType, code: Packed | RansCoding | ArithmeticCoding | SplitCoding) -> None:
        draft.add(name, PlainNode(Buffer(element_type, 0, code, None)), empty, element_type)

    for codec in STREAMS:
        add(codec, F32, Packed(codec, "byte_shuffle"))
    add("bit-planes", dtypes.unsigned(3), Packed("none", "bit_planes"))
    add("float-planes", F32, Packed("none", "float_planes"))
    add("rans", U8, RansCoding(32, 10, b"no tables"))
    add("rans-bool", dtypes.BOOL, RansCoding(1 << 59, 16, b"", None, 0))
    add("arithmetic", S8, ArithmeticCoding(columns=7, period=256, distance=(5,), center=-128))
    part = Buffer(U8, 0, ZSTD, None)
    add("split", dtypes.BF16, SplitCoding(part, (part,)))
    codes = Buffer(S8, 0, RansCoding(32, 10, b"", None, 2048), None)
    draft.add("trellis", TrellisNode(codes, 1.0, 0, 0), empty, F32)
    return draft


def add_chunks(draft: Draft, *parts: bytes) -> tuple[int, ...]:
    """Put chunks behind those there are, whatever they hold; their numbers."""
    first = len(draft.chunks)
    draft.chunks += parts
    return tuple(range(first, len(draft.chunks)))


def run_of(indices: tuple[int, ...], count: int, element_type: ElementType, per_chunk: int = 0) -> PlainNode:
    """Packed elements in chunks of the file."""
    return PlainNode(Buffer(element_type, count, Packed(), Chunks(indices, per_chunk if len(indices) > 1 else 0)))


def identical() -> Draft:
    """Nothing is stored once."""
    draft = Draft("chunks-identical", "identical chunks, identical payloads inline, and the same bytes in both places")
    data = bytes(range(16))
    first, second, third = add_chunks(draft, data, data, data)
    values = np.arange(16)
    draft.add("first", run_of((first,), 16, U8), values, U8)
    draft.add("second", run_of((second,), 16, U8), values, U8)
    draft.add("run", run_of((third, first, second), 48, U8, 16), np.tile(values, 3).reshape(4, 12), U8)
    for name in ("inline", "inline too"):
        draft.add(name, plain(values, U8), values, U8)
    return draft


def across_codings() -> Draft:
    """What a chunk holds is up to who reads it."""
    draft = Draft(
        "chunks-across-codings",
        "chunks that several codings read, each in its own way; runs in any order; one element in a last chunk",
    )
    code = coding([row((1, 3, 7, 10, 7, 3, 1))])
    numbers = np.array([0, 1, -1, 0, 2, 0, -3, 0, 1, 0])
    frame, words, text = zstd_frame(b"qmodel"), bytes(code.encode(numbers.astype(np.int8), S8)), b"qmodel"
    zstd, rans, raw = add_chunks(draft, frame, words, text)
    for name, index, data in (("frame", zstd, frame), ("words", rans, words), ("raw", raw, text)):
        draft.add(f"{name} as bytes", run_of((index,), len(data), U8), np.frombuffer(data, np.uint8), U8)
    draft.add("frame", PlainNode(Buffer(U8, 6, ZSTD, Chunks((zstd,)))), np.frombuffer(b"qmodel", np.uint8), U8)
    draft.add("words", PlainNode(Buffer(S8, 10, code, Chunks((rans,)))), numbers, S8)
    whole = int.from_bytes(text, "little")
    threes = [whole >> 3 * i & 7 for i in range(16)]
    draft.add("raw as u3", run_of((raw,), 16, dtypes.unsigned(3)), threes, dtypes.unsigned(3))
    signs = [whole >> i & 1 for i in range(48)]
    draft.add("raw as bool", run_of((raw,), 48, dtypes.BOOL), np.reshape(signs, (6, 8)), dtypes.BOOL)
    last, more, most = add_chunks(draft, b"\x01", bytes(range(8)), bytes(range(10, 18)))
    backwards = [*range(10, 18), *range(8), 1]
    draft.add("backwards", run_of((most, more, last), 17, U8, 8), backwards, U8)
    draft.add("shared last", run_of((more, last), 9, U8, 8), [*range(8), 1], U8)
    return draft


def aligned() -> Draft:
    """Chunks of 16 KiB and more, whose data begins at multiples of 64; they hold little."""
    draft = Draft("chunks-aligned", "padding: the gap of 1 that becomes 65, no gap, and the least, of 2 bytes")
    (filler,) = add_chunks(draft, bytes(111))
    draft.add("filler", run_of((filler,), 888, dtypes.BOOL), np.zeros(888), dtypes.BOOL)
    for name, size in (("gap of 1", 16_444), ("no gap", 16_442), ("gap of 2", 16_384)):
        text = b"qmodel!!"[: 6 + size % 3]
        (index,) = add_chunks(draft, zstd_of_size(text, size))
        node = PlainNode(Buffer(U8, len(text), ZSTD, Chunks((index,))))
        draft.add(name, node, np.frombuffer(text, np.uint8), U8)
    return draft


def zstd_of_size(data: bytes, size: int) -> bytes:
    """A frame of so many bytes, which is as many modulo 3 as the data: empty blocks, and one that holds all."""
    head, last = ZSTD_MAGIC + b"\x20" + bytes([len(data)]), zstd_block(data, last=True)
    return head + zstd_block(b"") * ((size - len(head) - len(last)) // 3) + last


def zstd_frames() -> Draft:
    """Headers and blocks as RFC 8878, section 3.1.1, allows them."""
    draft = Draft("packed-zstd-frames", "zstd headers of every form: windows, sizes in 1 to 8 bytes, a dictionary 0")
    text = bytes(range(256)) + b"qmodel"
    block = zstd_block(text, last=True)
    for name, header in (
        ("window", b"\x40\x00" + (len(text) - 256).to_bytes(2, "little")),
        ("window of 4 bytes", b"\x80\x58" + len(text).to_bytes(4, "little")),
        ("size in 2", b"\x60" + (len(text) - 256).to_bytes(2, "little")),
        ("size in 4", b"\xa0" + len(text).to_bytes(4, "little")),
        ("size in 8", b"\xe0" + len(text).to_bytes(8, "little")),
        ("dictionary 0", b"\x61\x00" + (len(text) - 256).to_bytes(2, "little")),
        ("dictionary 0 in 4", b"\x63\x00\x00\x00\x00" + (len(text) - 256).to_bytes(2, "little")),
    ):
        draft.add(name, payload(ZSTD_MAGIC + header + block, len(text), U8, ZSTD), np.frombuffer(text, np.uint8), U8)
    blocks = zstd_block(b"qmo") + zstd_block(b"") + zstd_block(b"d", repeat=3) + zstd_block(b"el")
    many = ZSTD_MAGIC + b"\x20\x08" + blocks + zstd_block(b"", last=True)
    draft.add("blocks", payload(many, 8, U8, ZSTD), np.frombuffer(b"qmodddel", np.uint8), U8)
    return draft


def zlib_blocks() -> Draft:
    """Streams as RFC 1950 and RFC 1951 allow them."""
    draft = Draft("packed-zlib-blocks", "zlib windows and levels of every kind; empty blocks; blocks of several kinds")
    check = zlib.adler32(b"qmodel").to_bytes(4, "big")
    stored = b"\x06\x00\xf9\xff" + b"qmodel"
    empty = b"\x00\x00\x00\xff\xff"
    for name, data in (
        ("window of 256", b"\x08\x1d\x01" + stored + check),
        ("window of 32 KiB, best", b"\x78\xda\x01" + stored + check),
        ("empty blocks", b"\x78\x01" + empty + empty + b"\x00" + stored + b"\x01\x00\x00\xff\xff" + check),
        ("empty fixed block", b"\x78\x01\x00" + stored + b"\x03\x00" + check),
    ):
        node = payload(data, 6, U8, Packed("zlib"))
        draft.add(name, node, np.frombuffer(b"qmodel", np.uint8), U8)
    return draft


def coded_parts() -> Draft:
    """Parts of split floats in every way to store integers."""
    draft = Draft("split-entropy-coded", "parts of split floats by rans, arithmetic, bit planes and codecs, in chunks")
    ways = ("rans", "rans-chunks", "arithmetic", "arithmetic-chunks", "bit-planes", "zlib", "brotli")
    for way in ways:
        for name in ("f16", "f8e4m3", "f8e5m2"):
            element_type, (leading, planes) = dtypes.parse(name), PARTITIONS[name]
            code = split(patterns(element_type), leading, planes).with_buffers(WAYS[way])
            add(draft, f"{name} {way}", patterns(element_type), element_type, code)
    numbers = patterns(dtypes.F16)
    for way in ("rans", "arithmetic"):
        code = with_shifts(numbers, 8, (8,), 5, [5, -7, 1, 0, 2, 3], [0, -3, 11, 64, -100])
        add(draft, f"shifts {way}", numbers, dtypes.F16, code.with_buffers(WAYS[way]))
    return draft


def coded_samples() -> Draft:
    """Arrays of a golden sample in many codings, which the list of features names, too."""
    names, kinds = ("rans", "arithmetic-chunks", "split", "bit-planes", "zlib"), (S8, S8, F32, S8, dtypes.F16)
    inputs = tuple(Value(name, kind, (9,)) for name, kind in zip(names, kinds, strict=True))
    graph = Graph("", OPSET, (Node("", "OperatorThatNobodyKnows", names, ("y",)),), inputs, (Value("y", S8),))
    draft = Draft("golden-coded", "golden samples whose arrays have codings, filters and codecs that no tensor has")
    draft.manifest = {"graph": graph}
    values = np.arange(9) % 5 - 2

    def coded(kind: ElementType, way: str) -> tuple[ElementType, np.ndarray, PlainNode]:
        return kind, values, plain(values, kind).with_buffers(WAYS[way])

    arrays = {name: coded(kind, name) for name, kind in zip(names, kinds, strict=True)}
    draft.add_golden(arrays, {"y": coded(S8, "rans-chunks")}, 0.0, 0.0)
    return draft
