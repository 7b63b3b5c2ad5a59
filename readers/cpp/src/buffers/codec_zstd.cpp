#ifdef QMODEL_WITH_ZSTD

#include <zstd.h>

#include <memory>
#include <new>

#include "buffers/codec_libraries.h"
#include "fail.h"

namespace qmodel {

namespace {

struct FreeContext {
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

ZSTD_DCtx* context_of_thread() {
    thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
    if (!context) throw std::bad_alloc();
    return context.get();
}

/// One frame and nothing else, without a dictionary, that declares the size wanted.
bool is_frame_of(ByteView payload, std::size_t size) {
    constexpr std::uint32_t magic = 0xFD2FB528;
    if (payload.size < sizeof magic || load<std::uint32_t>(payload.data) != magic) return false;
    return ZSTD_getFrameContentSize(payload.data, payload.size) == size &&
           ZSTD_getDictID_fromFrame(payload.data, payload.size) == 0 &&
           ZSTD_findFrameCompressedSize(payload.data, payload.size) == payload.size;
}

}  // namespace

void decompress_zstd(ByteView payload, std::uint8_t* out, std::size_t size) {
    if (!is_frame_of(payload, size)) corrupt("a payload is not one zstd frame of the declared size");
    const std::size_t found = ZSTD_decompressDCtx(context_of_thread(), out, size, payload.data, payload.size);
    if (found != size) corrupt("a zstd frame is damaged");
}

}  // namespace qmodel

#endif
