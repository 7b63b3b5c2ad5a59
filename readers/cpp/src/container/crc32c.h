#ifndef QMODEL_SRC_CONTAINER_CRC32C_H
#define QMODEL_SRC_CONTAINER_CRC32C_H

#include "view.h"

namespace qmodel {

/// The Castagnoli CRC of RFC 3720, appendix B.4 (spec/container.md, "Trailer").
std::uint32_t crc32c(ByteView bytes) noexcept;

}  // namespace qmodel

#endif
