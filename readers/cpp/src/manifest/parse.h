#ifndef QMODEL_SRC_MANIFEST_PARSE_H
#define QMODEL_SRC_MANIFEST_PARSE_H

#include <string>
#include <vector>

#include "qmodel/limits.h"
#include "qmodel/v1/manifest.pb.h"
#include "view.h"

namespace qmodel {

/// Fills a manifest from its bytes and checks steps 1 to 4 of spec/manifest.md, "What opening checks", and of step 5
/// names, shapes, types and quality. Warnings are added to. Throws corrupt, non_canonical, unsupported or limit.
void parse_manifest(ByteView content, const Limits& limits, v1::Manifest& manifest, std::vector<std::string>& warnings);

/// Checks a shape of a tensor or a golden value: at most 32 axes and 2^60 - 1 elements. Throws corrupt.
void check_shape(const google::protobuf::RepeatedField<std::uint64_t>& shape);

}  // namespace qmodel

#endif
