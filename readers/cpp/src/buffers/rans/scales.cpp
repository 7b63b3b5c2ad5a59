#include "buffers/rans/scales.h"

#include "buffers/bits.h"
#include "buffers/rans/bit_reader.h"
#include "fail.h"
#include "sizes.h"

namespace qmodel {

namespace {

constexpr std::uint64_t most_low_bits = 6;
constexpr std::uint64_t largest_number = 2 * 127;

}  // namespace

std::vector<std::int8_t> read_scales(const std::string& bytes, std::uint64_t count) {
    if (bytes.empty()) return {};
    const ByteView all = view_of(bytes);
    std::size_t start = 0;
    const std::uint64_t head = read_varint(all, start);
    const std::uint64_t low_bits = head % 8;
    // Each scale takes a bit at least: what cannot be there is refused before anything is allocated.
    if (head / 8 != count || low_bits > most_low_bits || count == 0 || count > 8 * std::uint64_t{all.size}) {
        corrupt("scales of contexts are not as many as rows or columns");
    }
    const int width = static_cast<int>(low_bits);
    BitReader high(all.part(start, all.size - start));
    std::vector<std::uint64_t> numbers(count);
    for (std::uint64_t& number : numbers) number = high.zeros(largest_number >> width) << width;
    high.align();
    start += high.position() / 8;
    const ByteView low = all.part(start, all.size - start);
    if (low.size != packed_bytes(count, width)) corrupt("scales of contexts have too many bytes, or too few");
    if (width != 0) check_unused_bits(low.data, width, count);
    std::vector<std::int8_t> scales(count);
    for (std::size_t i = 0; i < scales.size(); ++i) {
        if (width != 0) numbers[i] |= unpacked_number(low, width, i);
        if (numbers[i] > largest_number) corrupt("a scale of contexts exceeds 127");
        scales[i] = static_cast<std::int8_t>(signed_number(numbers[i]));
    }
    return scales;
}

}  // namespace qmodel
