// Constant and ConstantOfShape.
#include <algorithm>
#include <cstring>

#include "fail.h"
#include "runtime/ops/operators.h"
#include "runtime/strided_copy.h"

namespace qmodel::runtime::ops {

namespace {

template <typename T>
Array array_of(Call& call, ElementType type, const std::vector<T>& numbers, bool is_list) {
    Array made = call.make(type, is_list ? Lengths{static_cast<std::int64_t>(numbers.size())} : Lengths{});
    std::copy(numbers.begin(), numbers.end(), made.mutable_as<T>());
    return made;
}

std::vector<Array> constant_value(Call& call) {
    const Attributes& given = call.attributes;
    std::vector<Array> made;
    if (given.has("value")) made.push_back(call.value);
    if (given.has("value_float")) {
        made.push_back(array_of<float>(call, v1::ELEMENT_TYPE_F32, {given.real("value_float", 0.0F)}, false));
    }
    if (given.has("value_floats")) {
        made.push_back(array_of(call, v1::ELEMENT_TYPE_F32, given.reals("value_floats"), true));
    }
    if (given.has("value_int")) {
        made.push_back(array_of<std::int64_t>(call, v1::ELEMENT_TYPE_S64, {given.integer("value_int", 0)}, false));
    }
    if (given.has("value_ints")) {
        made.push_back(array_of(call, v1::ELEMENT_TYPE_S64, given.integers("value_ints"), true));
    }
    if (made.size() != 1) {
        corrupt("wanted exactly one value, got " + std::to_string(made.size()));
    }
    return made;
}

std::vector<Array> filled(Call& call) {
    const Lengths lengths = call.input(0).integers();
    if (!call.value) {
        Array made = call.make_floats(lengths);
        std::fill_n(made.mutable_as<float>(), made.count(), 0.0F);
        return {made};
    }
    if (call.value.count() != 1) corrupt("the attribute 'value' must hold one number");
    Array made = call.make(call.value.element_type(), lengths);
    copy_strided(call.value, 0, Lengths(lengths.size(), 0), made);
    return {made};
}

}  // namespace

std::vector<Operator> constant() {
    const AttributeRule value{"value", AttributeType::tensor};
    const std::vector<AttributeRule> numbers{value,
                                             {"value_float", AttributeType::real},
                                             {"value_floats", AttributeType::reals},
                                             {"value_int", AttributeType::integer},
                                             {"value_ints", AttributeType::integers}};
    return {
        {"Constant", 1, kNewest, 0, 0, 1, numbers, constant_value},
        {"ConstantOfShape", 9, kNewest, 1, 1, 1, {value}, filled},
    };
}

}  // namespace qmodel::runtime::ops
