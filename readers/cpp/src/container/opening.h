#ifndef QMODEL_SRC_CONTAINER_OPENING_H
#define QMODEL_SRC_CONTAINER_OPENING_H

#include "qmodel/limits.h"
#include "qmodel/v1/manifest.pb.h"
#include "view.h"

namespace qmodel {

/// Where the manifest is.
struct ManifestPlace {
    ByteView content;
    std::uint64_t field_offset;  ///< Of its tag byte.
};

/// Steps 1 to 5 of spec/container.md, "Opening from the end". Throws corrupt or limit.
ManifestPlace find_manifest(ByteView file, const Limits& limits);

/// Step 7: that each chunk is where the sizes of those before place it. Throws corrupt or non_canonical.
void check_chunk_table(const v1::Manifest& manifest, std::uint64_t end_of_chunks);

/// The data of a chunk, its frame and its checksum verified. Throws corrupt.
ByteView checked_chunk(ByteView file, const v1::Chunk& chunk, std::uint64_t number);

}  // namespace qmodel

#endif
