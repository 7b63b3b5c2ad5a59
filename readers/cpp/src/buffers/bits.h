#ifndef QMODEL_SRC_BUFFERS_BITS_H
#define QMODEL_SRC_BUFFERS_BITS_H

#include "qmodel/element_type.h"
#include "view.h"

namespace qmodel {

/// Packed bits to storage (spec/buffers/packed.md, "Bits"): `count` elements of `type` from packed_bytes(count, bits)
/// bytes. The bits behind the last element are not looked at.
void unpack(const std::uint8_t* packed, ElementType type, std::uint64_t count, std::uint8_t* out);

/// Storage to packed bits, unused bits 0.
void pack(const std::uint8_t* storage, ElementType type, std::uint64_t count, std::uint8_t* out);

/// Throws corrupt when a bit of the last byte behind `count` elements is not 0.
void check_unused_bits(const std::uint8_t* packed, int bits, std::uint64_t count);

/// Unsigned numbers of up to 32 bits, read one by one.
inline std::uint32_t unpacked_number(ByteView packed, int bits, std::uint64_t number) noexcept {
    const std::uint64_t bit = number * static_cast<std::uint64_t>(bits);
    const std::uint64_t byte = bit / 8;
    std::uint64_t window = 0;
    std::memcpy(&window, packed.data + byte, packed.size - byte < 8 ? packed.size - byte : 8);
    return static_cast<std::uint32_t>(window >> bit % 8 & ((std::uint64_t{1} << bits) - 1));
}

}  // namespace qmodel

#endif
