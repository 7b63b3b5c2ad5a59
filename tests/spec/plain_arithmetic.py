"""The coding `arithmetic`, written from spec/buffers/arithmetic.md alone for the second decoder."""

from bisect import bisect_left
from functools import cache

from tests.spec.plain_rans import PARITY_CHECKS


def clamp(x, low, high):
    return min(max(x, low), high)


def divided(a, b):
    return a // b if a >= 0 else -(-a // b)


@cache
def tables():
    """log, squash, stretch, soft, power."""
    log = [None]
    for p in range(1, 65537):
        e = p.bit_length() - 1
        y, f = p << 25 >> e, 0
        for _ in range(11):
            y, f = y * y >> 25, 2 * f
            if y >= 1 << 26:
                y, f = y >> 1, f + 1
        log.append(1024 * e + (f + 1 >> 1))
    odds = [log[p] - log[65536 - p] for p in range(1, 65536)]
    squash = [bisect_left(odds, x) + 1 for x in range(-12288, 12288)]
    stretch = [odds[16 * i + 8 - 1] for i in range(4096)]
    soft = [16384 - log[squash[12288 + u]] for u in range(12288)]
    power = [min(bisect_left(log, 16384 - d, 1), 65535) for d in range(16384)]
    return log[1:], squash, stretch, soft, power


def squash(x):
    return tables()[1][x + 12288]


def softplus(u):
    return max(u, 0) + (tables()[3][abs(u)] if abs(u) < 12288 else 0)


def pow2(d):
    return tables()[4][max(d, 1)] if d < 16384 else 0


def logit(p):
    return tables()[2][clamp(p, 1, 65535) >> 4]


def limit(x):
    return clamp(x, -12288, 12287)


class RangeDecoder:
    def __init__(self, payload):
        self.payload, self.taken = payload, 4
        self.r, self.o = 2**32 - 1, int.from_bytes(payload[:4].ljust(4, b"\0"), "big")
        assert self.o < self.r

    def bit(self, p):
        s = self.r // 65536 * p
        if self.o < s:
            self.r, bit = s, 1
        else:
            self.o, self.r, bit = self.o - s, self.r - s, 0
        while self.r < 1 << 24:
            self.r, self.o = 256 * self.r, 256 * self.o + (self.payload[self.taken : self.taken + 1] or b"\0")[0]
            self.taken += 1
            assert self.taken <= len(self.payload) + 4
        return bit

    def plain(self, n):
        number = 0
        for _ in range(n):
            number = 2 * number + self.bit(32768)
        return number

    def end(self):
        n, m = len(self.payload), self.taken
        z, t = self.payload[-1], n - (m - 4)
        if n == 1 and z == 0 and t == 1:
            return
        assert 0 <= t <= 4
        if t > 0:
            w = 256 ** (4 - t)
            assert z > 0
            assert self.o < w
            assert self.o + (256 - z) * w >= self.r


class Odds:
    def __init__(self):
        self.f, self.a, self.n = 65536, 0, 0
        self.knots = [[64 * squash(min(1024 * j - 12288, 12287)), 0] for j in range(25)]

    def decide(self, coder, x, constant):
        t = limit(x * self.f + constant * self.a >> 16)
        expected = squash(t)
        j, f = divmod(t + 12288, 1024)
        mapped = self.knots[j][0] * (1024 - f) + self.knots[j + 1][0] * f >> 16
        bit = coder.bit(max(expected + mapped >> 1, 1))
        error, u = 65536 * bit - expected, 24 * rate(self.n)
        self.f = clamp(self.f + ((error * x >> 10) * u + 2**19 >> 20), -(2**20), 2**20)
        self.a = clamp(self.a + ((error * constant >> 10) * u + 2**19 >> 20), -(2**20), 2**20)
        self.n = min(self.n + 1, 1000)
        knot = self.knots[j + (f >= 512)]
        knot[0] += (bit * 4194303 - knot[0]) * rate(knot[1]) >> 16
        knot[1] = min(knot[1] + 1, 1000)
        return bit


def rate(n):
    return 65536 // (n + 16)


class Elements:
    """Decodes the decisions of one element after another."""

    def __init__(self, coder, low, high, has_trellis):
        self.coder, self.low, self.high, self.has_trellis = coder, low, high, has_trellis
        self.odds = [[Odds() for _ in range(24)] for _ in range(2)]

    def decide(self, group, node, x, constant):
        return self.odds[group][node].decide(self.coder, x, constant)

    def element(self, mean, scale, q):
        n = (scale >> 12).bit_length()
        if not n:
            k = self.fine(mean, scale, q, self.low, self.high)
        else:
            mean = mean - 256 * (2**n - 1 + q) >> n
            k = self.fine(mean, scale >> n, 0, self.low >> n, self.high >> n) << n
            k += self.coder.plain(n)
        assert self.low <= k <= self.high
        return k

    def fine(self, mean, scale, q, low, high):
        slope = (2240 << 14) // scale

        def tail(t, s):
            return softplus(clamp((t - s * mean) * slope >> 14, -65536, 65536))

        middle = 0 if q else 256
        above, below = tail(middle, 1), tail(middle, -1)
        if not q and not self.decide(0, 0, logit(pow2(above) + pow2(below)), 512):
            return 0
        if low >= 0:
            negative = 0
        elif high < 1 - q:
            negative = 1
        else:
            negative = self.decide(q, 1, limit(above - below), 0)
        s, most, inner = (-1, -low - 1, below) if negative else (1, high - 1 + q, above)
        group = q if self.has_trellis else negative
        j = 0
        while j < most:
            if j == 48:
                j += self.escape()
                break
            outer = tail(256 * (2 * j + 3 - q), s)
            if not self.decide(group, min(j + 2, 23), logit(pow2(outer - inner)), 512):
                break
            j, inner = j + 1, outer
        return -j - 1 if negative else j + 1 - q

    def escape(self):
        h = 0
        while self.coder.bit(32768):
            h += 1
            assert h <= 32
        return 2**h + self.coder.plain(h) - 1


class Prediction:
    def __init__(self, columns, period, distances, start, count):
        self.c, self.p, self.d, self.start = columns, period, distances, start
        self.y, m = [], len(distances) + 2
        self.shared, self.own = [0] * m, [[0] * m for _ in range(period)]
        self.columns = {}
        self.overall, self.seen, self.recent = 2**20, 1, 256

    def predict(self):
        i = len(self.y)
        self.column = (self.start + i) % self.c
        if i == 0 or self.column == 0:
            self.row = [0, 0, 0, 0]
        self.place = self.column % self.p
        self.sums = self.columns.setdefault(self.column, [0, 0, 0])
        residual, expected, levels, seen = self.row
        x = [0 if d > i or (d < self.p and d > self.place) else 16 * self.y[i - d] for d in self.d]
        x += [divided(16 * levels, seen + 4), divided(64 * self.sums[1], self.sums[2] + 4)]
        own = self.own[self.place]
        total = sum(x[j] * (self.shared[j] + own[j]) for j in range(len(x)))
        self.x, self.norm, self.mean = x, sum(each * each for each in x), clamp(total >> 16, -(2**24), 2**24)
        self.g = g = 1 + (self.overall >> 12)
        self.across = 1 + (self.sums[0] + 8 * g) // (self.sums[2] + 8)
        self.ratio = clamp(4096 * (residual + 12 * g) // (expected + 12 * g), 64, 2**18)
        product = min(self.ratio * self.across >> 12, 2**25)
        return self.mean, (7 * product + self.recent >> 3) + 20

    def learn(self, level):
        y = clamp(level, -65535, 65535)
        e = 256 * y - self.mean
        a, m, own = abs(e), len(self.x), self.own[self.place]
        step = divided(e * 1311 * 65536, self.norm + (12 * m * (self.g * self.g >> 8) >> 4) + 16)
        for j in range(m):
            change = step * self.x[j] + 32768 >> 16
            self.shared[j] = clamp(self.shared[j] + change, -(2**23), 2**23)
            own[j] = clamp(own[j] + change, -(2**23), 2**23)
        self.seen = min(self.seen + 1, 1000)
        self.overall += 4096 * a // self.seen - self.overall // self.seen
        self.recent += a - self.recent >> 2
        self.sums[:] = self.sums[0] + 4096 * a // self.ratio, self.sums[1] + y, self.sums[2] + 1
        if self.sums[2] == 128:
            self.sums[:] = (each >> 1 for each in self.sums)
        residual, expected, levels, seen = self.row
        self.row = [residual + a, expected + self.across, levels + y, seen + 1]
        if seen + 1 == 512:
            self.row = [each >> 1 for each in self.row]
        self.y.append(y)


def arithmetic(message, low, high, payload, start, count):
    """The values of one payload; low and high are the bounds of the element type."""
    assert count <= 2**22
    columns = message.columns or 1
    distances = list(message.distance) or sorted({1, 2, columns})
    prediction = Prediction(columns, message.period or 1, distances, start, count)
    coder = RangeDecoder(payload)
    states = message.trellis_states
    elements = Elements(coder, low - message.center, high - message.center, states > 0)
    h0, h1 = PARITY_CHECKS.get(states, (0, 0))
    values, w = [], 0
    for _ in range(count):
        q = w % 2 if states else 0
        k = elements.element(*prediction.predict(), q)
        prediction.learn(2 * k + q)
        values.append(k + message.center)
        w = w // 2 ^ q * (h0 // 2) ^ (k + q) % 2 * (h1 // 2)
    coder.end()
    return values
