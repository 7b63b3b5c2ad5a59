#ifndef QMODEL_SRC_BUFFERS_RANS_LEVELS_H
#define QMODEL_SRC_BUFFERS_RANS_LEVELS_H

#include <cstdint>
#include <vector>

#include "buffers/rans/bit_reader.h"

namespace qmodel {

using Levels = std::vector<std::int32_t>;

constexpr std::int32_t highest_level = 4095;

/// What the levels of a table are predicted from.
struct LevelSurroundings {
    std::uint32_t symbols;
    std::int64_t lowest;
    int low_bits;
    const Levels* class_before;  ///< Levels of the class before with the same quantizer; null for the first class.
    const Levels* partner;       ///< Levels of quantizer 0 of the same class; null for quantizer 0.
};

/// The levels of one table, without those of escapes (spec/buffers/rans.md, "Levels"). Throws corrupt.
Levels read_levels(BitReader& bits, const LevelSurroundings& around);

}  // namespace qmodel

#endif
