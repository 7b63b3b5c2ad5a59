#include "runtime/network.h"

#include <algorithm>
#include <set>
#include <utility>

#include "fail.h"
#include "runtime/registry.h"

namespace qmodel::runtime {

namespace {

/// Up to the last one that has a name.
std::size_t count_outputs(const v1::Node& node) {
    int count = node.outputs_size();
    while (count > 0 && node.outputs(count - 1).empty()) --count;
    return static_cast<std::size_t>(count);
}

void check_counts(const v1::Node& node, const Operator& op) {
    const auto given = static_cast<std::size_t>(node.inputs_size());
    const std::size_t checked = op.most_inputs == kAnyNumber ? std::max(given, op.required_inputs) : op.required_inputs;
    for (std::size_t position = 0; position < checked; ++position) {
        if (position >= given || node.inputs(static_cast<int>(position)).empty()) {
            corrupt("input " + std::to_string(position) + " is missing");
        }
    }
    for (std::size_t position = op.most_inputs; position < given; ++position) {
        if (!node.inputs(static_cast<int>(position)).empty()) {
            corrupt("it has more than " + std::to_string(op.most_inputs) + " inputs");
        }
    }
    if (count_outputs(node) > op.most_outputs) {
        corrupt("it has more than " + std::to_string(op.most_outputs) + " outputs");
    }
}

BoundNode bind(const v1::Node& node, int opset) {
    try {
        const Operator& op = find_operator(node.operator_(), opset);
        check_counts(node, op);
        check_attributes(node, op.attributes);
        if (op.check != nullptr) op.check(Attributes(node), count_outputs(node));
        return {&node, &op, {}};
    } catch (const Error& error) {
        throw Error(error.kind(), text_of(node) + ": " + error.what());
    }
}

/// Walks the nodes backward, so that the first use met is the last one.
void find_last_uses(const v1::Graph& graph, std::vector<BoundNode>& nodes) {
    std::set<std::string> seen;
    for (const v1::Value& output : graph.outputs()) seen.insert(output.name());
    for (auto bound = nodes.rbegin(); bound != nodes.rend(); ++bound) {
        for (const auto* names : {&bound->node->inputs(), &bound->node->outputs()}) {
            for (const std::string& name : *names) {
                if (!name.empty() && seen.insert(name).second) bound->frees.push_back(name);
            }
        }
    }
}

}  // namespace

std::string text_of(const v1::Node& node) {
    std::string label = node.name();
    for (const std::string& output : node.outputs()) {
        if (label.empty()) label = output;
    }
    return node.operator_() + " node " + qmodel::quoted(label);
}

std::vector<BoundNode> bind_nodes(const v1::Graph& graph) {
    if (graph.opset_version() < kOldestOpset || graph.opset_version() > kNewestOpset) {
        unsupported("the network uses opset " + std::to_string(graph.opset_version()) + "; this reader runs " +
                    std::to_string(kOldestOpset) + " to " + std::to_string(kNewestOpset));
    }
    std::vector<BoundNode> nodes;
    for (const v1::Node& node : graph.nodes()) nodes.push_back(bind(node, static_cast<int>(graph.opset_version())));
    find_last_uses(graph, nodes);
    return nodes;
}

Weights decode_weights(const Reader& reader, const v1::Graph& graph) {
    std::set<std::string> wanted;
    for (const v1::Node& node : graph.nodes()) {
        wanted.insert(node.inputs().begin(), node.inputs().end());
        for (const v1::Attribute& attribute : node.attributes()) wanted.insert(attribute.tensor_name());
    }
    for (const v1::Value& output : graph.outputs()) wanted.insert(output.name());
    Weights weights;
    for (const TensorInfo& info : reader.tensors()) {
        if (wanted.count(info.name) > 0) {
            weights.emplace(info.name, std::make_shared<const Tensor>(reader.tensor(info.name)));
        }
    }
    return weights;
}

}  // namespace qmodel::runtime
