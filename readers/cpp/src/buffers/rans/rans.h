#ifndef QMODEL_SRC_BUFFERS_RANS_RANS_H
#define QMODEL_SRC_BUFFERS_RANS_RANS_H

#include "buffers/buffer.h"

namespace qmodel {

/// Checks the message `Rans` of a buffer, all but its tables (spec/buffers/rans.md). Throws corrupt.
void check_rans(const v1::Rans& rans, ElementType type, std::uint64_t count);

/// What decodes the payloads of a checked buffer. Throws corrupt where its tables are damaged.
std::unique_ptr<PayloadDecoder> make_rans_decoder(const v1::Buffer& buffer);

/// The same for codes of a trellis, but with their values as float32 in place of the codes: (2k + q) * step, rounded
/// once (spec/encodings/trellis.md).
std::unique_ptr<PayloadDecoder> make_scaled_rans_decoder(const v1::Buffer& buffer, float step);

}  // namespace qmodel

#endif
