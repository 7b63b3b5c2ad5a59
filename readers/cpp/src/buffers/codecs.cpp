#include "buffers/codecs.h"

#include "buffers/codec_libraries.h"
#include "fail.h"

namespace qmodel {

const char* codec_name(v1::ByteCodec codec) noexcept {
    switch (codec) {
        case v1::BYTE_CODEC_ZSTD: return "zstd";
        case v1::BYTE_CODEC_ZLIB: return "zlib";
        case v1::BYTE_CODEC_LZ4: return "lz4";
        case v1::BYTE_CODEC_LZO: return "lzo";
        case v1::BYTE_CODEC_BROTLI: return "brotli";
        default: return nullptr;
    }
}

bool has_codec(const std::string& name) noexcept {
    if (name == "lzo") return true;
#ifdef QMODEL_WITH_ZSTD
    if (name == "zstd") return true;
#endif
#ifdef QMODEL_WITH_ZLIB
    if (name == "zlib") return true;
#endif
#ifdef QMODEL_WITH_LZ4
    if (name == "lz4") return true;
#endif
#ifdef QMODEL_WITH_BROTLI
    if (name == "brotli") return true;
#endif
    return false;
}

void decompress(v1::ByteCodec codec, ByteView payload, std::uint8_t* out, std::size_t size) {
    switch (codec) {
        case v1::BYTE_CODEC_LZO: return decompress_lzo(payload, out, size);
#ifdef QMODEL_WITH_ZSTD
        case v1::BYTE_CODEC_ZSTD: return decompress_zstd(payload, out, size);
#endif
#ifdef QMODEL_WITH_ZLIB
        case v1::BYTE_CODEC_ZLIB: return decompress_zlib(payload, out, size);
#endif
#ifdef QMODEL_WITH_LZ4
        case v1::BYTE_CODEC_LZ4: return decompress_lz4(payload, out, size);
#endif
#ifdef QMODEL_WITH_BROTLI
        case v1::BYTE_CODEC_BROTLI: return decompress_brotli(payload, out, size);
#endif
        default: unsupported("this reader was built without a codec that the file needs");
    }
}

}  // namespace qmodel
