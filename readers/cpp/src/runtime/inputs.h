#ifndef QMODEL_RUNTIME_INPUTS_H
#define QMODEL_RUNTIME_INPUTS_H

#include "qmodel/session.h"

namespace qmodel::runtime {

/// Holds what a caller gives against what the graph declares (spec/graph.md, "Value, Shape, Dimension"). Throws
/// invalid_input, naming the input.
void check_inputs(const v1::Graph& graph, const NamedTensors& given);

}  // namespace qmodel::runtime

#endif
