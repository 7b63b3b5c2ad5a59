#include "buffers/packed.h"

#include "buffers/bits.h"
#include "buffers/codecs.h"
#include "buffers/filters.h"
#include "scratch.h"
#include "sizes.h"

namespace qmodel {

namespace {

bool is_stored_as_packed(ElementType type) noexcept {
    return bits_of(type) == 8 * storage_bytes(type);
}

/// Unpacks bits of a payload, piece by piece.
class PackedPieces : public PieceReader {
public:
    PackedPieces(const std::uint8_t* packed, ElementType type) noexcept : packed_(packed), type_(type) {}

    const std::uint8_t* next(std::uint64_t count, std::uint8_t* room) override {
        unpack(packed_, type_, count, room);
        packed_ += packed_bytes(count, bits_of(type_));
        return room;
    }

private:
    const std::uint8_t* packed_;
    ElementType type_;
};

}  // namespace

void PackedDecoder::decode(ByteView payload, std::uint64_t, std::uint64_t count, std::uint8_t* out) const {
    if (packed_.codec() == v1::BYTE_CODEC_UNSPECIFIED)
        return unfilter(packed_.filter(), payload.data, type_, count, out);
    const std::size_t size = packed_bytes(count, bits_of(type_));
    if (packed_.filter() == v1::FILTER_UNSPECIFIED && is_stored_as_packed(type_)) {
        return decompress(packed_.codec(), payload, out, size);
    }
    Scratch filtered(size);
    decompress(packed_.codec(), payload, filtered.data(), size);
    unfilter(packed_.filter(), filtered.data(), type_, count, out);
}

std::unique_ptr<PieceReader> PackedDecoder::pieces(ByteView payload, std::uint64_t, std::uint64_t count,
                                                   std::uint64_t length) const {
    const bool is_bits = packed_.codec() == v1::BYTE_CODEC_UNSPECIFIED && packed_.filter() == v1::FILTER_UNSPECIFIED;
    if (!is_bits || length % 8 != 0) return nullptr;
    check_unused_bits(payload.data, bits_of(type_), count);
    return std::make_unique<PackedPieces>(payload.data, type_);
}

bool is_storage(const v1::Buffer& buffer, ByteView payload) noexcept {
    const bool is_raw = buffer.has_packed() && buffer.packed().codec() == v1::BYTE_CODEC_UNSPECIFIED &&
                        buffer.packed().filter() == v1::FILTER_UNSPECIFIED &&
                        is_stored_as_packed(buffer.element_type());
    const auto alignment = static_cast<std::uintptr_t>(storage_bytes(buffer.element_type()));
    return is_raw && reinterpret_cast<std::uintptr_t>(payload.data) % alignment == 0;
}

}  // namespace qmodel
