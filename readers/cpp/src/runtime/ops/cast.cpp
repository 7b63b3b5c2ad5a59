// Cast between the types whose elements the processor has.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "fail.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

/// The types by their numbers in ONNX's TensorProto.DataType.
ElementType element_type_of(std::int64_t number) {
    switch (number) {
        case 1: return v1::ELEMENT_TYPE_F32;
        case 2: return v1::ELEMENT_TYPE_U8;
        case 3: return v1::ELEMENT_TYPE_S8;
        case 4: return v1::ELEMENT_TYPE_U16;
        case 5: return v1::ELEMENT_TYPE_S16;
        case 6: return v1::ELEMENT_TYPE_S32;
        case 7: return v1::ELEMENT_TYPE_S64;
        case 9: return v1::ELEMENT_TYPE_BOOL;
        case 11: return v1::ELEMENT_TYPE_F64;
        case 12: return v1::ELEMENT_TYPE_U32;
        case 13: return v1::ELEMENT_TYPE_U64;
        default: unsupported("this reader does not convert to ONNX's type " + std::to_string(number));
    }
}

/// A float becomes an integer by truncation, the nearest one that the type has; NaN becomes 0.
template <typename To, typename From>
To converted(From x) {
    if constexpr (std::is_same_v<To, bool>) {
        return x != From{0};
    } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
        if (std::isnan(x)) return 0;
        if (x <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
        if (x >= static_cast<From>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
        return static_cast<To>(x);
    } else {
        return static_cast<To>(x);
    }
}

/// Calls use(T()) for the type of an element's storage.
template <typename Use>
void with_storage(ElementType type, Use use) {
    switch (type) {
        case v1::ELEMENT_TYPE_BOOL: return use(bool());
        case v1::ELEMENT_TYPE_F32: return use(float());
        case v1::ELEMENT_TYPE_F64: return use(double());
        case v1::ELEMENT_TYPE_U8: return use(std::uint8_t());
        case v1::ELEMENT_TYPE_S8: return use(std::int8_t());
        case v1::ELEMENT_TYPE_U16: return use(std::uint16_t());
        case v1::ELEMENT_TYPE_S16: return use(std::int16_t());
        case v1::ELEMENT_TYPE_U32: return use(std::uint32_t());
        case v1::ELEMENT_TYPE_S32: return use(std::int32_t());
        case v1::ELEMENT_TYPE_U64: return use(std::uint64_t());
        case v1::ELEMENT_TYPE_S64: return use(std::int64_t());
        default: unsupported("this reader does not convert from " + name_of(type));
    }
}

std::vector<Array> convert(Call& call) {
    const Array& x = call.input(0);
    const ElementType wanted = element_type_of(call.attributes.integer("to", 0));
    if (wanted == x.element_type()) return {x};
    Array made = call.make(wanted, x.lengths());
    const std::int64_t count = x.count();
    with_storage(x.element_type(), [&](auto from) {
        with_storage(wanted, [&](auto to) {
            const auto* source = x.as<decltype(from)>();
            auto* target = made.mutable_as<decltype(to)>();
            std::transform(source, source + count, target, converted<decltype(to), decltype(from)>);
        });
    });
    return {made};
}

void refuse_other_types(const Attributes& attributes, std::size_t) {
    element_type_of(attributes.integer("to", 0));
}

}  // namespace

std::vector<Operator> cast() {
    const AttributeRule to{"to", AttributeType::integer, true};
    const AttributeRule saturate{"saturate", AttributeType::integer};
    const AttributeRule round_mode{"round_mode", AttributeType::text};
    return {{"Cast", 6, kNewest, 1, 1, 1, {to, saturate, round_mode}, convert, refuse_other_types}};
}

}  // namespace qmodel::runtime::ops
