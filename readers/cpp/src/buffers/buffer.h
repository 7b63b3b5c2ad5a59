#ifndef QMODEL_SRC_BUFFERS_BUFFER_H
#define QMODEL_SRC_BUFFERS_BUFFER_H

#include <functional>
#include <memory>

#include "array.h"
#include "buffers/pieces.h"
#include "qmodel/limits.h"
#include "qmodel/v1/manifest.pb.h"
#include "view.h"

namespace qmodel {

/// What a buffer is checked against.
struct BufferRules {
    const google::protobuf::RepeatedPtrField<v1::Chunk>& chunks;
    const Limits& limits;
};

/// Checks all rules of spec/buffers/ that need no payload, of a buffer that must have `count` elements and of those
/// that its coding holds. Throws corrupt, unsupported or limit.
void check_buffer(const v1::Buffer& buffer, std::uint64_t count, const BufferRules& rules, int depth = 1);

/// Where the payloads of chunks are.
class ChunkSource {
public:
    virtual ~ChunkSource() = default;

    /// The data of a chunk, its frame and checksum verified. Throws corrupt.
    virtual ByteView chunk(std::uint32_t index) const = 0;

    /// How many threads may decode at once.
    virtual unsigned threads() const noexcept = 0;
};

/// Decodes the payloads of one buffer; called by several threads at once.
class PayloadDecoder {
public:
    virtual ~PayloadDecoder() = default;

    /// The elements from `start` of the buffer on, `count` of them, at least one: to storage at `out`. Throws corrupt.
    virtual void decode(ByteView payload, std::uint64_t start, std::uint64_t count, std::uint8_t* out) const = 0;

    /// What decodes the same elements piece by piece, of `length` elements each but for the last, without room for all
    /// of them; null where that cannot be. Throws corrupt.
    virtual std::unique_ptr<PieceReader> pieces(ByteView payload, std::uint64_t start, std::uint64_t count,
                                                std::uint64_t length) const;
};

/// The decoder of a checked buffer whose coding has payloads of its own: any but `split`. Throws corrupt.
std::unique_ptr<PayloadDecoder> make_decoder(const v1::Buffer& buffer);

/// The chunks of a checked buffer, or its inline payload as one.
class PayloadRun {
public:
    PayloadRun(const v1::Buffer& buffer, const ChunkSource& source) noexcept : buffer_(buffer), source_(source) {}

    std::size_t size() const noexcept;
    std::uint64_t start(std::size_t number) const noexcept;
    std::uint64_t count(std::size_t number) const noexcept;

    /// Throws corrupt.
    ByteView payload(std::size_t number) const;

private:
    std::uint64_t elements_per_chunk() const noexcept;

    const v1::Buffer& buffer_;
    const ChunkSource& source_;
};

/// Decodes all payloads of a buffer on the source's threads into elements of `element_bytes` bytes at `out`.
void decode_payloads(const v1::Buffer& buffer, const ChunkSource& source, const PayloadDecoder& decoder,
                     std::size_t element_bytes, std::uint8_t* out);

/// Takes elements of a buffer that stand behind each other: their storage, and the position of the first.
using TakeElements = std::function<void(const std::uint8_t* elements, std::uint64_t start, std::uint64_t count)>;

/// Decodes a checked buffer chunk by chunk and hands each out while it is in a core's cache; several at once.
void for_each_chunk(const v1::Buffer& buffer, const ChunkSource& source, const TakeElements& take);

/// Decodes a checked buffer: to `place` where that is given; else a view of its chunk where nothing needs decoding.
/// Throws corrupt.
Array load_buffer(const v1::Buffer& buffer, const ChunkSource& source, std::uint8_t* place = nullptr);

}  // namespace qmodel

#endif
