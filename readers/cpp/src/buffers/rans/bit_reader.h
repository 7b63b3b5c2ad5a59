#ifndef QMODEL_SRC_BUFFERS_RANS_BIT_READER_H
#define QMODEL_SRC_BUFFERS_RANS_BIT_READER_H

#include <cstdint>

#include "view.h"

namespace qmodel {

/// Numbers of variable length from bits, the lowest of each byte first (spec/buffers/rans.md, "Tables").
/// Everything throws corrupt where the bits end.
class BitReader {
public:
    explicit BitReader(ByteView bytes) noexcept : bytes_(bytes), bits_(8 * std::uint64_t{bytes.size}) {}

    std::uint64_t position() const noexcept { return position_; }

    /// A number of at most 56 bits.
    std::uint64_t fixed(int width);

    /// How many zeros stand before the next one, which is taken too. Throws corrupt when they are more than `most`.
    std::uint64_t zeros(std::uint64_t most);

    /// Codes of the spec; both throw corrupt for numbers above `most`.
    std::uint64_t rice(int k, std::uint64_t most);
    std::uint64_t golomb(int k, std::uint64_t most);

    /// Skips to the next whole byte. Throws corrupt when a bit skipped is not 0.
    void align();

private:
    std::uint64_t window() const noexcept;

    ByteView bytes_;
    std::uint64_t bits_;
    std::uint64_t position_ = 0;
};

/// An unsigned number as the signed one it stands for: 0, 1, -1, 2, -2, …
constexpr std::int64_t signed_number(std::uint64_t number) noexcept {
    const auto half = static_cast<std::int64_t>(number / 2);
    return number % 2 != 0 ? half + 1 : -half;
}

/// A number of at most five bytes in the shortest form, as protobuf has them, at `position`, which moves behind it.
/// Throws corrupt.
std::uint64_t read_varint(ByteView bytes, std::size_t& position);

}  // namespace qmodel

#endif
