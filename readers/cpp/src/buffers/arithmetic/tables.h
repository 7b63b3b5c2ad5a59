#ifndef QMODEL_SRC_BUFFERS_ARITHMETIC_TABLES_H
#define QMODEL_SRC_BUFFERS_ARITHMETIC_TABLES_H

#include <algorithm>
#include <array>
#include <cstdint>

namespace qmodel::arithmetic {

/// Least and greatest logit (spec/buffers/arithmetic.md, "Tables").
constexpr std::int64_t least_logit = -12288;
constexpr std::int64_t greatest_logit = 12287;

/// The tables of that section. Probabilities are in 1/65,536, logarithms and logits in 1/1,024.
struct Tables {
    std::array<std::int32_t, 65537> log{};     ///< Entry 0 is not used.
    std::array<std::int32_t, 24576> squash{};  ///< From the least logit on.
    std::array<std::int32_t, 4096> stretch{};
    std::array<std::int32_t, 12288> soft{};
    std::array<std::int32_t, 16384> power{};
    std::array<std::int32_t, 1001> rate{};
};

/// Made once.
const Tables& tables();

inline std::int64_t limit(std::int64_t x) noexcept {
    return std::clamp(x, least_logit, greatest_logit);
}

inline std::int64_t squash(const Tables& t, std::int64_t x) noexcept {
    return t.squash[static_cast<std::size_t>(x - least_logit)];
}

inline std::int64_t softplus(const Tables& t, std::int64_t u) noexcept {
    const std::int64_t magnitude = u < 0 ? -u : u;
    const std::int64_t soft = magnitude < 12288 ? t.soft[static_cast<std::size_t>(magnitude)] : 0;
    return std::max<std::int64_t>(u, 0) + soft;
}

inline std::int64_t power(const Tables& t, std::int64_t d) noexcept {
    return d < 16384 ? t.power[static_cast<std::size_t>(std::max<std::int64_t>(d, 1))] : 0;
}

inline std::int64_t logit(const Tables& t, std::int64_t p) noexcept {
    return t.stretch[static_cast<std::size_t>(std::clamp<std::int64_t>(p, 1, 65535) >> 4)];
}

}  // namespace qmodel::arithmetic

#endif
