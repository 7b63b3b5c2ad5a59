#ifndef QMODEL_RUNTIME_NETWORK_H
#define QMODEL_RUNTIME_NETWORK_H

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "qmodel/reader.h"
#include "runtime/operator.h"

namespace qmodel::runtime {

/// A node with its operator, and the values that nothing reads after it.
struct BoundNode {
    const v1::Node* node;
    const Operator* op;
    std::vector<std::string> frees;
};

/// "Conv node 'stem'"; a node without a name goes by that of its first output.
std::string text_of(const v1::Node& node);

/// Finds the operators of all nodes and holds the nodes against them (spec/graph.md, rule 12). Throws unsupported or
/// corrupt, the message naming the node.
std::vector<BoundNode> bind_nodes(const v1::Graph& graph);

using Weights = std::map<std::string, std::shared_ptr<const Tensor>, std::less<>>;

/// Decodes the tensors that a graph reads. Throws as Reader::tensor.
Weights decode_weights(const Reader& reader, const v1::Graph& graph);

}  // namespace qmodel::runtime

#endif
