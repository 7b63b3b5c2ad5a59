#include <algorithm>

#include "buffers/arithmetic/arithmetic.h"
#include "buffers/buffer.h"
#include "buffers/packed.h"
#include "buffers/rans/rans.h"
#include "buffers/split.h"
#include "parallel.h"
#include "scratch.h"

namespace qmodel {

std::unique_ptr<PieceReader> PayloadDecoder::pieces(ByteView, std::uint64_t, std::uint64_t, std::uint64_t) const {
    return nullptr;
}

std::unique_ptr<PayloadDecoder> make_decoder(const v1::Buffer& buffer) {
    switch (buffer.coding_case()) {
        case v1::Buffer::kRans: return make_rans_decoder(buffer);
        case v1::Buffer::kArithmetic: return make_arithmetic_decoder(buffer);
        default: return std::make_unique<PackedDecoder>(buffer);
    }
}

std::size_t PayloadRun::size() const noexcept {
    if (buffer_.count() == 0) return 0;
    return buffer_.has_chunks() ? static_cast<std::size_t>(buffer_.chunks().index_size()) : 1;
}

std::uint64_t PayloadRun::elements_per_chunk() const noexcept {
    const std::uint64_t per_chunk = buffer_.chunks().elements_per_chunk();
    return per_chunk != 0 ? per_chunk : buffer_.count();
}

std::uint64_t PayloadRun::start(std::size_t number) const noexcept {
    return number * elements_per_chunk();
}

std::uint64_t PayloadRun::count(std::size_t number) const noexcept {
    return std::min(elements_per_chunk(), buffer_.count() - start(number));
}

ByteView PayloadRun::payload(std::size_t number) const {
    if (buffer_.has_inline_()) return view_of(buffer_.inline_());
    return source_.chunk(buffer_.chunks().index(static_cast<int>(number)));
}

void decode_payloads(const v1::Buffer& buffer, const ChunkSource& source, const PayloadDecoder& decoder,
                     std::size_t element_bytes, std::uint8_t* out) {
    const PayloadRun run(buffer, source);
    parallel_for(run.size(), source.threads(), [&](std::size_t number) {
        const std::uint64_t start = run.start(number);
        decoder.decode(run.payload(number), start, run.count(number), out + start * element_bytes);
    });
}

void for_each_chunk(const v1::Buffer& buffer, const ChunkSource& source, const TakeElements& take) {
    if (buffer.count() == 0) return;
    if (buffer.has_split()) {
        const Array whole = load_buffer(buffer, source);
        return take(whole.data(), 0, whole.count());
    }
    const auto decoder = make_decoder(buffer);
    const auto bytes = static_cast<std::size_t>(storage_bytes(buffer.element_type()));
    const PayloadRun run(buffer, source);
    parallel_for(run.size(), source.threads(), [&](std::size_t number) {
        const std::uint64_t count = run.count(number);
        const ByteView payload = run.payload(number);
        if (is_storage(buffer, payload)) return take(payload.data, run.start(number), count);
        Scratch elements(count * bytes);
        decoder->decode(payload, run.start(number), count, elements.data());
        take(elements.data(), run.start(number), count);
    });
}

Array load_buffer(const v1::Buffer& buffer, const ChunkSource& source, std::uint8_t* place) {
    const ElementType type = buffer.element_type();
    if (buffer.has_split()) return load_split(buffer, source, place);
    const PayloadRun run(buffer, source);
    if (place == nullptr && run.size() == 1) {
        const ByteView payload = run.payload(0);
        if (is_storage(buffer, payload)) return Array::viewing(type, buffer.count(), payload.data);
    }
    Array array = Array::with_room(type, buffer.count(), place);
    if (run.size() == 0) return array;
    const auto decoder = make_decoder(buffer);
    decode_payloads(buffer, source, *decoder, static_cast<std::size_t>(storage_bytes(type)), array.room());
    return array;
}

}  // namespace qmodel
