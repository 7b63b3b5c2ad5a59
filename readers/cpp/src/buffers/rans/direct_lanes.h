#ifndef QMODEL_SRC_BUFFERS_RANS_DIRECT_LANES_H
#define QMODEL_SRC_BUFFERS_RANS_DIRECT_LANES_H

#include "buffers/rans/lanes.h"

namespace qmodel {

/// Whether a stream has no contexts, no low bits, and a total that leaves room in an entry: what most streams are like.
bool is_direct(const LaneModel& model) noexcept;

/// For each quantizer, for each slot, all that becomes of it, from the lowest bits: 16 of the frequency, 15 of the
/// offset in the symbol, one of the parity of the index, 32 of the value. One look-up finds what takes two otherwise.
std::vector<std::uint64_t> direct_entries(const LaneModel& model);

/// As decode_lanes, for a group of lanes_at_once lanes of such a stream.
bool decode_direct_lanes(const LaneModel& model, const LaneGroup& group);

}  // namespace qmodel

#endif
