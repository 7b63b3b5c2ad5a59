"""Filters and byte codecs of packed buffers, written from spec/buffers/ alone for the second decoder."""

import zlib

import brotli
import zstandard

EXPONENT_PLACE = {"f64": 52, "f32": 23, "bf16": 7, "f16": 7}


def decompressed(payload, codec, size):
    """The filtered bytes; every codec but 0 is checked to hold as many as the packed size."""
    data = (bytes, zstd, inflated, lz4_block, lzo_stream, brotli_stream)[codec](payload, *([size] if codec else []))
    assert len(data) == size
    return data


def codes_of(data, filter_number, bits, count, name):
    """The codes of all elements."""
    if filter_number == 2:
        return bit_planes(data, bits, count)
    if filter_number == 3:
        return float_planes(data, bits // 8, count, EXPONENT_PLACE[name])
    if filter_number == 1:
        data = bytes(data[place * count + i] for i in range(count) for place in range(bits // 8))
    return packed_codes(data, bits, count)


def packed_codes(data, bits, count):
    stream = int.from_bytes(data, "little")
    assert stream >> (count * bits) == 0, "unused bits"
    return [stream >> (i * bits) & ((1 << bits) - 1) for i in range(count)]


def bit_planes(data, bits, count):
    assert bits > 1
    group = count // 8
    planes = [int.from_bytes(data[k * group : (k + 1) * group], "little") for k in range(bits)]
    codes = [sum((planes[k] >> i & 1) << k for k in range(bits)) for i in range(8 * group)]
    return codes + packed_codes(data[bits * group :], bits, count - 8 * group)


def float_planes(data, width, count, place):
    codes = []
    for i in range(count):
        remainder = int.from_bytes(bytes(data[k * count + i] for k in range(1, width)), "big")
        low = remainder & ((1 << place) - 1)
        codes.append(low | data[i] << place | remainder >> place << (place + 8))
    return codes


def zstd(payload, size):
    assert zstandard.frame_content_size(payload) == size
    return zstandard.ZstdDecompressor().decompress(payload, max_output_size=size, allow_extra_data=False)


def inflated(payload, size):
    stream = zlib.decompressobj()
    data = stream.decompress(payload, size + 1)
    assert stream.eof
    assert stream.unused_data == b""
    return data


def brotli_stream(payload, size):
    return brotli.decompress(payload)


def lz4_block(payload, size):
    source, out = iter(payload), bytearray()

    def length(field):
        while field >= 15 and (more := next(source)) >= 0:
            field += more
            if more < 255:
                break
        return field

    for token in source:
        out += bytes(next(source) for _ in range(length(token >> 4)))
        low = next(source, None)
        if low is None:
            break
        offset = low + 256 * next(source)
        assert 0 < offset <= len(out)
        for _ in range(length(token & 15) + 4):
            out.append(out[-offset])
    return bytes(out)


def lzo_stream(payload, size):
    source, out, state = iter(payload), bytearray(), 0

    def literals(count):
        out.extend(next(source) for _ in range(count))
        return min(count, 4)

    if payload[0] > 17:
        state = literals(next(source) - 17)
    for t in source:
        if t < 16 and state == 0:
            state = literals(lzo_number(source, t, 15) + 3)
            continue
        length, distance, following = lzo_match(source, t, state)
        if 16 <= t < 32 and distance == 16384:
            assert (t, following) == (0x11, 0)
            assert next(source, None) is None
            return bytes(out)
        assert distance <= len(out)
        for _ in range(length):
            out.append(out[-distance])
        state = literals(following)
    raise AssertionError("no end")


def lzo_match(source, t, state):
    """Length, distance and S of a row of the table other than the first."""
    if t >= 64:
        return (t >> 5) + 1, 8 * next(source) + (t >> 2 & 7) + 1, t & 3
    if t >= 16:
        length = lzo_number(source, t & 31, 31) + 2 if t >= 32 else lzo_number(source, t & 7, 7) + 2
        tail = next(source) + 256 * next(source)
        return length, tail // 4 + 1 if t >= 32 else 16384 + 16384 * (t >> 3 & 1) + tail // 4, tail & 3
    distance = 4 * next(source) + (t >> 2)
    return (3, distance + 2049, t & 3) if state == 4 else (2, distance + 1, t & 3)


def lzo_number(source, field, base):
    """A field, or U(base) where it is 0."""
    if field:
        return field
    zeros = 0
    while (byte := next(source)) == 0:
        zeros += 1
    return base + 255 * zeros + byte
