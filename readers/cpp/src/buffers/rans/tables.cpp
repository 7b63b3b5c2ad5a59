#include "buffers/rans/tables.h"

#include <algorithm>

#include "buffers/rans/bit_reader.h"
#include "buffers/rans/levels.h"
#include "fail.h"

namespace qmodel {

namespace {

constexpr std::size_t most_table_bytes = 65536;
constexpr std::uint64_t most_lowest = std::uint64_t{1} << 33;
constexpr std::uint64_t most_symbols = 4096;
constexpr int most_low_bits = 6;

int width_of(std::uint32_t number) noexcept {
    return number == 0 ? 0 : 32 - __builtin_clz(number);
}

std::vector<std::uint8_t> read_cells(BitReader& bits, std::uint32_t cells) {
    if (cells == 1) return {0};
    const auto classes = static_cast<std::uint32_t>(bits.fixed(4)) + 1;
    std::vector<std::uint8_t> class_of_cell(cells);
    if (classes == cells) {
        for (std::uint32_t cell = 0; cell < cells; ++cell) class_of_cell[cell] = static_cast<std::uint8_t>(cell);
        return class_of_cell;
    }
    std::uint32_t seen = 0;
    std::uint32_t found = 0;
    for (std::uint8_t& cell : class_of_cell) {
        if (bits.fixed(1) == 0) found = static_cast<std::uint32_t>(bits.fixed(width_of(classes - 1)));
        if (found >= classes) corrupt("a cell of a class that does not exist");
        cell = static_cast<std::uint8_t>(found);
        seen |= 1U << found;
    }
    if (seen != (1U << classes) - 1) corrupt("a class that no cell has");
    return class_of_cell;
}

}  // namespace

std::uint32_t RansTables::kept_mask() const noexcept {
    const std::uint32_t kept = std::max(1U << low_bits, escapes);
    return kept - 1;
}

std::vector<std::uint32_t> RansTables::frequencies(std::size_t table, int total_bits) const {
    const std::vector<std::int32_t>& row = levels[table];
    std::uint64_t present = 0;
    std::uint64_t squares = 0;
    for (const std::int32_t level : row) {
        present += level > 0 ? 1 : 0;
        squares += static_cast<std::uint64_t>(level) * static_cast<std::uint64_t>(level);
    }
    const std::uint64_t total = std::uint64_t{1} << total_bits;
    if (present > total) corrupt("a table has more symbols than its frequencies sum to");
    std::vector<std::uint32_t> found;
    std::uint64_t sum = 0;
    std::uint64_t share = 0;
    for (const std::int32_t level : row) {
        sum += static_cast<std::uint64_t>(level) * static_cast<std::uint64_t>(level);
        const std::uint64_t next = sum * (total - present) / squares;
        found.push_back(static_cast<std::uint32_t>((level > 0 ? 1 : 0) + next - share));
        share = next;
    }
    return found;
}

RansTables read_tables(ByteView bytes, std::uint32_t cells, std::uint32_t quantizers) {
    if (bytes.size > most_table_bytes) corrupt("tables of more than 65,536 bytes");
    BitReader bits(bytes);
    RansTables tables;
    tables.lowest = signed_number(bits.golomb(4, most_lowest));
    tables.low_bits = static_cast<int>(bits.fixed(3));
    if (tables.low_bits > most_low_bits) corrupt("more than 6 low bits");
    tables.symbols = static_cast<std::uint32_t>(bits.golomb(4, most_symbols - 1)) + 1;
    const bool has_escapes = bits.fixed(1) != 0;
    tables.class_of_cell = read_cells(bits, cells);
    if (has_escapes) tables.escapes = quantizers == 2 && tables.low_bits == 0 ? 2 : 1;
    const std::size_t classes =
        *std::max_element(tables.class_of_cell.begin(), tables.class_of_cell.end()) + std::size_t{1};
    // Kept without escapes as long as tables are predicted from them.
    std::vector<Levels> plain;
    std::vector<std::int32_t> escape_levels;
    for (std::size_t table = 0; table < classes * quantizers; ++table) {
        const bool is_second = table % quantizers == 1;
        const Levels* before = table >= quantizers ? &plain[table - quantizers] : nullptr;
        const Levels* partner = is_second ? &plain[table - 1] : nullptr;
        plain.push_back(read_levels(bits, {tables.symbols, tables.lowest, tables.low_bits, before, partner}));
        escape_levels.push_back(has_escapes ? static_cast<std::int32_t>(bits.golomb(1, highest_level)) : 0);
    }
    bits.align();
    if (bits.position() != 8 * std::uint64_t{bytes.size}) corrupt("tables are followed by something");
    for (std::size_t table = 0; table < plain.size(); ++table) {
        plain[table].insert(plain[table].end(), tables.escapes, escape_levels[table]);
    }
    tables.levels = std::move(plain);
    return tables;
}

}  // namespace qmodel
