#include "types/float_bits.h"

#include <cmath>
#include <limits>

namespace qmodel {

namespace {

constexpr int double_fraction_bits = 52;
constexpr int double_bias = 1023;

struct Format {
    int exponent_bits;
    int fraction_bits;
    int bias;
};

std::uint64_t rounded_shift(std::uint64_t value, int shift) noexcept {
    const std::uint64_t half = std::uint64_t{1} << (shift - 1);
    return (value + half - 1 + (value >> shift & 1)) >> shift;
}

/// Sign, exponent and fraction of the nearest number of a format of 16 bits.
std::uint16_t rounded(double value, Format format) noexcept {
    const auto bits = load<std::uint64_t>(&value);
    const auto sign = static_cast<std::uint64_t>(bits >> 63) << 15;
    const int exponent = static_cast<int>(bits >> double_fraction_bits & 0x7FF);
    const std::uint64_t fraction = bits & ((std::uint64_t{1} << double_fraction_bits) - 1);
    const auto infinity = static_cast<std::uint64_t>((1 << format.exponent_bits) - 1) << format.fraction_bits;
    const int shift = double_fraction_bits - format.fraction_bits;
    std::uint64_t magnitude = 0;
    if (exponent == 0x7FF) {
        const std::uint64_t quiet = std::uint64_t{1} << (format.fraction_bits - 1);
        magnitude = fraction != 0 ? infinity | quiet | fraction >> shift : infinity;
    } else if (exponent - double_bias + format.bias >= 1) {
        const auto place = static_cast<std::uint64_t>(exponent - double_bias + format.bias);
        magnitude = rounded_shift(place << double_fraction_bits | fraction, shift);
        if (magnitude > infinity) magnitude = infinity;
    } else {
        const int below = 1 - (exponent - double_bias + format.bias);
        const std::uint64_t significand = std::uint64_t{1} << double_fraction_bits | fraction;
        magnitude = exponent == 0 || shift + below > 53 ? 0 : rounded_shift(significand, shift + below);
    }
    return static_cast<std::uint16_t>(sign | magnitude);
}

struct SmallFormat {
    int bits;
    int fraction_bits;
    int bias;
};

SmallFormat small_format(ElementType type) noexcept {
    switch (type) {
        case v1::ELEMENT_TYPE_F8E4M3: return {8, 3, 7};
        case v1::ELEMENT_TYPE_F8E5M2: return {8, 2, 15};
        case v1::ELEMENT_TYPE_F6E2M3: return {6, 3, 1};
        case v1::ELEMENT_TYPE_F6E3M2: return {6, 2, 3};
        default: return {4, 1, 1};
    }
}

float small_float(ElementType type, unsigned bits) noexcept {
    const SmallFormat format = small_format(type);
    const bool negative = (bits >> (format.bits - 1) & 1) != 0;
    const unsigned magnitude = bits & ((1U << (format.bits - 1)) - 1);
    float value = 0;
    if (type == v1::ELEMENT_TYPE_F8E5M2 && magnitude == 0x7C) {
        value = std::numeric_limits<float>::infinity();
    } else if (type == v1::ELEMENT_TYPE_F8E5M2 && magnitude > 0x7C) {
        value = float_of(0x7FC00000 | (magnitude & 3) << 21);
    } else if (type == v1::ELEMENT_TYPE_F8E4M3 && magnitude == 0x7F) {
        value = float_of(0x7FC00000);
    } else {
        const int exponent = static_cast<int>(magnitude >> format.fraction_bits);
        const unsigned fraction = magnitude & ((1U << format.fraction_bits) - 1);
        const unsigned significand = exponent != 0 ? fraction + (1U << format.fraction_bits) : fraction;
        const int power = (exponent != 0 ? exponent : 1) - format.bias - format.fraction_bits;
        value = std::ldexp(static_cast<float>(significand), power);
    }
    return negative ? float_of(bits_of_float(value) | 0x80000000U) : value;
}

std::array<float, 256> made_table(ElementType type) {
    std::array<float, 256> table{};
    for (unsigned bits = 0; bits < table.size(); ++bits) {
        if (type == v1::ELEMENT_TYPE_E8M0) {
            table[bits] = bits == 0xFF ? float_of(0x7FC00000) : std::ldexp(1.0F, static_cast<int>(bits) - 127);
        } else {
            table[bits] = small_float(type, bits);
        }
    }
    return table;
}

}  // namespace

float f16_to_float(std::uint16_t bits) noexcept {
    const auto sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
    const std::uint32_t magnitude = bits & 0x7FFFU;
    if (magnitude >= 0x7C00) return float_of(sign | 0x7F800000U | magnitude << 13);
    if (magnitude >= 0x0400) return float_of(sign | (magnitude + ((127U - 15U) << 10)) << 13);
    const float value = static_cast<float>(magnitude) * 0x1p-24F;
    return float_of(bits_of_float(value) | sign);
}

std::uint16_t double_to_f16(double value) noexcept {
    return rounded(value, {5, 10, 15});
}

std::uint16_t double_to_bf16(double value) noexcept {
    return rounded(value, {8, 7, 127});
}

const std::array<float, 256>& small_float_table(ElementType type) {
    static const auto f8e4m3 = made_table(v1::ELEMENT_TYPE_F8E4M3);
    static const auto f8e5m2 = made_table(v1::ELEMENT_TYPE_F8E5M2);
    static const auto f6e2m3 = made_table(v1::ELEMENT_TYPE_F6E2M3);
    static const auto f6e3m2 = made_table(v1::ELEMENT_TYPE_F6E3M2);
    static const auto f4e2m1 = made_table(v1::ELEMENT_TYPE_F4E2M1);
    static const auto e8m0 = made_table(v1::ELEMENT_TYPE_E8M0);
    switch (type) {
        case v1::ELEMENT_TYPE_F8E4M3: return f8e4m3;
        case v1::ELEMENT_TYPE_F8E5M2: return f8e5m2;
        case v1::ELEMENT_TYPE_F6E2M3: return f6e2m3;
        case v1::ELEMENT_TYPE_F6E3M2: return f6e3m2;
        case v1::ELEMENT_TYPE_F4E2M1: return f4e2m1;
        default: return e8m0;
    }
}

}  // namespace qmodel
