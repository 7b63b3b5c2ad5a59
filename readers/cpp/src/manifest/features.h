#ifndef QMODEL_SRC_MANIFEST_FEATURES_H
#define QMODEL_SRC_MANIFEST_FEATURES_H

#include <set>
#include <string>

#include "qmodel/v1/manifest.pb.h"

namespace qmodel {

/// The names of what the tensors and golden samples of a checked manifest use (spec/manifest.md, "Features").
std::set<std::string> used_features(const v1::Manifest& manifest);

/// Throws unsupported when a list names what this reader lacks.
void check_required_features(const v1::Manifest& manifest);

}  // namespace qmodel

#endif
