#ifndef QMODEL_RUNTIME_ATTRIBUTES_H
#define QMODEL_RUNTIME_ATTRIBUTES_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "qmodel/v1/graph.pb.h"

namespace qmodel::runtime {

/// ONNX's types of attributes, without those that no operator here has.
enum class AttributeType { integer, real, text, integers, reals, texts, tensor };

/// What an operator says of one attribute.
struct AttributeRule {
    const char* name;
    AttributeType type;
    bool required = false;
};

/// The attributes of a node that has been held against the rules of its operator, so that types are right.
class Attributes {
public:
    explicit Attributes(const v1::Node& node) noexcept : node_(&node) {}

    bool has(std::string_view name) const noexcept { return find(name) != nullptr; }
    std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
    float real(std::string_view name, float otherwise) const;
    std::string text(std::string_view name, const char* otherwise) const;
    std::vector<std::int64_t> integers(std::string_view name) const;  ///< Empty when the attribute is left out.
    std::vector<float> reals(std::string_view name) const;            ///< Likewise.
    std::vector<std::string> texts(std::string_view name) const;      ///< Likewise.
    std::string tensor_name(std::string_view name) const;             ///< Likewise.

private:
    const v1::Attribute* find(std::string_view name) const noexcept;

    const v1::Node* node_;
};

/// Holds a node's attributes against the rules of its operator (spec/graph.md, rule 12). Throws corrupt.
void check_attributes(const v1::Node& node, const std::vector<AttributeRule>& rules);

}  // namespace qmodel::runtime

#endif
