#ifndef QMODEL_SRC_SIZES_H
#define QMODEL_SRC_SIZES_H

#include <cstdint>

#include "qmodel/limits.h"
#include "qmodel/tensor.h"

namespace qmodel {

/// The most elements an array can have (spec/manifest.md, "Tensors").
constexpr std::uint64_t most_elements = (std::uint64_t{1} << 60) - 1;

/// Bytes in a chunk, and of the packed bits of one (spec/limits.md).
constexpr std::uint64_t most_chunk_bytes = std::uint64_t{1} << 30;

/// ceil(dividend / divisor) without overflow; the divisor is not 0.
constexpr std::uint64_t divided_up(std::uint64_t dividend, std::uint64_t divisor) noexcept {
    return dividend / divisor + (dividend % divisor != 0 ? 1 : 0);
}

/// ceil(count * bits / 8) of at most 2^60 elements of at most 64 bits, without overflow.
constexpr std::uint64_t packed_bytes(std::uint64_t count, int bits) noexcept {
    const auto width = static_cast<std::uint64_t>(bits);
    return count / 8 * width + (count % 8 * width + 7) / 8;
}

/// The product of lengths that come from anywhere. Throws limit when it exceeds 2^60 - 1.
std::uint64_t checked_count(const Shape& shape);

/// Throws limit when an array in storage is larger than a reader is willing to hold (spec/limits.md).
void check_array_size(std::uint64_t count, ElementType type, const Limits& limits);

}  // namespace qmodel

#endif
