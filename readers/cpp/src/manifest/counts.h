#ifndef QMODEL_SRC_MANIFEST_COUNTS_H
#define QMODEL_SRC_MANIFEST_COUNTS_H

#include <string>

#include "view.h"

namespace qmodel {

/// What the outermost fields of a serialized manifest tell before it is parsed, which takes some forty times its
/// memory.
struct ManifestCounts {
    std::uint64_t tensors = 0;
    std::uint64_t chunks = 0;
    std::string version_and_features;  ///< These fields alone, a serialized manifest themselves.
};

/// Of bytes that need not be a manifest; then what was found before that was clear.
ManifestCounts count_fields(ByteView content);

}  // namespace qmodel

#endif
