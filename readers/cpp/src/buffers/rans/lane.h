#ifndef QMODEL_SRC_BUFFERS_RANS_LANE_H
#define QMODEL_SRC_BUFFERS_RANS_LANE_H

#include <cstddef>
#include <cstdint>

#include "cpu.h"
#include "view.h"

namespace qmodel {

/// What all loops over lanes have in common (spec/buffers/rans.md, "Decoding a lane").
constexpr std::uint32_t lowest_state = 1U << 16;

/// An element takes one word at most: as many elements need no look at the ends of lanes that have as many words left.
constexpr std::size_t unchecked_block = 16;

/// One lane on its way: the coder's state, the state of the trellis if there is one, and the next word.
struct Lane {
    std::uint32_t x;
    std::uint32_t trellis_state;
    const std::uint8_t* next;
};

/// A lane before its first element.
inline Lane begin_lane(ByteView words) {
    Lane lane{1, 0, words.data};
    const std::uint8_t* end = words.data + words.size;
    for (int word = 0; word < 2 && lane.next != end; ++word, lane.next += 2) {
        const std::uint32_t next = load<std::uint16_t>(lane.next);
        lane.x = word == 0 ? next : lane.x << 16 | next;
    }
    return lane;
}

// The parts of an entry of LaneModel, narrow and wide; frequency_below is the frequency less 1.
QMODEL_INLINE std::uint32_t frequency_below(std::uint32_t entry) {
    return entry >> 20;
}
QMODEL_INLINE std::uint32_t offset_of(std::uint32_t entry) {
    return entry >> 8 & 0xFFF;
}
QMODEL_INLINE std::uint32_t symbol_of(std::uint32_t entry) {
    return entry & 0xFF;
}
QMODEL_INLINE std::uint32_t frequency_below(std::uint64_t entry) {
    return static_cast<std::uint32_t>(entry >> 32);
}
QMODEL_INLINE std::uint32_t offset_of(std::uint64_t entry) {
    return static_cast<std::uint32_t>(entry >> 16 & 0xFFFF);
}
QMODEL_INLINE std::uint32_t symbol_of(std::uint64_t entry) {
    return static_cast<std::uint32_t>(entry & 0xFFFF);
}

}  // namespace qmodel

#endif
