#ifndef QMODEL_SRC_CONTAINER_SHA256_H
#define QMODEL_SRC_CONTAINER_SHA256_H

#include <array>

#include "view.h"

namespace qmodel {

/// SHA-256 (FIPS 180-4) of bytes that are given piece by piece.
class Sha256 {
public:
    void add(ByteView bytes) noexcept;

    /// The digest of all bytes added; nothing can be added behind.
    std::array<std::uint8_t, 32> finish() noexcept;

private:
    static constexpr std::size_t block_size = 64;
    void take_block(const std::uint8_t* block) noexcept;

    std::array<std::uint32_t, 8> state_ = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                           0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
    std::array<std::uint8_t, block_size> pending_{};
    std::uint64_t size_ = 0;
};

}  // namespace qmodel

#endif
