#include "qmodel/session.h"

#include <algorithm>
#include <map>
#include <utility>

#include "fail.h"
#include "runtime/inputs.h"
#include "runtime/network.h"

namespace qmodel {

using runtime::Array;
using runtime::BoundNode;

struct Session::Network {
    Reader reader;  ///< Keeps the graph alive.
    std::uint64_t memory_bytes;
    std::vector<BoundNode> nodes;
    runtime::Weights weights;

    const v1::Graph& graph() const { return reader.manifest().graph(); }
};

namespace {

using Values = std::map<std::string, Array, std::less<>>;

const v1::Graph& graph_of(const Reader& reader) {
    if (!reader.manifest().has_graph()) invalid_input("the file holds no network, only tensors");
    return reader.manifest().graph();
}

Array weight_named(const std::string& name, const runtime::Weights& weights) {
    const auto found = weights.find(name);
    if (found == weights.end()) corrupt("nothing makes the value " + quoted(name));
    return Array(found->second);
}

/// A value by name; that of a node which nothing reads later is handed over.
Array take(const std::string& name, Values& values, const runtime::Weights& weights, const BoundNode& bound) {
    if (name.empty()) return {};
    const auto found = values.find(name);
    if (found == values.end()) return weight_named(name, weights);
    for (const std::string& freed : bound.frees) {
        const auto& inputs = bound.node->inputs();
        if (freed == name && std::count(inputs.begin(), inputs.end(), name) == 1) return std::move(found->second);
    }
    return found->second;
}

void run_node(const BoundNode& bound, Values& values, const runtime::Weights& weights, runtime::Memory& memory) {
    const v1::Node& node = *bound.node;
    const runtime::Attributes attributes(node);
    runtime::Call call{{}, attributes, {}, static_cast<std::size_t>(node.outputs_size()), memory};
    for (const std::string& name : node.inputs()) call.inputs.push_back(take(name, values, weights, bound));
    if (bound.op->most_inputs != runtime::kAnyNumber) call.inputs.resize(bound.op->most_inputs);
    const std::string constant = attributes.tensor_name("value");
    if (!constant.empty()) call.value = weight_named(constant, weights);
    std::vector<Array> made = bound.op->function(call);
    call.inputs.clear();
    for (std::size_t position = 0; position < made.size() && position < call.output_count; ++position) {
        const std::string& name = node.outputs(static_cast<int>(position));
        if (!name.empty()) values.insert_or_assign(name, std::move(made[position]));
    }
    for (const std::string& name : bound.frees) values.erase(name);
}

}  // namespace

Session::Session(const Reader& reader, const SessionOptions& options) {
    const v1::Graph& graph = graph_of(reader);
    auto nodes = runtime::bind_nodes(graph);
    network_ = std::make_shared<const Network>(
        Network{reader, options.memory_bytes, std::move(nodes), runtime::decode_weights(reader, graph)});
}

NamedTensors Session::run(const NamedTensors& inputs) const {
    runtime::check_inputs(network_->graph(), inputs);
    runtime::Memory memory(network_->memory_bytes);
    Values values;
    for (const auto& [name, tensor] : inputs) {
        values.emplace(name, Array(std::shared_ptr<const Tensor>(std::shared_ptr<void>(), &tensor)));
    }
    for (const BoundNode& bound : network_->nodes) {
        try {
            run_node(bound, values, network_->weights, memory);
        } catch (const Error& error) {
            throw Error(error.kind(), runtime::text_of(*bound.node) + ": " + error.what());
        }
    }
    NamedTensors outputs;
    for (const v1::Value& output : network_->graph().outputs()) {
        const auto made = values.find(output.name());
        const Array array = made != values.end() ? made->second : weight_named(output.name(), network_->weights);
        outputs.emplace_back(output.name(), array.to_tensor());
    }
    return outputs;
}

}  // namespace qmodel
