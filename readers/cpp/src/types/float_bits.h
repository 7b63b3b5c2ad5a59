#ifndef QMODEL_SRC_TYPES_FLOAT_BITS_H
#define QMODEL_SRC_TYPES_FLOAT_BITS_H

#include <array>
#include <cstdint>

#include "qmodel/element_type.h"
#include "view.h"

namespace qmodel {

inline float float_of(std::uint32_t bits) noexcept {
    return load<float>(&bits);
}
inline std::uint32_t bits_of_float(float value) noexcept {
    return load<std::uint32_t>(&value);
}

/// The number that the bits of an f16 or bf16 stand for; exact.
float f16_to_float(std::uint16_t bits) noexcept;
inline float bf16_to_float(std::uint16_t bits) noexcept {
    return float_of(static_cast<std::uint32_t>(bits) << 16);
}

/// Rounded once, to nearest, ties to even (spec/types.md, "Conversion").
std::uint16_t double_to_f16(double value) noexcept;
std::uint16_t double_to_bf16(double value) noexcept;

/// The numbers that the bits of a float of 8 bits or fewer stand for; exact.
const std::array<float, 256>& small_float_table(ElementType type);

}  // namespace qmodel

#endif
