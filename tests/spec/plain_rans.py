"""The coding `rans`, written from spec/buffers/rans.md alone for the second decoder."""

from bisect import bisect_right
from itertools import accumulate
from math import isqrt

PARITY_CHECKS = {4: (0o5, 0o2), 8: (0o13, 0o4), 16: (0o23, 0o10), 32: (0o43, 0o24), 64: (0o167, 0o26)}
PARITY_CHECKS |= {128: (0o247, 0o102), 256: (0o523, 0o212), 512: (0o1243, 0o432), 1024: (0o2621, 0o1012)}
PARITY_CHECKS |= {2048: (0o4405, 0o3002)}


def signed(number):
    return (number + 1) // 2 if number % 2 else -(number // 2)


def clamp(level):
    return min(max(level, 0), 4095)


class Bits:
    """A stream of bits, the lowest of a byte first."""

    def __init__(self, data):
        self.text = "".join(f"{byte:08b}"[::-1] for byte in data)
        self.place = 0

    def fixed(self, width):
        digits = self.text[self.place : self.place + width]
        assert len(digits) == width
        self.place += width
        return int(digits[::-1] or "0", 2)

    def zeros(self):
        first = self.text.index("1", self.place)
        count, self.place = first - self.place, first + 1
        return count

    def rice(self, k):
        return (self.zeros() << k) + self.fixed(k)

    def golomb(self, k):
        z = self.zeros()
        return (((1 << z) - 1) << k) + self.fixed(z + k)

    def end(self):
        rest = self.text[self.place :]
        assert len(rest) < 8
        assert "1" not in rest


def varint(data, place):
    number = shift = 0
    while True:
        number |= (data[place] & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if data[place - 1] < 0x80:
            assert data[place - 1] or shift == 7, "not the shortest form"
            return number, place


def scales_of(data, count):
    if not data:
        return [0] * count
    head, start = varint(data, 0)
    assert head >> 3 == count
    bits, k = Bits(data[start:]), head & 7
    high = [bits.zeros() for _ in range(count)]
    assert bits.fixed(-bits.place % 8) == 0
    scales = [signed((h << k) + bits.fixed(k)) for h in high]
    bits.end()
    assert k <= 6
    assert all(abs(scale) <= 127 for scale in scales)
    return scales


class Tables:
    """What `tables` says."""

    def __init__(self, data, cells, quantizers):
        bits = Bits(data)
        self.lowest = signed(bits.golomb(4))
        self.low_bits = bits.fixed(3)
        self.symbols = bits.golomb(4) + 1
        has_escapes = bits.fixed(1)
        self.class_of_cell = self.cells(bits, cells)
        self.escapes = has_escapes * (2 if quantizers == 2 and not self.low_bits else 1)
        self.levels, self.with_escapes = [], []
        for number in range((max(self.class_of_cell) + 1) * quantizers):
            self.levels.append(self.table(bits, number, quantizers))
            self.with_escapes.append(self.levels[-1] + ([bits.golomb(1)] * self.escapes if has_escapes else []))
        bits.end()

    @staticmethod
    def cells(bits, cells):
        if cells == 1:
            return [0]
        classes = bits.fixed(4) + 1
        if classes == cells:
            return list(range(cells))
        found = [0]
        for _ in range(cells):
            found.append(found[-1] if bits.fixed(1) else bits.fixed((classes - 1).bit_length()))
        return found[1:]

    def table(self, bits, number, quantizers):
        n, s = self.symbols, self.low_bits
        q = number % quantizers
        before = self.levels[number - quantizers] if number >= quantizers else None
        known = self.levels[number - 1] if q else before
        present = [j for j, level in enumerate(known) if level] if known else [0, n - 1]
        prediction, k = bits.fixed(2), bits.fixed(3)
        expected = None
        if prediction == 2:
            scale, squares = bits.fixed(5), sum(level**2 for level in before)
            expected = [(isqrt((level**2 << (scale + 2)) // squares) + 1) // 2 for level in before]
        if prediction == 3:
            r, partner = s + 1, self.levels[number - 1] + [0]
            expected = [partner[j] + ((partner[j + 1] - partner[j] + (1 << (r - 1))) >> r) for j in range(n)]
        first = present[0] + signed(bits.golomb(0))
        last = present[-1] - signed(bits.golomb(0))
        assert 0 <= first <= last < n
        if k == 7:
            return [min(max(level, 1), 4095) if first <= j <= last else 0 for j, level in enumerate(expected)]
        mirror = -2 * self.lowest - (1 if s or q else 0)
        levels = []
        for j in range(n):
            two, one = [0, 0, *levels][-2:]
            guess = clamp(one + (one - two) // 2)
            if prediction == 1 and 0 <= mirror - j < j:
                guess = levels[mirror - j]
            if expected:
                guess = clamp(expected[j] + ((one - expected[j - 1]) // 2 if j else 0))
            levels.append(guess + signed(bits.rice(k)) if first <= j <= last else 0)
        return levels

    def frequencies(self, number, total):
        levels = self.with_escapes[number]
        present = sum(level > 0 for level in levels)
        sums = list(accumulate((level**2 for level in levels), initial=0))
        shares = [part * (total - present) // sums[-1] for part in sums]
        return [(level > 0) + shares[j + 1] - shares[j] for j, level in enumerate(levels)]


class Rans:
    """The coding of a buffer of `count` elements of one type."""

    def __init__(self, message, is_signed, bits, count, lowest, highest):
        self.message, self.signed, self.bits = message, is_signed, bits
        self.quantizers = 2 if message.trellis_states else 1
        self.context = context = message.context
        self.neighbour_buckets = len(context.neighbours.threshold) + 1
        cells = (len(context.separable.threshold) + 1) * self.neighbour_buckets
        self.tables = Tables(message.tables, cells, self.quantizers)
        self.base = self.tables.lowest << self.tables.low_bits
        self.lowest, self.highest = lowest, highest
        assert lowest <= self.base <= self.base + (self.tables.symbols << self.tables.low_bits) - 1 <= highest
        total = 1 << message.total_bits
        self.frequencies = [self.tables.frequencies(t, total) for t in range(len(self.tables.levels))]
        self.starts = [list(accumulate(row, initial=0)) for row in self.frequencies]
        if context.columns:
            self.rows = scales_of(context.separable.row_scale, -(-count // context.columns))
            self.columns = scales_of(context.separable.column_scale, context.columns)

    def decode(self, payload, start, count):
        """The values of one chunk."""
        message, lanes = self.message, -(-count // self.message.run_length)
        exceptions, place = varint(payload, 0) if self.tables.escapes else (0, 0)
        width = (self.bits + 7) // 8
        end = len(payload) - exceptions * width
        lengths = []
        if lanes > 1:
            w = payload[place]
            least, place = varint(payload, place + 1)
            size = ((lanes - 1) * w + 7) // 8
            above = Bits(payload[place : place + size])
            lengths = [least + above.fixed(w) for _ in range(lanes - 1)]
            above.end()
            place += size
        words = [payload[at] | payload[at + 1] << 8 for at in range(place, end, 2)]
        self.exceptions = [
            int.from_bytes(payload[at : at + width], "little", signed=self.signed)
            for at in range(end, len(payload), width)
        ]
        values = []
        for lane in range(lanes):
            left = words if lane == lanes - 1 else words[: lengths[lane]]
            assert lane == lanes - 1 or len(left) == lengths[lane]
            words = words[len(left) :]
            first = lane * message.run_length
            values += self.lane(left, start + first, min(message.run_length, count - first))
        assert not self.exceptions
        return values

    def lane(self, words, first, count):
        b, s = self.message.total_bits, self.tables.low_bits
        x = words.pop(0) if words else 1
        x = x << 16 | words.pop(0) if words else x
        state, values, magnitudes = 0, [], []
        for i in range(count):
            q = state % 2 if self.quantizers == 2 else 0
            table = self.class_of(first + i, magnitudes) * self.quantizers + q
            low, x = x % (1 << s), x >> s
            slot = x % (1 << b)
            j = bisect_right(self.starts[table], slot) - 1
            x = self.frequencies[table][j] * (x >> b) + slot - self.starts[table][j]
            if x < 1 << 16 and words:
                x = x << 16 | words.pop(0)
            values.append(self.value((j << s) + low))
            magnitudes.append(255 if j >= self.tables.symbols else self.magnitude(values[-1], j, q))
            if self.quantizers == 2:
                h0, h1 = PARITY_CHECKS[self.message.trellis_states]
                state = state >> 1 ^ q * (h0 >> 1) ^ (values[-1] + q) % 2 * (h1 >> 1)
        assert x == 1
        assert not words
        return values

    def value(self, index):
        first_escape = self.tables.symbols << self.tables.low_bits
        if index < first_escape:
            return self.base + index
        value, kept = self.exceptions.pop(0), max(1 << self.tables.low_bits, self.tables.escapes)
        assert self.lowest <= value <= self.highest
        assert (value - self.base - index + first_escape) % kept == 0
        return value

    def magnitude(self, value, symbol, q):
        if not self.signed:
            return min(255, symbol)
        return min(255, abs(2 * value + q if self.quantizers == 2 else value) >> self.tables.low_bits)

    def class_of(self, element, magnitudes):
        context, bucket, neighbour = self.context, 0, 0
        if context.columns:
            row, column = divmod(element, context.columns)
            total = self.rows[row] + self.columns[column]
            bucket = sum(threshold < total for threshold in context.separable.threshold)
        if context.HasField("neighbours"):
            pairs = zip(context.neighbours.distance, context.neighbours.weight, strict=True)
            total = sum(weight * magnitudes[-distance] for distance, weight in pairs if distance <= len(magnitudes))
            neighbour = sum(threshold < total for threshold in context.neighbours.threshold)
        return self.tables.class_of_cell[bucket * self.neighbour_buckets + neighbour]
