#include "qmodel/element_type.h"

namespace qmodel {

namespace {

constexpr int first_unsigned = 100;
constexpr int first_signed = 200;

}  // namespace

int bits_of(ElementType type) noexcept {
    const int number = static_cast<int>(type);
    if (number > first_signed) return number - first_signed;
    if (number > first_unsigned) return number - first_unsigned;
    switch (type) {
        case v1::ELEMENT_TYPE_BOOL: return 1;
        case v1::ELEMENT_TYPE_F64: return 64;
        case v1::ELEMENT_TYPE_F32: return 32;
        case v1::ELEMENT_TYPE_F16:
        case v1::ELEMENT_TYPE_BF16: return 16;
        case v1::ELEMENT_TYPE_F6E2M3:
        case v1::ELEMENT_TYPE_F6E3M2: return 6;
        case v1::ELEMENT_TYPE_F4E2M1: return 4;
        default: return 8;
    }
}

int storage_bytes(ElementType type) noexcept {
    const int bits = bits_of(type);
    return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8;
}

bool is_float(ElementType type) noexcept {
    return type >= v1::ELEMENT_TYPE_F64 && type <= v1::ELEMENT_TYPE_E8M0;
}

bool is_unsigned_integer(ElementType type) noexcept {
    return static_cast<int>(type) > first_unsigned && static_cast<int>(type) <= first_signed;
}

bool is_signed_integer(ElementType type) noexcept {
    return static_cast<int>(type) > first_signed;
}

bool is_integer(ElementType type) noexcept {
    return static_cast<int>(type) > first_unsigned;
}

std::string name_of(ElementType type) {
    const std::string prefix = "ELEMENT_TYPE_";
    std::string name = v1::ElementType_Name(type);
    if (name.size() <= prefix.size()) return "element type " + std::to_string(static_cast<int>(type));
    name.erase(0, prefix.size());
    for (char& letter : name) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return name;
}

}  // namespace qmodel
