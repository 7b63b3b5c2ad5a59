#ifndef QMODEL_SRC_BUFFERS_CODEC_LIBRARIES_H
#define QMODEL_SRC_BUFFERS_CODEC_LIBRARIES_H

#include "view.h"

namespace qmodel {

// Each fills all `size` bytes at `out`, or throws corrupt (spec/buffers/packed.md, "Byte codecs").
void decompress_zstd(ByteView payload, std::uint8_t* out, std::size_t size);
void decompress_zlib(ByteView payload, std::uint8_t* out, std::size_t size);
void decompress_lz4(ByteView payload, std::uint8_t* out, std::size_t size);
void decompress_brotli(ByteView payload, std::uint8_t* out, std::size_t size);

}  // namespace qmodel

#endif
