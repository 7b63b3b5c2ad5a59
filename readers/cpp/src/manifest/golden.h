#ifndef QMODEL_SRC_MANIFEST_GOLDEN_H
#define QMODEL_SRC_MANIFEST_GOLDEN_H

#include "buffers/buffer.h"
#include "qmodel/v1/manifest.pb.h"

namespace qmodel {

/// Checks the golden samples of a manifest whose graph is checked, without payloads (spec/golden.md, "Messages").
/// Throws corrupt, unsupported or limit.
void check_golden(const v1::Manifest& manifest, const BufferRules& rules);

}  // namespace qmodel

#endif
