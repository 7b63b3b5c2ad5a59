#ifndef QMODEL_SRC_BUFFERS_ARITHMETIC_ARITHMETIC_H
#define QMODEL_SRC_BUFFERS_ARITHMETIC_ARITHMETIC_H

#include "buffers/buffer.h"

namespace qmodel {

/// Checks the message `Arithmetic` of a buffer (spec/buffers/arithmetic.md). Throws corrupt.
void check_arithmetic(const v1::Arithmetic& arithmetic, ElementType type);

/// What decodes the payloads of a checked buffer.
std::unique_ptr<PayloadDecoder> make_arithmetic_decoder(const v1::Buffer& buffer);

}  // namespace qmodel

#endif
