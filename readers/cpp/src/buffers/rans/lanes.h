#ifndef QMODEL_SRC_BUFFERS_RANS_LANES_H
#define QMODEL_SRC_BUFFERS_RANS_LANES_H

#include <cstdint>
#include <vector>

#include "buffers/rans/contexts.h"
#include "view.h"

namespace qmodel {

/// For streams whose tables are chosen by class; see symbol_lanes.h.
struct SymbolTables {
    std::vector<std::uint8_t> symbols;  ///< For each table, for each slot.
    /// For each table, for each symbol, from the highest bits: 32 of its value, 16 of its first slot, 16 of its
    /// frequency.
    std::vector<std::uint64_t> parts;
    int symbol_bits = 0;  ///< Parts of a table are 2^symbol_bits.
};

/// All that decoding the lanes of a stream looks up, made once for all its payloads.
///
/// An entry tells all of a slot, from the highest bits to the lowest: frequency - 1, slot - first slot of the symbol,
/// symbol. Narrow entries, of 12, 12 and 8 bits, keep more tables in the nearest cache than those of 16 bits each.
struct LaneModel {
    int total_bits = 0;
    int low_bits = 0;
    std::uint32_t indices = 0;  ///< For each quantizer, in values and magnitudes.
    /// For each table, for each slot; empty where entries are wide, and both where there is by_symbol.
    std::vector<std::uint32_t> narrow;
    std::vector<std::uint64_t> wide;
    std::vector<std::uint64_t> direct;       ///< See direct_lanes.h; empty where a stream needs more than that.
    SymbolTables by_symbol;                  ///< Empty where a stream has none.
    std::vector<std::uint16_t> transitions;  ///< Of the trellis, as trellis_transitions gives them; empty: none.
    std::vector<std::uint32_t> values;       ///< The bits of what each index of each quantizer stands for.
    int value_bytes = 4;                     ///< How many of those bits an element of the output has: 1, 2 or 4 bytes.
    const SeparableClasses* separable = nullptr;
    const Neighbours* neighbours = nullptr;
};

/// Up to so many lanes are decoded in turns, so that their chains of dependent steps overlap.
constexpr int lanes_at_once = 4;

/// Lanes that stand behind each other and have equal lengths.
struct LaneGroup {
    int lanes = 0;             ///< lanes_at_once, or 1.
    std::uint64_t length = 0;  ///< Elements of each.
    std::uint64_t start = 0;   ///< Position of the first lane's first element in the buffer.
    ByteView words[lanes_at_once] = {};
    std::uint8_t* out = nullptr;  ///< Where the first lane's first element goes.
    std::uint8_t* history =
        nullptr;  ///< With neighbours: `lanes` rings of so many bytes, a power of two above their reach.
    std::size_t ring = 0;
    NeighbourReach reach;
};

/// Decodes a group; false when a lane does not end as it must (spec/buffers/rans.md, "Decoding a lane").
bool decode_lanes(const LaneModel& model, const LaneGroup& group);

}  // namespace qmodel

#endif
