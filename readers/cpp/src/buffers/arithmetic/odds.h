#ifndef QMODEL_SRC_BUFFERS_ARITHMETIC_ODDS_H
#define QMODEL_SRC_BUFFERS_ARITHMETIC_ODDS_H

#include "buffers/arithmetic/range_decoder.h"
#include "buffers/arithmetic/tables.h"

namespace qmodel::arithmetic {

/// What one kind of decision has learned (spec/buffers/arithmetic.md, "Odds").
class Odds {
public:
    explicit Odds(const Tables& t) noexcept {
        for (std::size_t j = 0; j < knots_.size(); ++j) {
            const std::int64_t x = std::min<std::int64_t>(1024 * static_cast<std::int64_t>(j) - 12288, greatest_logit);
            knots_[j] = 64 * squash(t, x);
        }
    }

    std::uint32_t decide(const Tables& t, RangeDecoder& coder, std::int64_t x, std::int64_t constant) {
        const std::int64_t place = limit((x * factor_ + constant * summand_) >> 16) - least_logit;
        const std::int64_t expected = t.squash[static_cast<std::size_t>(place)];
        auto j = static_cast<std::size_t>(place >> 10);
        const std::int64_t f = place & 1023;
        const std::int64_t mapped = (knots_[j] * (1024 - f) + knots_[j + 1] * f) >> 16;
        const std::int64_t p = std::max<std::int64_t>((expected + mapped) >> 1, 1);
        const std::int64_t bit = coder.bit(static_cast<std::uint32_t>(p));

        const std::int64_t error = 65536 * bit - expected;
        const std::int64_t u = 24 * std::int64_t{t.rate[count_]};
        factor_ = moved(factor_, error * x, u);
        summand_ = moved(summand_, error * constant, u);
        count_ = std::min<std::size_t>(count_ + 1, 1000);
        if (f >= 512) ++j;
        knots_[j] += ((bit * 4194303 - knots_[j]) * t.rate[knot_counts_[j]]) >> 16;
        knot_counts_[j] = std::min<std::size_t>(knot_counts_[j] + 1, 1000);
        return static_cast<std::uint32_t>(bit);
    }

private:
    static std::int64_t moved(std::int64_t from, std::int64_t slope, std::int64_t u) noexcept {
        constexpr std::int64_t most = std::int64_t{1} << 20;
        return std::clamp(from + (((slope >> 10) * u + (1 << 19)) >> 20), -most, most);
    }

    std::int64_t factor_ = 65536;
    std::int64_t summand_ = 0;
    std::size_t count_ = 0;
    std::array<std::int64_t, 25> knots_{};
    std::array<std::size_t, 25> knot_counts_{};
};

}  // namespace qmodel::arithmetic

#endif
