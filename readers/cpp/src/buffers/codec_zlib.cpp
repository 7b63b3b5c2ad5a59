#ifdef QMODEL_WITH_ZLIB

#include <zlib.h>

#include <new>

#include "buffers/codec_libraries.h"
#include "fail.h"

namespace qmodel {

void decompress_zlib(ByteView payload, std::uint8_t* out, std::size_t size) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
    // Neither exceeds 1 GiB: a chunk, and the packed bits of one.
    stream.next_in = const_cast<Bytef*>(payload.data);
    stream.avail_in = static_cast<uInt>(payload.size);
    stream.next_out = out;
    stream.avail_out = static_cast<uInt>(size);
    const int result = inflate(&stream, Z_FINISH);
    const bool is_whole = result == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 0;
    inflateEnd(&stream);
    if (!is_whole) corrupt("a payload is not one zlib stream of the expected size");
}

}  // namespace qmodel

#endif
