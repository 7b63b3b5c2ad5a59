#ifndef QMODEL_SRC_BUFFERS_CODECS_H
#define QMODEL_SRC_BUFFERS_CODECS_H

#include <string>

#include "qmodel/v1/buffer.pb.h"
#include "view.h"

namespace qmodel {

/// The name of a byte codec in required_features; null for none and for a number that does not exist.
const char* codec_name(v1::ByteCodec codec) noexcept;

/// Whether a codec of this name exists and was built in.
bool has_codec(const std::string& name) noexcept;

/// Undoes a byte codec (spec/buffers/packed.md, "Byte codecs").
///
/// Fills all `size` bytes at `out`. Throws corrupt when the payload holds another number, or breaks a rule, and
/// unsupported when the codec was not built in.
void decompress(v1::ByteCodec codec, ByteView payload, std::uint8_t* out, std::size_t size);

/// Decodes a stream of LZO1X (spec/buffers/lzo.md). Throws corrupt.
void decompress_lzo(ByteView payload, std::uint8_t* out, std::size_t size);

}  // namespace qmodel

#endif
