#include "container/crc32c.h"

#include <array>

#include "cpu.h"

namespace qmodel {

namespace {

constexpr std::uint32_t reflected_polynomial = 0x82F63B78;

using Table = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Table make_table() {
    Table table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? reflected_polynomial : 0);
        table[0][byte] = crc;
    }
    for (std::size_t byte = 0; byte < 256; ++byte) {
        for (std::size_t step = 1; step < table.size(); ++step) {
            table[step][byte] = table[step - 1][byte] >> 8 ^ table[0][table[step - 1][byte] & 0xFF];
        }
    }
    return table;
}

constexpr Table table = make_table();

/// Eight bytes a step: slicing-by-8 (M. Kounavis, F. Berry, IEEE Trans. Computers 57, 2008).
std::uint32_t crc_by_tables(std::uint32_t crc, const std::uint8_t* data, std::size_t size) noexcept {
    for (; size >= 8; data += 8, size -= 8) {
        const std::uint64_t word = load<std::uint64_t>(data) ^ crc;
        crc = 0;
        for (std::size_t byte = 0; byte < 8; ++byte) crc ^= table[7 - byte][word >> 8 * byte & 0xFF];
    }
    for (; size != 0; ++data, --size) crc = crc >> 8 ^ table[0][(crc ^ *data) & 0xFF];
    return crc;
}

#if defined(__x86_64__)

/// The CRC behind `count` zero bytes, for a CRC in each byte of which the tables know what becomes.
using Shift = std::array<std::array<std::uint32_t, 256>, 4>;

Shift shift_over(std::size_t count) {
    Shift shift{};
    for (std::size_t place = 0; place < shift.size(); ++place) {
        for (std::uint32_t byte = 0; byte < 256; ++byte) {
            std::uint32_t crc = byte << 8 * place;
            for (std::size_t zero = 0; zero < count; ++zero) crc = crc >> 8 ^ table[0][crc & 0xFF];
            shift[place][byte] = crc;
        }
    }
    return shift;
}

std::uint32_t shifted(const Shift& shift, std::uint32_t crc) noexcept {
    return shift[0][crc & 0xFF] ^ shift[1][crc >> 8 & 0xFF] ^ shift[2][crc >> 16 & 0xFF] ^ shift[3][crc >> 24];
}

// An instruction takes three cycles and starts in each: three blocks at once keep the unit busy.
constexpr std::size_t block = 1024;

__attribute__((target("sse4.2"))) std::uint32_t crc_by_instruction(std::uint32_t first, const std::uint8_t* data,
                                                                   std::size_t size) noexcept {
    static const Shift over_block = shift_over(block);
    std::uint64_t crc = first;
    for (; size >= 3 * block; data += 3 * block, size -= 3 * block) {
        std::uint64_t second = 0;
        std::uint64_t third = 0;
        for (std::size_t at = 0; at < block; at += 8) {
            crc = __builtin_ia32_crc32di(crc, load<std::uint64_t>(data + at));
            second = __builtin_ia32_crc32di(second, load<std::uint64_t>(data + block + at));
            third = __builtin_ia32_crc32di(third, load<std::uint64_t>(data + 2 * block + at));
        }
        const std::uint32_t two =
            shifted(over_block, static_cast<std::uint32_t>(crc)) ^ static_cast<std::uint32_t>(second);
        crc = shifted(over_block, two) ^ static_cast<std::uint32_t>(third);
    }
    for (; size >= 8; data += 8, size -= 8) crc = __builtin_ia32_crc32di(crc, load<std::uint64_t>(data));
    return crc_by_tables(static_cast<std::uint32_t>(crc), data, size);
}

#endif

}  // namespace

std::uint32_t crc32c(ByteView bytes) noexcept {
#if defined(__x86_64__)
    static const bool has_instruction = __builtin_cpu_supports("sse4.2");
    if (has_instruction) return ~crc_by_instruction(0xFFFFFFFF, bytes.data, bytes.size);
#endif
    return ~crc_by_tables(0xFFFFFFFF, bytes.data, bytes.size);
}

}  // namespace qmodel
