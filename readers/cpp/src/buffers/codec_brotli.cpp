#ifdef QMODEL_WITH_BROTLI

#include <brotli/decode.h>

#include <memory>
#include <new>

#include "buffers/codec_libraries.h"
#include "fail.h"

namespace qmodel {

namespace {

struct FreeState {
    void operator()(BrotliDecoderState* state) const noexcept { BrotliDecoderDestroyInstance(state); }
};

}  // namespace

void decompress_brotli(ByteView payload, std::uint8_t* out, std::size_t size) {
    const std::unique_ptr<BrotliDecoderState, FreeState> state(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr));
    if (!state) throw std::bad_alloc();
    std::size_t input_left = payload.size;
    std::size_t room_left = size;
    const std::uint8_t* input = payload.data;
    const BrotliDecoderResult result =
        BrotliDecoderDecompressStream(state.get(), &input_left, &input, &room_left, &out, nullptr);
    if (result != BROTLI_DECODER_RESULT_SUCCESS || input_left != 0 || room_left != 0) {
        corrupt("a payload is not one Brotli stream of the expected size");
    }
}

}  // namespace qmodel

#endif
