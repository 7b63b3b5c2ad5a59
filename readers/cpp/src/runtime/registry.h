#ifndef QMODEL_RUNTIME_REGISTRY_H
#define QMODEL_RUNTIME_REGISTRY_H

#include <string>

#include "runtime/operator.h"

namespace qmodel::runtime {

constexpr int kOldestOpset = 9;
constexpr int kNewestOpset = 28;

/// The meaning of an operator in a version of the operator set: the newest one that is not above it (spec/graph.md,
/// "Operators and opset"). Throws unsupported when this reader does not have it.
const Operator& find_operator(const std::string& name, int opset);

}  // namespace qmodel::runtime

#endif
