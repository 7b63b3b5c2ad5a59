#include "container/framing.h"

namespace qmodel {

FieldHeader::FieldHeader(std::uint8_t tag, std::uint32_t content_size) noexcept {
    bytes[size++] = tag;
    for (; content_size >= 0x80; content_size >>= 7) {
        bytes[size++] = static_cast<std::uint8_t>((content_size & 0x7F) | 0x80);
    }
    bytes[size++] = static_cast<std::uint8_t>(content_size);
}

bool FieldHeader::stands_before(ByteView file, std::size_t offset) const noexcept {
    return offset >= size && offset <= file.size && std::memcmp(file.data + offset - size, bytes.data(), size) == 0;
}

std::uint64_t gap_before(std::uint64_t position, std::uint32_t chunk_size) noexcept {
    constexpr std::uint32_t smallest_aligned = 16384;
    constexpr std::uint64_t alignment = 64;
    if (chunk_size < smallest_aligned) return 0;
    const std::uint64_t gap = (0 - (position + FieldHeader(chunk_tag, chunk_size).size)) % alignment;
    return gap == 1 ? alignment + 1 : gap;
}

}  // namespace qmodel
