#include "types/type_rules.h"

#include "fail.h"

namespace qmodel {

void check_element_type(int number) {
    if (number == v1::ELEMENT_TYPE_UNSPECIFIED || !v1::ElementType_IsValid(number)) {
        corrupt("element type number " + std::to_string(number) + " does not exist");
    }
}

bool is_convertible(ElementType from, ElementType to) noexcept {
    if (from == to) return true;
    if (is_float(from)) {
        return to == v1::ELEMENT_TYPE_F64 || to == v1::ELEMENT_TYPE_F32 || to == v1::ELEMENT_TYPE_F16 ||
               to == v1::ELEMENT_TYPE_BF16;
    }
    if (!is_integer(from) || !is_integer(to)) return false;
    if (is_signed_integer(from) == is_signed_integer(to)) return bits_of(from) <= bits_of(to);
    return is_unsigned_integer(from) && bits_of(from) < bits_of(to);
}

bool is_operand(ElementType type) noexcept {
    return is_float(type) || (is_integer(type) && bits_of(type) <= 32);
}

ElementType wider(ElementType one, ElementType other) noexcept {
    const bool is_double = one == v1::ELEMENT_TYPE_F64 || other == v1::ELEMENT_TYPE_F64;
    return is_double ? v1::ELEMENT_TYPE_F64 : v1::ELEMENT_TYPE_F32;
}

bool is_codable(ElementType type) noexcept {
    if (!is_float(type)) return bits_of(type) <= 32;
    return type == v1::ELEMENT_TYPE_BF16 || bits_of(type) <= 8;
}

std::int64_t least_value(ElementType type) noexcept {
    return is_signed_integer(type) ? -(std::int64_t{1} << (bits_of(type) - 1)) : 0;
}

std::int64_t greatest_value(ElementType type) noexcept {
    const int bits = is_signed_integer(type) ? bits_of(type) - 1 : bits_of(type);
    return (std::int64_t{1} << bits) - 1;
}

}  // namespace qmodel
