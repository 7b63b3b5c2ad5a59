#include <cmath>
#include <map>

#include "manifest/graph.h"
#include "manifest/names.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

constexpr int most_nested_bodies = 8;
constexpr std::uint64_t longest_axis = (std::uint64_t{1} << 63) - 1;

void check_graph(const v1::Graph& graph, int depth);

void check_attribute(const v1::Attribute& attribute, int depth) {
    if (attribute.value_case() == v1::Attribute::VALUE_NOT_SET) {
        corrupt("attribute " + quoted(attribute.name()) + " has no value");
    }
    if (attribute.has_graph()) check_graph(attribute.graph(), depth + 1);
}

void check_node(const v1::Node& node, int depth) {
    check_text("name of a node", node.name());
    check_text("operator", node.operator_(), false);
    for (const std::string& name : node.inputs()) check_text("name of a value", name);
    for (const std::string& name : node.outputs()) check_text("name of a value", name);
    NameOrder order("attribute");
    for (const v1::Attribute& attribute : node.attributes()) {
        order.take(attribute.name());
        check_attribute(attribute, depth);
    }
}

void check_value(const v1::Value& value) {
    check_text("name of a value", value.name(), false);
    check_element_type(value.element_type());
    for (const v1::Dimension& dimension : value.shape().dimensions()) {
        if (dimension.has_symbol()) check_text("symbol", dimension.symbol(), false);
        if (dimension.has_size() && dimension.size() > longest_axis) corrupt("an axis longer than 2^63 - 1");
    }
}

void check_image_input(const v1::ImageInput& image, const std::map<std::string, ElementType>& inputs) {
    const auto input = inputs.find(image.input());
    if (input == inputs.end() || input->second != v1::ELEMENT_TYPE_F32) {
        corrupt("image input " + quoted(image.input()) + " is no graph input of f32");
    }
    if (image.layout() == v1::IMAGE_LAYOUT_UNSPECIFIED || !v1::ImageLayout_IsValid(image.layout())) {
        corrupt("image layout number " + std::to_string(static_cast<int>(image.layout())) + " does not exist");
    }
    bool is_usable = std::isfinite(image.scale()) && image.scale() != 0;
    for (const float mean : image.mean()) is_usable = is_usable && std::isfinite(mean);
    for (const float deviation : image.std()) is_usable = is_usable && std::isfinite(deviation) && deviation != 0;
    if (!is_usable) corrupt("image input " + quoted(image.input()) + " has numbers that are not finite, or 0");
}

void check_image_inputs(const v1::Graph& graph, int depth) {
    if (depth > 0 && graph.image_inputs_size() != 0) corrupt("a graph body has image inputs");
    std::map<std::string, ElementType> inputs;
    if (graph.image_inputs_size() == 0) return;
    for (const v1::Value& value : graph.inputs()) inputs[value.name()] = value.element_type();
    NameOrder order("image input");
    for (const v1::ImageInput& image : graph.image_inputs()) {
        order.take(image.input());
        check_image_input(image, inputs);
    }
}

void check_graph(const v1::Graph& graph, int depth) {
    if (depth > most_nested_bodies) corrupt("bodies of a graph are nested deeper than 8");
    check_text("name of a graph", graph.name());
    if (graph.opset_version() == 0) corrupt("a graph of opset version 0");
    for (const v1::Node& node : graph.nodes()) check_node(node, depth);
    for (const v1::Value& value : graph.inputs()) check_value(value);
    for (const v1::Value& value : graph.outputs()) check_value(value);
    check_image_inputs(graph, depth);
}

}  // namespace

void check_graph_messages(const v1::Graph& graph) {
    check_graph(graph, 0);
}

}  // namespace qmodel
