#ifndef QMODEL_SRC_BUFFERS_SPLIT_H
#define QMODEL_SRC_BUFFERS_SPLIT_H

#include "buffers/buffer.h"

namespace qmodel {

/// Checks the message `Split` of a buffer and the buffers it holds (spec/buffers/split.md). Throws as check_buffer.
void check_split(const v1::Buffer& buffer, const BufferRules& rules, int depth);

/// The floats of a checked buffer, put together from their parts, at `place` where that is given. Throws corrupt.
Array load_split(const v1::Buffer& buffer, const ChunkSource& source, std::uint8_t* place);

}  // namespace qmodel

#endif
