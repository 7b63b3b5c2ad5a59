#include "buffers/arithmetic/element_decoder.h"

namespace qmodel::arithmetic {

ElementDecoder::ElementDecoder(ByteView payload, std::int64_t low, std::int64_t high, bool has_trellis)
    : tables_(tables()),
      coder_(payload),
      low_(low),
      high_(high),
      has_trellis_(has_trellis),
      odds_(2 * nodes, Odds(tables_)) {}

std::int64_t ElementDecoder::next(std::int64_t mean, std::int64_t scale, std::int64_t q) {
    std::int64_t coarse = scale >> 12;
    int n = 0;
    for (; coarse != 0; coarse >>= 1) ++n;
    std::int64_t k = 0;
    if (n == 0) {
        k = fine(mean, scale, q, low_, high_);
    } else {
        const std::int64_t shift = 256 * ((std::int64_t{1} << n) - 1 + q);
        k = fine((mean - shift) >> n, scale >> n, 0, low_ >> n, high_ >> n) * (std::int64_t{1} << n);
        k += static_cast<std::int64_t>(coder_.plain(n));
    }
    if (k < low_ || k > high_) corrupt("an arithmetic payload has an element outside its type");
    return k;
}

std::int64_t ElementDecoder::tail(const Expected& expected, std::int64_t t, std::int64_t s) const noexcept {
    const std::int64_t u = ((t - s * expected.mean) * expected.slope) >> 14;
    return softplus(tables_, std::clamp<std::int64_t>(u, -65536, 65536));
}

bool ElementDecoder::is_negative(const Expected& expected, std::int64_t above, std::int64_t below) {
    if (expected.low >= 0) return false;
    if (expected.high < 1 - expected.q) return true;
    return decide(static_cast<std::size_t>(expected.q), 1, limit(above - below), 0) != 0;
}

std::int64_t ElementDecoder::count_steps(const Expected& expected, std::int64_t most, std::int64_t inner,
                                         bool negative) {
    constexpr std::int64_t escape_step = 48;
    const auto group = static_cast<std::size_t>(has_trellis_ ? expected.q : negative ? 1 : 0);
    std::int64_t j = 0;
    while (j < most) {
        if (j == escape_step) return j + escape();
        const std::int64_t outer = tail(expected, 256 * (2 * j + 3 - expected.q), negative ? -1 : 1);
        const std::size_t node = std::min<std::size_t>(static_cast<std::size_t>(j) + 2, nodes - 1);
        if (decide(group, node, logit(tables_, power(tables_, outer - inner)), 512) == 0) break;
        ++j;
        inner = outer;
    }
    return j;
}

std::int64_t ElementDecoder::fine(std::int64_t mean, std::int64_t scale, std::int64_t q, std::int64_t low,
                                  std::int64_t high) {
    const Expected expected{mean, (std::int64_t{2240} << 14) / scale, q, low, high};
    const std::int64_t middle = q == 1 ? 0 : 256;
    const std::int64_t above = tail(expected, middle, 1);
    const std::int64_t below = tail(expected, middle, -1);
    if (q == 0) {
        const std::int64_t p = power(tables_, above) + power(tables_, below);
        if (decide(0, 0, logit(tables_, p), 512) == 0) return 0;
    }
    const bool negative = is_negative(expected, above, below);
    const std::int64_t most = negative ? -low - 1 : high - 1 + q;
    const std::int64_t j = count_steps(expected, most, negative ? below : above, negative);
    return negative ? -j - 1 : j + 1 - q;
}

std::int64_t ElementDecoder::escape() {
    int h = 0;
    while (coder_.bit(32768) != 0) {
        if (++h > 32) corrupt("an escape of an arithmetic payload is too long");
    }
    return (std::int64_t{1} << h) + static_cast<std::int64_t>(coder_.plain(h)) - 1;
}

}  // namespace qmodel::arithmetic
