#ifndef QMODEL_SRC_BUFFERS_ARITHMETIC_ELEMENT_DECODER_H
#define QMODEL_SRC_BUFFERS_ARITHMETIC_ELEMENT_DECODER_H

#include <vector>

#include "buffers/arithmetic/odds.h"

namespace qmodel::arithmetic {

/// Decodes elements from what is expected of them (spec/buffers/arithmetic.md, "Decisions").
class ElementDecoder {
public:
    /// `low` and `high` are the least and greatest values that k can have. Throws corrupt for a damaged payload.
    ElementDecoder(ByteView payload, std::int64_t low, std::int64_t high, bool has_trellis);

    /// k of the next element, from its mean, scale and quantizer. Throws corrupt.
    std::int64_t next(std::int64_t mean, std::int64_t scale, std::int64_t q);

    /// Throws corrupt unless the payload ends here.
    void check_end() const { coder_.check_end(); }

private:
    static constexpr std::size_t nodes = 24;

    /// What is known of an element, coarse or not.
    struct Expected {
        std::int64_t mean;
        std::int64_t slope;
        std::int64_t q;
        std::int64_t low;
        std::int64_t high;
    };

    std::int64_t fine(std::int64_t mean, std::int64_t scale, std::int64_t q, std::int64_t low, std::int64_t high);
    bool is_negative(const Expected& expected, std::int64_t above, std::int64_t below);
    std::int64_t count_steps(const Expected& expected, std::int64_t most, std::int64_t inner, bool negative);
    std::int64_t tail(const Expected& expected, std::int64_t t, std::int64_t s) const noexcept;
    std::int64_t escape();

    std::uint32_t decide(std::size_t group, std::size_t node, std::int64_t x, std::int64_t constant) {
        return odds_[group * nodes + node].decide(tables_, coder_, x, constant);
    }

    const Tables& tables_;
    RangeDecoder coder_;
    std::int64_t low_;
    std::int64_t high_;
    bool has_trellis_;
    std::vector<Odds> odds_;
};

}  // namespace qmodel::arithmetic

#endif
