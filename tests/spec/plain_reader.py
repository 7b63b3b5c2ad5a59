"""A second decoder of .qmodel files, written from spec/ alone: it shares only the schema's stubs with the library.

It shows that the pages suffice: with the other modules `plain_*` it decodes every conformance vector, and random trees,
to what the library gives. Whoever changes a page changes it after the page, without a look at the library; what cannot
be written so is missing in the page. It is plain rather than fast, and checks what is found on decoding; of the rest
only what it needs to find its way: those files are for the library and the readers in other languages.
"""

import hashlib
import struct
from functools import partial
from itertools import accumulate, pairwise, product
from math import prod

import numpy as np

from qmodel.v1 import manifest_pb2, types_pb2
from tests.spec.plain_arithmetic import arithmetic
from tests.spec.plain_codecs import codes_of, decompressed
from tests.spec.plain_rans import PARITY_CHECKS, Rans
from tests.spec.plain_rounding import nearest

SIGNATURE = bytes.fromhex("0a08514d444c0d0a1a0a")
FLOAT_BITS = {"f64": 64, "f32": 32, "f16": 16, "bf16": 16, "f8e4m3": 8, "f8e5m2": 8, "f6e2m3": 6, "f6e3m2": 6}
FLOAT_BITS |= {"f4e2m1": 4, "e8m0": 8}
SMALL_FLOATS = {"f8e4m3": (3, 7), "f8e5m2": (2, 15), "f6e2m3": (3, 1), "f6e3m2": (2, 3), "f4e2m1": (1, 1)}
READS = {
    "affine",
    "alias",
    "codebook",
    "low_rank",
    "sum",
    "transform",
    "sparse",
    "trellis",
    "zstd",
    "zlib",
    "lz4",
    "lzo",
    "brotli",
    "byte_shuffle",
    "bit_planes",
    "float_planes",
    "split",
    "rans",
    "arithmetic",
    "hashed",
    "delta",
}
NUMPY_FLOATS = {"f64": np.float64, "f32": np.float32, "f16": np.float16}


def crc32c(data):
    """Bitwise, reflected polynomial 0x82F63B78 (RFC 3720, appendix B.4)."""
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


def varint_of(number):
    groups = [number >> shift & 0x7F for shift in range(0, max(number.bit_length(), 1), 7)]
    return bytes(group | 0x80 for group in groups[:-1]) + bytes(groups[-1:])


def type_name(number):
    return types_pb2.ElementType.Name(number).removeprefix("ELEMENT_TYPE_").lower()


def type_bits(name):
    return FLOAT_BITS.get(name) or (1 if name == "bool" else int(name[1:]))


def bounds(name):
    """The least and the greatest value of a type of integers, or of bits."""
    bits = type_bits(name)
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if name[0] == "s" else (0, (1 << bits) - 1)


def held_bytes(name):
    """Bytes of one element in memory, as the expected values spell it."""
    return next(width for width in (1, 2, 4, 8) if width * 8 >= type_bits(name))


class PlainReader:
    """A whole file in memory."""

    def __init__(self, data, bases=(), deltas=0):
        assert data[:10] == SIGNATURE
        marks = struct.unpack("<3sQcIcIcI", data[-26:])
        assert marks[0::2] == (b"\x7a\x18\x09", b"\x15", b"\x1d", b"\x25"), "the trailer's tags"
        offset, size, checksum, magic = marks[1::2]
        assert magic == 0x4C444D51
        assert offset + size == len(data) - 26
        manifest = data[offset : offset + size]
        assert crc32c(manifest) == checksum
        self.data, self.deltas = data, deltas
        self.bases = [PlainReader(base, bases[number + 1 :], deltas + 1) for number, base in enumerate(bases)]
        self.manifest = manifest_pb2.Manifest.FromString(manifest)
        assert self.manifest.version_major == 1
        assert READS.issuperset(self.manifest.required_features)
        self.tensors = {tensor.name: tensor for tensor in self.manifest.tensors}

    def tensor(self, name):
        """Element type, and flat integers: the numbers of an integer type, else the bits of the numbers."""
        tensor = self.tensors[name]
        declared = type_name(tensor.element_type)
        stored, values = self.decode(tensor.encoding, tuple(tensor.shape))
        return declared, converted(values, stored, declared)

    def golden(self):
        """For each sample, inputs and outputs by name: element type, shape, flat integers, tolerances."""

        def described(value, *tolerances):
            return (*self.buffer(value.values), list(value.shape), tolerances)

        for sample in self.manifest.golden:
            outputs = {
                each.expected.name: described(each.expected, each.absolute_tolerance, each.relative_tolerance)
                for each in sample.outputs
            }
            yield {value.name: described(value) for value in sample.inputs}, outputs

    def decode(self, encoding, shape):
        """Element type and integers of a node, flat."""
        node = encoding.WhichOneof("node")
        if node == "plain":
            return self.buffer(encoding.plain.buffer)
        if node == "alias":
            return self.tensor(encoding.alias.tensor)
        if node == "codebook":
            return self.codebook(encoding.codebook)
        if node == "sparse":
            return self.sparse(encoding.sparse, prod(shape))
        if node == "trellis":
            return "f32", self.trellis(encoding.trellis)
        if node in ("low_rank", "sum", "transform", "hashed", "delta"):
            return getattr(self, node)(getattr(encoding, node), shape)
        assert node == "affine"
        return self.affine(encoding.affine, shape)

    def codebook(self, codebook):
        length, count = codebook.vector_length, codebook.entry_count
        name, entries = self.decode(codebook.entries, (codebook.groups, count, length))
        _, indices = self.buffer(codebook.indices)
        values, part = [], len(indices) // codebook.groups
        for vector, index in enumerate(indices):
            assert index < count
            start = (vector // part * count + index) * length
            values += entries[start : start + length]
        return name, values

    def sparse(self, sparse, size):
        name, values = self.decode(sparse.values, (sparse.kept,))
        if sparse.HasField("bitmap"):
            kept = [i for i, bit in enumerate(self.buffer(sparse.bitmap)[1]) if bit]
        elif sparse.HasField("gaps"):
            kept = list(accumulate(self.buffer(sparse.gaps)[1], lambda last, gap: last + gap + 1, initial=-1))[1:]
        else:
            places = enumerate(self.buffer(sparse.positions)[1])
            kept = [number // sparse.n * sparse.m + place for number, place in places if place < sparse.m]
        assert all(one < other for one, other in pairwise(kept))
        whole = [0] * size
        for position, value in zip(kept, values, strict=True):
            whole[position] = value
        return name, whole

    def trellis(self, trellis):
        states, run_length, codes = trellis.states, trellis.run_length, trellis.codes
        per_chunk = codes.chunks.elements_per_chunk or codes.count
        if states:
            per_chunk = codes.count
        elif codes.HasField("arithmetic"):
            states, run_length = codes.arithmetic.trellis_states, per_chunk
        else:
            states, run_length = codes.rans.trellis_states, codes.rans.run_length
        h0, h1 = PARITY_CHECKS[states]
        state, values = 0, []
        for place, code in enumerate(self.buffer(codes)[1]):
            state = state if place % per_chunk % run_length else 0
            quantizer = state % 2
            with np.errstate(all="ignore"):
                values.append(float_bits(np.float32(2 * code + quantizer) * np.float32(trellis.step)))
            state = state >> 1 ^ quantizer * (h0 >> 1) ^ (code + quantizer) % 2 * (h1 >> 1)
        return values

    def hashed(self, hashed, shape):
        name, buckets = self.decode(hashed.buckets, (hashed.bucket_count,))
        hashes = [hash_of(index, hashed.seed) for index in range(prod(shape))]
        return name, [buckets[h * len(buckets) >> 32] ^ (h & 1) << (type_bits(name) - 1) for h in hashes]

    def delta(self, delta, shape):
        name, values = type_name(delta.base_type), self.base(delta, shape)
        residual_type, residual = self.decode(delta.residual, shape)
        if delta.operation == 2:
            mask = (1 << type_bits(name)) - 1
            return name, as_stored([(value ^ bits) & mask for value, bits in zip(values, residual, strict=True)], name)
        wide = wider(name, residual_type)
        terms = (as_floats(values, name, NUMPY_FLOATS[wide]), as_floats(residual, residual_type, NUMPY_FLOATS[wide]))
        with np.errstate(all="ignore"):
            return wide, [float_bits(one + other) for one, other in zip(*terms, strict=True)]

    def base(self, delta, shape):
        assert self.deltas < 8, "deltas followed"
        for reader in self.bases:
            for name, tensor in reader.tensors.items():
                if (tensor.element_type, tuple(tensor.shape)) == (delta.base_type, shape):
                    declared, values = reader.tensor(name)
                    if digest(declared, shape, values) == delta.base_digest:
                        return values
        raise AssertionError("the base is not there")

    def low_rank(self, low_rank, shape):
        columns = prod(shape[1:])
        left = self.decode(low_rank.left, (shape[0], low_rank.rank))
        return product_of(left, self.decode(low_rank.right, (low_rank.rank, columns)), low_rank.rank, columns)

    def transform(self, transform, shape):
        length = shape[-1]
        matrix = self.decode(transform.matrix, (length, length))
        return product_of(self.decode(transform.inner, shape), matrix, length, length)

    def sum(self, node, shape):
        name, values = "f32", [float_bits(np.float32(-0.0))] * prod(shape)  # −0 leaves every number as it is
        for term in node.terms:
            operands = [(name, values), self.decode(term, shape)]
            name = wider(*(operand for operand, _ in operands))
            first, second = (as_floats(numbers, operand, NUMPY_FLOATS[name]) for operand, numbers in operands)
            with np.errstate(all="ignore"):
                values = [float_bits(one + other) for one, other in zip(first, second, strict=True)]
        return name, values

    def buffer(self, buffer):
        name, count = type_name(buffer.element_type), buffer.count
        if buffer.HasField("split"):
            return name, self.split(buffer.split)
        decode = self.chunk_decoder(buffer, name) if count else None
        if buffer.WhichOneof("location") == "inline":
            return name, decode(buffer.inline, 0, count)
        values, per_chunk = [], buffer.chunks.elements_per_chunk or count
        for index in buffer.chunks.index:
            entry = self.manifest.chunks[index]
            payload, frame = self.data[entry.offset : entry.offset + entry.size], b"\x12" + varint_of(entry.size)
            assert self.data[: entry.offset].endswith(frame)
            assert crc32c(payload) == entry.crc32c
            values += decode(payload, len(values), min(per_chunk, count - len(values)))
        return name, values

    @staticmethod
    def chunk_decoder(buffer, name):
        """What gives the values of a payload, of the position of its first element and of its number of elements."""
        if buffer.HasField("rans"):
            return Rans(buffer.rans, name[0] == "s", type_bits(name), buffer.count, *bounds(name)).decode
        if buffer.HasField("arithmetic"):
            return partial(arithmetic, buffer.arithmetic, *bounds(name))
        return lambda payload, _start, count: unpacked(payload, name, count, buffer.packed)

    def split(self, split):
        leading_bits, leading = type_bits(type_name(split.leading.element_type)), self.buffer(split.leading)[1]
        if split.columns:
            rows, columns = (
                self.buffer(getattr(split, part))[1] if split.HasField(part) else [0] * len(leading)
                for part in ("row_shift", "column_shift")
            )
            places = (divmod(place, split.columns) for place in range(len(leading)))
            shifts = (rows[row] + columns[column] for row, column in places)
            leading = [(first + shift) % (1 << leading_bits) for first, shift in zip(leading, shifts, strict=True)]
        remainder, rest_bits = [0] * len(leading), 0
        for plane in split.remainder:
            name, parts = self.buffer(plane)
            remainder = [rest + (part << rest_bits) for rest, part in zip(remainder, parts, strict=True)]
            rest_bits += type_bits(name)
        high = 1 << (rest_bits - 1)
        signs = (rest // high << (leading_bits + rest_bits - 1) for rest in remainder)
        return [r % high + first * high + sign for r, first, sign in zip(remainder, leading, signs, strict=True)]

    def affine(self, affine, shape):
        blocks = tuple(affine.block_shape) or tuple(max(length, 1) for length in shape)
        counts = tuple(-(-length // block) for length, block in zip(shape, blocks, strict=True))
        scale_shape = counts if affine.block_shape else ()
        scale_type, scale = self.decode(affine.scale, scale_shape)
        result = "f64" if scale_type == "f64" else "f32"
        arithmetic = NUMPY_FLOATS[result]
        scales = as_floats(scale, scale_type, arithmetic)
        code_type, codes = self.decode(affine.codes, shape)
        zero_type, zeros = "", None
        if affine.HasField("zero_point"):
            zero_type, zeros = self.decode(affine.zero_point, scale_shape)
        both_integers = code_type not in FLOAT_BITS and zero_type not in FLOAT_BITS
        if not both_integers or zeros is None:
            codes = as_floats(codes, code_type, arithmetic)
            zeros = None if zeros is None else as_floats(zeros, zero_type, arithmetic)
        values = []
        with np.errstate(all="ignore"):
            for position, code in zip(product(*map(range, shape)), codes, strict=True):
                block = 0
                for at, length, in_all in zip(position, blocks, counts, strict=True):
                    block = block * in_all + at // length
                difference = code if zeros is None else code - zeros[block]
                values.append(float_bits(arithmetic(difference) * scales[block]))
        return result, values


def digest(name, shape, values):
    bits = type_bits(name)
    stream = sum((value & ((1 << bits) - 1)) << place * bits for place, value in enumerate(values))
    header = struct.pack(f"<B{len(name)}sI{len(shape)}Q", len(name), name.encode(), len(shape), *shape)
    return hashlib.sha256(header + stream.to_bytes((len(values) * bits + 7) // 8, "little")).digest()


def hash_of(index, seed):
    def mix(x, key=0):
        x = ((x ^ x >> 16) * 0x85EBCA6B % 2**32) ^ key
        x = (x ^ x >> 13) * 0xC2B2AE35 % 2**32
        return x ^ x >> 16

    first = mix(seed ^ (index >> 32) * 0x9E3779B9 % 2**32)
    return mix(index % 2**32 ^ first, mix((first + 0x9E3779B9) % 2**32))


def as_stored(codes, name):
    """Bits of an element as the number it stands for, where that is a signed integer."""
    bits = type_bits(name)
    return [code - (1 << bits) if name[0] == "s" and code >> (bits - 1) else code for code in codes]


def unpacked(payload, name, count, packed):
    bits = type_bits(name)
    data = decompressed(payload, packed.codec, (count * bits + 7) // 8)
    return as_stored(codes_of(data, packed.filter, bits, count, name), name)


def wider(*names):
    """The type that operands are computed in."""
    return "f64" if "f64" in names else "f32"


def product_of(left, right, inner, columns):
    """A matrix product, summed in the order of the inner axis."""
    result = wider(left[0], right[0])
    arithmetic = NUMPY_FLOATS[result]
    a, b = (as_floats(values, name, arithmetic) for name, values in (left, right))
    rows = range(0, len(a), inner) if inner else ()
    sums = [
        sum((a[row + k] * b[k * columns + column] for k in range(inner)), arithmetic(0))
        for row in rows
        for column in range(columns)
    ]
    return result, [float_bits(value) for value in sums]


def as_floats(values, name, arithmetic):
    """Numbers of any type as NumPy scalars, rounded once."""
    if name not in FLOAT_BITS:
        return [rounded(value, arithmetic) for value in values]
    with np.errstate(all="ignore"):
        return [arithmetic(number_of(value, name)) for value in values]


def rounded(integer, arithmetic):
    """The nearest float of an integer, ties to even."""
    return arithmetic(np.int64(integer)) if -(2**63) <= integer < 2**63 else arithmetic(np.uint64(integer))


def number_of(bits, name):
    if name == "e8m0":
        return np.float64(np.nan) if bits == 0xFF else np.ldexp(1.0, bits - 127)
    if name in SMALL_FLOATS:
        return small_float(bits, name)
    if name == "bf16":
        bits, name = bits << 16, "f32"
    return np.array(bits, f"u{type_bits(name) // 8}").view(NUMPY_FLOATS[name])[()]


def small_float(bits, name):
    fraction_bits, bias = SMALL_FLOATS[name]
    sign = -1.0 if bits >> (type_bits(name) - 1) else 1.0
    magnitude = bits & ((1 << (type_bits(name) - 1)) - 1)
    exponent, fraction = magnitude >> fraction_bits, magnitude & ((1 << fraction_bits) - 1)
    if (name, magnitude) == ("f8e5m2", 0x7C):
        return np.float64(sign * np.inf)
    if (name, magnitude) == ("f8e4m3", 0x7F) or (name == "f8e5m2" and magnitude > 0x7C):
        return np.copysign(np.float64(np.nan), sign)
    significand = fraction + (1 << fraction_bits if exponent else 0)
    return np.float64(sign * np.ldexp(float(significand), max(exponent, 1) - bias - fraction_bits))


def float_bits(value):
    return int(np.asarray(value).view(f"u{value.itemsize}"))


def converted(values, stored, declared):
    """Integers of the stored type as integers of the declared one."""
    if stored == declared or stored not in FLOAT_BITS:
        return values
    return [nearest(number_of(value, stored), declared) for value in values]


def spelled(name, values):
    """The hexadecimal digits of the expected values."""
    size = held_bytes(name)
    return b"".join((value % (1 << 8 * size)).to_bytes(size, "little") for value in values).hex()
