#include "buffers/rans/exceptions.h"

#include "fail.h"
#include "types/float_bits.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

// A quiet NaN, which no code's value is, that tells the quantizer and the lowest bits of an escape.
constexpr std::uint32_t escape_bits = 0x7FC00000;
constexpr int escape_quantizer_place = 8;

bool is_escape(float value) noexcept {
    return (bits_of_float(value) & 0xFFC00000) == escape_bits;
}

}  // namespace

Exceptions::Exceptions(const RansTables& tables, ElementType type, const float* step) noexcept
    : tables_(tables),
      type_(type),
      storage_(static_cast<std::size_t>(storage_bytes(type))),
      is_scaled_(step != nullptr),
      step_(step != nullptr ? *step : 0) {}

std::size_t Exceptions::bytes() const noexcept {
    return has_escapes() ? static_cast<std::size_t>(bits_of(type_) + 7) / 8 : 0;
}

float Exceptions::scaled(std::int64_t code, std::uint32_t q) const noexcept {
    return static_cast<float>(2 * code + std::int64_t{q}) * step_;
}

std::uint32_t Exceptions::value_bits(std::uint32_t index, std::uint32_t q) const noexcept {
    if (translates()) return index;
    const std::int64_t value = tables_.base() + std::int64_t{index};
    if (!is_scaled_) return static_cast<std::uint32_t>(value);
    if (index < tables_.first_escape()) return bits_of_float(scaled(value, q));
    return escape_bits | q << escape_quantizer_place | (index - tables_.first_escape());
}

std::int64_t Exceptions::next(const RansPayload& payload, std::uint64_t used, std::uint32_t kept) const {
    if (used >= payload.exception_count()) corrupt("a rans payload has fewer exceptions than escapes");
    auto value = static_cast<std::int64_t>(payload.exception(used));
    const std::int64_t sign = std::int64_t{1} << (8 * bytes() - 1);
    if (is_signed_integer(type_)) value = (value ^ sign) - sign;
    if (value < least_value(type_) || value > greatest_value(type_)) corrupt("an exception is no value of its type");
    const auto found = static_cast<std::uint32_t>(value - tables_.base()) & tables_.kept_mask();
    if (found != kept) corrupt("an exception has other lowest bits than its escape");
    return value;
}

template <typename T>
std::uint64_t Exceptions::translate_to(const std::uint16_t* indices, std::uint64_t count, const RansPayload& payload,
                                       std::uint64_t used, T* out) const {
    const std::uint32_t first_escape = tables_.first_escape();
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint32_t index = indices[i];
        out[i] = static_cast<T>(index < first_escape ? tables_.base() + std::int64_t{index}
                                                     : next(payload, used++, index - first_escape));
    }
    return used;
}

std::uint64_t Exceptions::translate(const std::uint16_t* indices, std::uint64_t count, const RansPayload& payload,
                                    std::uint64_t used, std::uint8_t* out) const {
    switch (storage_) {
        case 1: return translate_to(indices, count, payload, used, out);
        case 2: return translate_to(indices, count, payload, used, reinterpret_cast<std::uint16_t*>(out));
        default: return translate_to(indices, count, payload, used, reinterpret_cast<std::uint32_t*>(out));
    }
}

std::uint64_t Exceptions::place(float* values, std::uint64_t count, const RansPayload& payload,
                                std::uint64_t used) const {
    if (!has_escapes()) return used;
    constexpr std::uint64_t piece = 64;
    for (std::uint64_t first = 0; first < count; first += piece) {
        const std::uint64_t end = first + piece < count ? first + piece : count;
        std::uint32_t found = 0;
        for (std::uint64_t i = first; i < end; ++i) found |= is_escape(values[i]) ? 1U : 0U;
        for (std::uint64_t i = first; found != 0 && i < end; ++i) {
            if (!is_escape(values[i])) continue;
            const std::uint32_t bits = bits_of_float(values[i]);
            const std::int64_t code = next(payload, used++, bits & tables_.kept_mask());
            values[i] = scaled(code, bits >> escape_quantizer_place & 1);
        }
    }
    return used;
}

}  // namespace qmodel
