#ifndef QMODEL_SRC_MANIFEST_GRAPH_H
#define QMODEL_SRC_MANIFEST_GRAPH_H

#include <functional>
#include <string>

#include "qmodel/v1/graph.pb.h"

namespace qmodel {

/// Rules 1 to 7 of spec/graph.md, "What a reader checks". Throws corrupt.
void check_graph_messages(const v1::Graph& graph);

/// Rules 8 to 11: that names hang together. `is_tensor` tells whether a tensor has a name. Throws corrupt.
void check_graph_names(const v1::Graph& graph, const std::function<bool(const std::string&)>& is_tensor);

}  // namespace qmodel

#endif
