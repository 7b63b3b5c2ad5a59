#ifndef QMODEL_SESSION_H
#define QMODEL_SESSION_H

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "qmodel/reader.h"
#include "qmodel/tensor.h"

namespace qmodel {

/// What one run of a network may spend.
struct SessionOptions {
    std::uint64_t memory_bytes = std::uint64_t{4} << 30;  ///< All arrays alive at one time, tensors not counted.
};

/// Arrays with their names.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// Runs the network of a file (spec/graph.md), in float32. May be used from several threads at once.
class Session {
public:
    /// Checks the graph and decodes the tensors that it reads. Throws Error: invalid_input when the file has no graph,
    /// unsupported when an operator or the opset version is not implemented, corrupt when a node does not fit its
    /// operator (spec/graph.md, rule 12), and as Reader::tensor does. The message names the node.
    explicit Session(const Reader& reader, const SessionOptions& options = {});

    /// Computes all outputs of the graph, in its order, from one array for each of its inputs, in any order.
    ///
    /// Throws Error, its message naming the input or the node: invalid_input when an input is missing, unexpected, or
    /// of another element type or shape than the graph says; corrupt when shapes or values do not fit an operator;
    /// unsupported when an operator is not implemented for an element type; limit when the run needs too much memory.
    NamedTensors run(const NamedTensors& inputs) const;

private:
    struct Network;
    std::shared_ptr<const Network> network_;
};

}  // namespace qmodel

#endif
