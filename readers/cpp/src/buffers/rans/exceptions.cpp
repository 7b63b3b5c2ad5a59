#include "buffers/rans/exceptions.h"

#include <algorithm>

#include "cpu.h"
#include "fail.h"
#include "types/float_bits.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

// A quiet NaN, which no code's value is, that tells the quantizer and the lowest bits of an escape.
constexpr std::uint32_t escape_bits = 0x7FC00000;
constexpr int escape_quantizer_place = 8;
constexpr std::uint32_t last_scaled_escape = (1U << (escape_quantizer_place + 1)) - 1;

// Elements that are passed at once where no marker is among them.
constexpr std::uint64_t block = 64;

/// The first block from `first` on that may have a marker in it, or what is left behind the last whole block.
template <typename T>
struct NextBlock {
    QMODEL_INLINE std::uint64_t operator()(const T* decoded, std::uint64_t first, std::uint64_t count, T marker,
                                           T most) const {
        for (; first + block <= count; first += block) {
            T nearest = static_cast<T>(~T{0});
            for (std::uint64_t i = first; i < first + block; ++i) {
                const T distance = static_cast<T>(decoded[i] - marker);
                nearest = distance < nearest ? distance : nearest;
            }
            if (nearest <= most) break;
        }
        return first;
    }
};

/// Values that stand behind each other, as many as an escape can tell, and no index has: below all others where the
/// type has room there, else above.
std::int64_t first_free_value(const RansTables& tables, ElementType type) noexcept {
    const std::int64_t below = tables.base() - (std::int64_t{tables.kept_mask()} + 1);
    return below >= least_value(type) ? below : tables.base() + std::int64_t{tables.first_escape()};
}

}  // namespace

Exceptions::Exceptions(const RansTables& tables, ElementType type, const float* step) noexcept
    : tables_(tables),
      type_(type),
      storage_(static_cast<std::size_t>(storage_bytes(type))),
      is_scaled_(step != nullptr),
      step_(step != nullptr ? *step : 0),
      first_marker_(is_scaled_ ? escape_bits : static_cast<std::uint32_t>(first_free_value(tables, type))),
      last_marker_(is_scaled_ ? last_scaled_escape : tables.kept_mask()) {}

std::size_t Exceptions::bytes() const noexcept {
    return has_escapes() ? static_cast<std::size_t>(bits_of(type_) + 7) / 8 : 0;
}

float Exceptions::scaled(std::int64_t code, std::uint32_t q) const noexcept {
    return static_cast<float>(2 * code + std::int64_t{q}) * step_;
}

std::uint32_t Exceptions::value_bits(std::uint32_t index, std::uint32_t q) const noexcept {
    if (index < tables_.first_escape()) {
        const std::int64_t value = tables_.base() + std::int64_t{index};
        return is_scaled_ ? bits_of_float(scaled(value, q)) : static_cast<std::uint32_t>(value);
    }
    const std::uint32_t kept = index - tables_.first_escape();
    return first_marker_ + (is_scaled_ ? q << escape_quantizer_place | kept : kept);
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
std::uint64_t Exceptions::place_in(T* decoded, std::uint64_t count, const RansPayload& payload,
                                   std::uint64_t used) const {
    const T marker = static_cast<T>(first_marker_);
    const T most = static_cast<T>(last_marker_);
    for (std::uint64_t i = 0; i < count;) {
        i = for_this_cpu(NextBlock<T>{}, decoded, i, count, marker, most);
        for (const std::uint64_t end = std::min(i + block, count); i < end; ++i) {
            const T found = static_cast<T>(decoded[i] - marker);
            if (found > most) continue;
            const std::int64_t value = next(payload, used++, found & tables_.kept_mask());
            const std::uint32_t q = static_cast<std::uint32_t>(found) >> escape_quantizer_place;
            decoded[i] =
                static_cast<T>(is_scaled_ ? bits_of_float(scaled(value, q)) : static_cast<std::uint32_t>(value));
        }
    }
    return used;
}

std::uint64_t Exceptions::place(std::uint8_t* decoded, std::uint64_t count, const RansPayload& payload,
                                std::uint64_t used) const {
    if (!has_escapes()) return used;
    switch (element_bytes()) {
        case 1: return place_in(decoded, count, payload, used);
        case 2: return place_in(reinterpret_cast<std::uint16_t*>(decoded), count, payload, used);
        default: return place_in(reinterpret_cast<std::uint32_t*>(decoded), count, payload, used);
    }
}

}  // namespace qmodel
