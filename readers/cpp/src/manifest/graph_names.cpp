#include <unordered_set>
#include <vector>

#include "fail.h"
#include "manifest/graph.h"

namespace qmodel {

namespace {

using Names = std::unordered_set<std::string>;

/// The names that can be seen where a node stands: those of its graph, and of the graphs around it.
class Scopes {
public:
    explicit Scopes(const std::function<bool(const std::string&)>& is_tensor) : is_tensor_(is_tensor) {}

    void check(const v1::Graph& graph) {
        made_.emplace_back();
        for (const v1::Value& input : graph.inputs()) make(input.name());
        for (const v1::Node& node : graph.nodes()) check_node(node, graph);
        Names outputs;
        for (const v1::Value& output : graph.outputs()) {
            if (!is_known(output.name())) corrupt("graph output " + quoted(output.name()) + " is made by nothing");
            if (!outputs.insert(output.name()).second) {
                corrupt("graph output " + quoted(output.name()) + " is named twice");
            }
        }
        made_.pop_back();
    }

private:
    void check_node(const v1::Node& node, const v1::Graph& graph) {
        for (const std::string& input : node.inputs()) {
            if (!input.empty() && !is_known(input)) {
                corrupt("a node of " + quoted(node.operator_()) + " reads " + quoted(input) +
                        ", which nothing before it makes");
            }
        }
        for (const v1::Attribute& attribute : node.attributes()) {
            if (attribute.has_tensor_name() && !is_tensor_(attribute.tensor_name())) {
                corrupt("an attribute names tensor " + quoted(attribute.tensor_name()) + ", which does not exist");
            }
            if (!attribute.has_graph()) continue;
            if (attribute.graph().opset_version() != graph.opset_version()) {
                corrupt("a body has another opset version than the graph around it");
            }
            check(attribute.graph());
        }
        for (const std::string& output : node.outputs()) {
            if (!output.empty()) make(output);
        }
    }

    void make(const std::string& name) {
        if (is_known(name)) corrupt("the name " + quoted(name) + " stands for two values");
        made_.back().insert(name);
    }

    bool is_known(const std::string& name) const {
        for (const Names& names : made_) {
            if (names.count(name) != 0) return true;
        }
        return is_tensor_(name);
    }

    const std::function<bool(const std::string&)>& is_tensor_;
    std::vector<Names> made_;
};

}  // namespace

void check_graph_names(const v1::Graph& graph, const std::function<bool(const std::string&)>& is_tensor) {
    Scopes(is_tensor).check(graph);
}

}  // namespace qmodel
