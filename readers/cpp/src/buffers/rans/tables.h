#ifndef QMODEL_SRC_BUFFERS_RANS_TABLES_H
#define QMODEL_SRC_BUFFERS_RANS_TABLES_H

#include <cstdint>
#include <vector>

#include "view.h"

namespace qmodel {

/// What the field `tables` of a stream says (spec/buffers/rans.md, "Tables").
struct RansTables {
    std::int64_t lowest = 0;
    int low_bits = 0;
    std::uint32_t symbols = 0;  ///< Without escapes.
    std::uint32_t escapes = 0;  ///< Symbols that are escapes: 0, 1 or 2.
    std::vector<std::uint8_t> class_of_cell;
    /// A level for each symbol, escapes included, for each table: class * quantizers + quantizer.
    std::vector<std::vector<std::int32_t>> levels;

    std::int64_t base() const noexcept { return lowest * (std::int64_t{1} << low_bits); }
    std::uint32_t first_escape() const noexcept { return symbols << low_bits; }
    std::uint32_t indices() const noexcept { return (symbols + escapes) << low_bits; }

    /// The bits of an index that an escape tells.
    std::uint32_t kept_mask() const noexcept;

    /// The frequencies of a table, which sum to 2^total_bits ("Frequencies").
    std::vector<std::uint32_t> frequencies(std::size_t table, int total_bits) const;
};

/// Reads tables for so many cells, and 1 or 2 quantizers. Throws corrupt.
RansTables read_tables(ByteView bytes, std::uint32_t cells, std::uint32_t quantizers);

}  // namespace qmodel

#endif
