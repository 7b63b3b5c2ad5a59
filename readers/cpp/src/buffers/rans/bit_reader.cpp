#include "buffers/rans/bit_reader.h"

#include <algorithm>

#include "fail.h"

namespace qmodel {

namespace {

constexpr int most_golomb_zeros = 32;
// What window() holds for certain.
constexpr std::uint64_t window_bits = 56;

[[noreturn]] void too_large() {
    corrupt("a coded number is too large");
}

}  // namespace

std::uint64_t BitReader::window() const noexcept {
    const std::size_t byte = position_ / 8;
    std::uint64_t found = 0;
    std::memcpy(&found, bytes_.data + byte, std::min<std::size_t>(8, bytes_.size - byte));
    return found >> position_ % 8;
}

std::uint64_t BitReader::fixed(int width) {
    if (static_cast<std::uint64_t>(width) > bits_ - position_) corrupt("coded numbers end too early");
    if (width == 0) return 0;
    const std::uint64_t found = window() & ((std::uint64_t{1} << width) - 1);
    position_ += static_cast<std::uint64_t>(width);
    return found;
}

std::uint64_t BitReader::zeros(std::uint64_t most) {
    std::uint64_t count = 0;
    while (position_ < bits_) {
        const std::uint64_t next = window() & ((std::uint64_t{1} << window_bits) - 1);
        const std::uint64_t step =
            next == 0 ? std::min(window_bits, bits_ - position_) : static_cast<std::uint64_t>(__builtin_ctzll(next));
        count += step;
        position_ += step;
        if (count > most) too_large();
        if (next != 0) {
            ++position_;
            return count;
        }
    }
    corrupt("coded numbers end too early");
}

std::uint64_t BitReader::rice(int k, std::uint64_t most) {
    const std::uint64_t high = zeros(most >> k);
    const std::uint64_t number = high << k | fixed(k);
    if (number > most) too_large();
    return number;
}

std::uint64_t BitReader::golomb(int k, std::uint64_t most) {
    const int zero_count = static_cast<int>(zeros(most_golomb_zeros));
    const std::uint64_t number = (((std::uint64_t{1} << zero_count) - 1) << k) + fixed(zero_count + k);
    if (number > most) too_large();
    return number;
}

void BitReader::align() {
    const int left = static_cast<int>((8 - position_ % 8) % 8);
    if (fixed(left) != 0) corrupt("bits that fill up a byte are not 0");
}

std::uint64_t read_varint(ByteView bytes, std::size_t& position) {
    constexpr int most_bytes = 5;
    std::uint64_t number = 0;
    for (int index = 0; index < most_bytes; ++index) {
        if (position >= bytes.size) corrupt("a number is cut short");
        const std::uint64_t byte = bytes.data[position++];
        number |= (byte & 0x7F) << 7 * index;
        if (byte >= 0x80) continue;
        if (index != 0 && byte == 0) corrupt("a number is not in its shortest form");
        return number;
    }
    corrupt("a number has more than five bytes");
}

}  // namespace qmodel
