#ifndef QMODEL_SRC_CONTAINER_FRAMING_H
#define QMODEL_SRC_CONTAINER_FRAMING_H

#include <array>
#include <cstdint>

#include "view.h"

namespace qmodel {

/// Bytes that stand at fixed places (spec/container.md).
constexpr std::array<std::uint8_t, 10> signature = {0x0A, 0x08, 0x51, 0x4D, 0x44, 0x4C, 0x0D, 0x0A, 0x1A, 0x0A};
constexpr std::size_t trailer_size = 26;
constexpr std::size_t smallest_file = 38;
constexpr std::uint8_t chunk_tag = 0x12;
constexpr std::uint8_t padding_tag = 0x1A;
constexpr std::uint8_t manifest_tag = 0x22;

/// A tag byte and the shortest varint of a size.
struct FieldHeader {
    std::array<std::uint8_t, 6> bytes{};
    std::size_t size = 0;

    FieldHeader(std::uint8_t tag, std::uint32_t content_size) noexcept;

    /// Whether it stands right before `offset`.
    bool stands_before(ByteView file, std::size_t offset) const noexcept;
};

/// The bytes of padding, their frame included, between a position and the header of a chunk
/// (spec/container.md, "Chunks and padding").
std::uint64_t gap_before(std::uint64_t position, std::uint32_t chunk_size) noexcept;

}  // namespace qmodel

#endif
