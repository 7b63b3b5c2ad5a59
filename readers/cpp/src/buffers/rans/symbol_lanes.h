#ifndef QMODEL_SRC_BUFFERS_RANS_SYMBOL_LANES_H
#define QMODEL_SRC_BUFFERS_RANS_SYMBOL_LANES_H

#include "buffers/rans/lanes.h"

namespace qmodel {

/// Whether the tables of a stream are chosen by class, and by a trellis or not, but not by what was decoded before; it
/// has no low bits, at most 256 symbols, and a total that leaves room in a part.
bool has_symbol_tables(const LaneModel& model) noexcept;

/// What such streams look up in two steps, of the frequencies of each symbol in each table. Many tables of one byte a
/// slot fit in caches that entries do not fit in.
SymbolTables symbol_tables(const LaneModel& model, const std::vector<std::vector<std::uint32_t>>& frequencies);

/// As decode_lanes, for such a stream.
bool decode_symbol_lanes(const LaneModel& model, const LaneGroup& group);

}  // namespace qmodel

#endif
