#ifndef QMODEL_SRC_BUFFERS_PACKED_H
#define QMODEL_SRC_BUFFERS_PACKED_H

#include "buffers/buffer.h"

namespace qmodel {

/// Decodes the coding `packed` (spec/buffers/packed.md).
class PackedDecoder : public PayloadDecoder {
public:
    explicit PackedDecoder(const v1::Buffer& buffer) : type_(buffer.element_type()), packed_(buffer.packed()) {}

    void decode(ByteView payload, std::uint64_t start, std::uint64_t count, std::uint8_t* out) const override;
    std::unique_ptr<PieceReader> pieces(ByteView payload, std::uint64_t start, std::uint64_t count,
                                        std::uint64_t length) const override;

private:
    ElementType type_;
    const v1::Packed& packed_;
};

/// Whether a payload of a checked buffer is its elements in storage already, and stands where they can be read.
bool is_storage(const v1::Buffer& buffer, ByteView payload) noexcept;

}  // namespace qmodel

#endif
