#include "runtime/attributes.h"

#include <algorithm>

#include "fail.h"

namespace qmodel::runtime {

namespace {

const char* name_of(AttributeType type) {
    switch (type) {
        case AttributeType::integer: return "INT";
        case AttributeType::real: return "FLOAT";
        case AttributeType::text: return "STRING";
        case AttributeType::integers: return "INTS";
        case AttributeType::reals: return "FLOATS";
        case AttributeType::texts: return "STRINGS";
        case AttributeType::tensor: return "TENSOR";
    }
    return "";
}

/// An empty list has no elements that could tell its type (spec/graph.md, "Attribute").
bool is_empty_list(const v1::Attribute& attribute) {
    switch (attribute.value_case()) {
        case v1::Attribute::kFloatList: return attribute.float_list().values().empty();
        case v1::Attribute::kIntList: return attribute.int_list().values().empty();
        case v1::Attribute::kStringList: return attribute.string_list().values().empty();
        default: return false;
    }
}

bool has_type(const v1::Attribute& attribute, AttributeType type) {
    switch (type) {
        case AttributeType::integer: return attribute.has_int_value();
        case AttributeType::real: return attribute.has_float_value();
        case AttributeType::text: return attribute.has_string_value();
        case AttributeType::integers: return attribute.has_int_list() || is_empty_list(attribute);
        case AttributeType::reals: return attribute.has_float_list() || is_empty_list(attribute);
        case AttributeType::texts: return attribute.has_string_list() || is_empty_list(attribute);
        case AttributeType::tensor: return attribute.has_tensor_name();
    }
    return false;
}

}  // namespace

const v1::Attribute* Attributes::find(std::string_view name) const noexcept {
    const auto& all = node_->attributes();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name() == name; });
    return found == all.end() ? nullptr : &*found;
}

std::int64_t Attributes::integer(std::string_view name, std::int64_t otherwise) const {
    const v1::Attribute* found = find(name);
    return found == nullptr ? otherwise : found->int_value();
}

float Attributes::real(std::string_view name, float otherwise) const {
    const v1::Attribute* found = find(name);
    return found == nullptr ? otherwise : found->float_value();
}

std::string Attributes::text(std::string_view name, const char* otherwise) const {
    const v1::Attribute* found = find(name);
    return found == nullptr ? otherwise : found->string_value();
}

std::vector<std::int64_t> Attributes::integers(std::string_view name) const {
    const v1::Attribute* found = find(name);
    if (found == nullptr) return {};
    return {found->int_list().values().begin(), found->int_list().values().end()};
}

std::vector<float> Attributes::reals(std::string_view name) const {
    const v1::Attribute* found = find(name);
    if (found == nullptr) return {};
    return {found->float_list().values().begin(), found->float_list().values().end()};
}

std::vector<std::string> Attributes::texts(std::string_view name) const {
    const v1::Attribute* found = find(name);
    if (found == nullptr) return {};
    return {found->string_list().values().begin(), found->string_list().values().end()};
}

std::string Attributes::tensor_name(std::string_view name) const {
    const v1::Attribute* found = find(name);
    return found == nullptr ? std::string() : found->tensor_name();
}

void check_attributes(const v1::Node& node, const std::vector<AttributeRule>& rules) {
    for (const v1::Attribute& attribute : node.attributes()) {
        const auto rule = std::find_if(rules.begin(), rules.end(),
                                       [&](const AttributeRule& each) { return attribute.name() == each.name; });
        if (rule == rules.end()) {
            corrupt("the operator has no attribute " + quoted(attribute.name()));
        }
        if (!has_type(attribute, rule->type)) {
            corrupt("attribute " + quoted(attribute.name()) + " must be of type " + name_of(rule->type));
        }
    }
    const Attributes given(node);
    for (const AttributeRule& rule : rules) {
        if (rule.required && !given.has(rule.name)) {
            corrupt(std::string("attribute '") + rule.name + "' is missing");
        }
    }
}

}  // namespace qmodel::runtime
