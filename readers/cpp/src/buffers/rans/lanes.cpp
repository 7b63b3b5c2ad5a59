#include "buffers/rans/lanes.h"

#include <algorithm>

#include "buffers/rans/direct_lanes.h"
#include "buffers/rans/lane.h"
#include "buffers/rans/symbol_lanes.h"
#include "cpu.h"

namespace qmodel {

namespace {

// Classes of so many elements of each lane are found at a time.
constexpr std::size_t class_piece = 1024;

/// What a stream does not have is left out when the loop is compiled.
template <bool has_trellis, bool has_neighbours, typename Entry, typename Out>
struct Kernel {
    const LaneModel& model;
    const LaneGroup& group;
    const Entry* const entries;
    const std::uint32_t* const values = model.values.data();
    const std::uint16_t* const transitions = model.transitions.data();
    const int total_bits = model.total_bits;
    const int low_bits = model.low_bits;
    const std::uint32_t slot_mask = (1U << model.total_bits) - 1;
    const std::uint32_t indices = model.indices;

    QMODEL_INLINE std::uint32_t class_of(std::uint32_t separable, const std::uint8_t* history, std::size_t t) const {
        if constexpr (!has_neighbours) return separable;
        const Neighbours& neighbours = *model.neighbours;
        const std::size_t mask = group.ring - 1;
        std::uint32_t sum = 0;
        for (std::size_t i = 0; i < NeighbourReach::most; ++i) {
            sum += group.reach.weight[i] * history[(t - group.reach.distance[i]) & mask];
        }
        return neighbours.class_of_sum[separable * neighbours.sums + sum];
    }

    template <bool is_checked>
    QMODEL_INLINE void element(Lane& lane, const std::uint8_t* end, std::uint32_t separable, std::uint8_t* history,
                               std::size_t t, Out* out) const {
        std::uint32_t table = class_of(separable, history, t);
        std::uint32_t q = 0;
        if constexpr (has_trellis) {
            q = lane.trellis_state & 1;
            table = 2 * table + q;
        }
        std::uint32_t x = lane.x;
        const std::uint32_t low = x & ((1U << low_bits) - 1);
        x >>= low_bits;
        const Entry entry = entries[(table << total_bits) | (x & slot_mask)];
        const std::uint32_t upper = x >> total_bits;
        x = frequency_below(entry) * upper + upper + offset_of(entry);
        refill<is_checked>(x, lane, end);
        lane.x = x;
        const std::uint32_t index = symbol_of(entry) << low_bits | low;
        const std::uint32_t place = has_trellis ? q * indices + index : index;
        *out = static_cast<Out>(values[place]);
        if constexpr (has_trellis) lane.trellis_state = transitions[2 * lane.trellis_state + (index & 1)];
        if constexpr (has_neighbours) history[t & (group.ring - 1)] = model.neighbours->magnitudes[place];
    }

    template <bool is_checked>
    QMODEL_INLINE void refill(std::uint32_t& x, Lane& lane, const std::uint8_t* end) const {
        if constexpr (is_checked) {
            if (x >= lowest_state || lane.next == end) return;
            x = x << 16 | load<std::uint16_t>(lane.next);
            lane.next += 2;
        } else {
            // The word is loaded in any case, so that no branch depends on chance.
            const std::uint32_t refilled = x << 16 | load<std::uint16_t>(lane.next);
            const bool is_low = QMODEL_UNPREDICTABLE(x < lowest_state);
            const std::uint8_t* const behind = lane.next + 2;
            x = is_low ? refilled : x;
            lane.next = is_low ? behind : lane.next;
        }
    }

    template <int lanes, bool is_checked>
    QMODEL_INLINE void steps(Lane (&lane)[lanes], std::size_t first, std::size_t count,
                             const std::uint8_t* classes) const {
        Out* out = reinterpret_cast<Out*>(group.out) + first;
        const std::size_t length = group.length;
        for (std::size_t t = 0; t < count; ++t) {
#pragma GCC unroll 4
            for (int k = 0; k < lanes; ++k) {
                const auto number = static_cast<std::size_t>(k);
                const std::uint32_t separable = classes[number * class_piece + t];
                element<is_checked>(lane[k], group.words[k].data + group.words[k].size, separable,
                                    group.history + number * group.ring, first + t, out + number * length + t);
            }
        }
    }

    /// Elements of which all lanes can take as many words without a look at their ends.
    template <int lanes>
    QMODEL_INLINE std::size_t safe_steps(const Lane (&lane)[lanes], std::size_t wanted) const {
        std::size_t words = wanted;
        for (int k = 0; k < lanes; ++k) {
            const std::uint8_t* end = group.words[k].data + group.words[k].size;
            words = std::min(words, static_cast<std::size_t>(end - lane[k].next) / 2);
        }
        return words / unchecked_block * unchecked_block;
    }

    template <int lanes>
    bool run() const {
        Lane lane[lanes];
        for (int k = 0; k < lanes; ++k) lane[k] = begin_lane(group.words[k]);
        std::uint8_t classes[lanes * class_piece] = {};
        for (std::size_t first = 0; first < group.length; first += class_piece) {
            const std::size_t count = std::min<std::size_t>(class_piece, group.length - first);
            if (model.separable != nullptr) {
                for (std::size_t k = 0; k < lanes; ++k) {
                    model.separable->fill(group.start + k * group.length + first, count, classes + k * class_piece);
                }
            }
            std::size_t done = 0;
            while (const std::size_t safe = safe_steps(lane, count - done)) {
                steps<lanes, false>(lane, first + done, safe, classes + done);
                done += safe;
            }
            steps<lanes, true>(lane, first + done, count - done, classes + done);
        }
        bool is_sound = true;
        for (int k = 0; k < lanes; ++k) {
            is_sound = is_sound && lane[k].x == 1 && lane[k].next == group.words[k].data + group.words[k].size;
        }
        return is_sound;
    }

    bool decode() const {
        return group.lanes == lanes_at_once ? run<lanes_at_once>() : run<1>();
    }
};

template <bool trellis, bool neighbours, typename Entry>
bool run_for_output(const LaneModel& model, const LaneGroup& group, const Entry* entries) {
    switch (model.value_bytes) {
        case 1: return Kernel<trellis, neighbours, Entry, std::uint8_t>{model, group, entries}.decode();
        case 2: return Kernel<trellis, neighbours, Entry, std::uint16_t>{model, group, entries}.decode();
        default: return Kernel<trellis, neighbours, Entry, std::uint32_t>{model, group, entries}.decode();
    }
}

template <typename Entry>
bool run_for_contexts(const LaneModel& model, const LaneGroup& group, const Entry* entries) {
    if (model.transitions.empty()) {
        return model.neighbours == nullptr ? run_for_output<false, false>(model, group, entries)
                                           : run_for_output<false, true>(model, group, entries);
    }
    return model.neighbours == nullptr ? run_for_output<true, false>(model, group, entries)
                                       : run_for_output<true, true>(model, group, entries);
}

}  // namespace

bool decode_lanes(const LaneModel& model, const LaneGroup& group) {
    if (!model.direct.empty() && group.lanes == lanes_at_once) return decode_direct_lanes(model, group);
    if (!model.by_symbol.symbols.empty()) return decode_symbol_lanes(model, group);
    return model.narrow.empty() ? run_for_contexts(model, group, model.wide.data())
                                : run_for_contexts(model, group, model.narrow.data());
}

}  // namespace qmodel
