#include "types/convert.h"

#include <algorithm>
#include <cstring>

#include "types/float_bits.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

// What is on its way from one float type to another through double stays in a core's cache.
constexpr std::uint64_t piece = 2048;

template <typename From, typename To>
void cast(const From* from, std::uint64_t count, To* to) {
    for (std::uint64_t i = 0; i < count; ++i) to[i] = static_cast<To>(from[i]);
}

/// Calls action with a pointer to the elements in their storage type, which is not that of a float.
template <typename Action>
void with_integers(const Array& array, std::uint64_t first, const Action& action) {
    const bool is_signed = is_signed_integer(array.type());
    switch (storage_bytes(array.type())) {
        case 1: return is_signed ? action(array.as<std::int8_t>() + first) : action(array.as<std::uint8_t>() + first);
        case 2: return is_signed ? action(array.as<std::int16_t>() + first) : action(array.as<std::uint16_t>() + first);
        case 4: return is_signed ? action(array.as<std::int32_t>() + first) : action(array.as<std::uint32_t>() + first);
        default:
            return is_signed ? action(array.as<std::int64_t>() + first) : action(array.as<std::uint64_t>() + first);
    }
}

template <typename Float>
void half_floats(const std::uint16_t* from, std::uint64_t count, Float* out, bool is_bf16) {
    if (is_bf16) {
        for (std::uint64_t i = 0; i < count; ++i) out[i] = static_cast<Float>(bf16_to_float(from[i]));
    } else {
        for (std::uint64_t i = 0; i < count; ++i) out[i] = static_cast<Float>(f16_to_float(from[i]));
    }
}

void round_to_half(const Array& array, ElementType type, std::uint16_t* out) {
    double exact[piece];
    for (std::uint64_t first = 0; first < array.count(); first += piece) {
        const std::uint64_t count = std::min(piece, array.count() - first);
        to_operands(array, first, count, exact);
        for (std::uint64_t i = 0; i < count; ++i) {
            out[first + i] = type == v1::ELEMENT_TYPE_BF16 ? double_to_bf16(exact[i]) : double_to_f16(exact[i]);
        }
    }
}

template <typename To>
void widen_integers(const Array& array, To* out) {
    with_integers(array, 0, [&](const auto* from) { cast(from, array.count(), out); });
}

void convert_integers(const Array& array, Array& out) {
    const bool is_signed = is_signed_integer(out.type());
    switch (storage_bytes(out.type())) {
        case 1: return widen_integers(array, out.room_as<std::uint8_t>());
        case 2: return widen_integers(array, out.room_as<std::uint16_t>());
        case 4: return widen_integers(array, out.room_as<std::uint32_t>());
        default:
            return is_signed ? widen_integers(array, out.room_as<std::int64_t>())
                             : widen_integers(array, out.room_as<std::uint64_t>());
    }
}

}  // namespace

template <typename Float>
void to_operands(const Array& array, std::uint64_t first, std::uint64_t count, Float* out) {
    const ElementType type = array.type();
    if (!is_float(type)) {
        with_integers(array, first, [&](const auto* from) { cast(from, count, out); });
    } else if (type == v1::ELEMENT_TYPE_F64) {
        cast(array.as<double>() + first, count, out);
    } else if (type == v1::ELEMENT_TYPE_F32) {
        cast(array.as<float>() + first, count, out);
    } else if (storage_bytes(type) == 2) {
        half_floats(array.as<std::uint16_t>() + first, count, out, type == v1::ELEMENT_TYPE_BF16);
    } else {
        const auto& table = small_float_table(type);
        const std::uint8_t* from = array.data() + first;
        for (std::uint64_t i = 0; i < count; ++i) out[i] = static_cast<Float>(table[from[i]]);
    }
}

template void to_operands(const Array&, std::uint64_t, std::uint64_t, float*);
template void to_operands(const Array&, std::uint64_t, std::uint64_t, double*);

Array as_operands(Array array, ElementType type) {
    if (array.type() == type) return array;
    Array out = Array::with_room(type, array.count());
    if (type == v1::ELEMENT_TYPE_F64) {
        to_operands(array, 0, array.count(), out.room_as<double>());
    } else {
        to_operands(array, 0, array.count(), out.room_as<float>());
    }
    return out;
}

Array converted(Array array, ElementType type, std::uint8_t* place) {
    if (array.type() == type) {
        if (place == nullptr || array.data() == place) return array;
        Array out = Array::with_room(type, array.count(), place);
        if (array.count() != 0) std::memcpy(place, array.data(), array.byte_count());
        return out;
    }
    Array out = Array::with_room(type, array.count(), place);
    if (!is_float(type)) {
        convert_integers(array, out);
    } else if (type == v1::ELEMENT_TYPE_F64) {
        to_operands(array, 0, array.count(), out.room_as<double>());
    } else if (type == v1::ELEMENT_TYPE_F32) {
        to_operands(array, 0, array.count(), out.room_as<float>());
    } else {
        round_to_half(array, type, out.room_as<std::uint16_t>());
    }
    return out;
}

}  // namespace qmodel
