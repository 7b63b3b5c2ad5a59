#include "buffers/arithmetic/tables.h"

#include <memory>

namespace qmodel::arithmetic {

namespace {

/// The logarithm of p to base 2, by repeated squaring.
std::int32_t logarithm(std::uint64_t p) noexcept {
    const int e = 63 - __builtin_clzll(p);
    std::uint64_t y = p << 25 >> e;
    std::int32_t f = 0;
    for (int step = 0; step < 11; ++step) {
        y = y * y >> 25;
        f *= 2;
        if (y >= std::uint64_t{1} << 26) {
            y >>= 1;
            ++f;
        }
    }
    return 1024 * e + ((f + 1) >> 1);
}

std::unique_ptr<const Tables> made_tables() {
    auto made = std::make_unique<Tables>();
    Tables& t = *made;
    for (std::size_t p = 1; p <= 65536; ++p) t.log[p] = logarithm(p);
    const auto odds = [&t](std::size_t p) { return t.log[p] - t.log[65536 - p]; };
    std::size_t p = 1;
    for (std::size_t i = 0; i < t.squash.size(); ++i) {
        while (p < 65535 && odds(p) < static_cast<std::int32_t>(i) + least_logit) ++p;
        t.squash[i] = static_cast<std::int32_t>(p);
    }
    for (std::size_t i = 0; i < t.stretch.size(); ++i) t.stretch[i] = odds(16 * i + 8);
    for (std::size_t u = 0; u < t.soft.size(); ++u) {
        t.soft[u] = 16384 - t.log[static_cast<std::size_t>(t.squash[u + 12288])];
    }
    p = 1;
    for (std::size_t d = t.power.size(); d-- > 0;) {
        while (p < 65535 && t.log[p] < 16384 - static_cast<std::int32_t>(d)) ++p;
        t.power[d] = static_cast<std::int32_t>(p);
    }
    for (std::size_t n = 0; n < t.rate.size(); ++n) t.rate[n] = static_cast<std::int32_t>(65536 / (n + 16));
    return made;
}

}  // namespace

const Tables& tables() {
    static const std::unique_ptr<const Tables> made = made_tables();
    return *made;
}

}  // namespace qmodel::arithmetic
