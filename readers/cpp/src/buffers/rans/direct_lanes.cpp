#include "buffers/rans/direct_lanes.h"

#include <algorithm>

#include "buffers/rans/lane.h"
#include "cpu.h"

namespace qmodel {

namespace {

constexpr int most_total_bits = 15;

struct Entry {
    std::uint32_t frequency;
    std::uint32_t offset;
    std::uint32_t symbol;
};

template <typename Stored>
Entry unpacked(Stored entry) {
    return {frequency_below(entry) + 1, offset_of(entry), symbol_of(entry)};
}

Entry entry_of(const LaneModel& model, std::size_t slot) {
    return model.narrow.empty() ? unpacked(model.wide[slot]) : unpacked(model.narrow[slot]);
}

template <bool has_trellis, typename Out>
struct DirectLanes {
    /// The next element of a lane. Where `end` is null there are words enough.
    QMODEL_INLINE static Out element(Lane& lane, const std::uint8_t* end, const std::uint64_t* entries,
                                     const std::uint16_t* transitions, int total_bits) {
        std::uint32_t place = lane.x & ((1U << total_bits) - 1);
        if constexpr (has_trellis) place |= (lane.trellis_state & 1) << total_bits;
        const std::uint64_t entry = entries[place];
        const auto step = static_cast<std::uint32_t>(entry);
        std::uint32_t x = (step & 0xFFFF) * (lane.x >> total_bits) + (step >> 16 & 0x7FFF);
        if (end == nullptr) {
            // The word is loaded in any case, and moved in by arithmetic: no branch depends on chance.
            const auto shift = static_cast<std::uint32_t>((std::uint64_t{x} - lowest_state) >> 59) & 16;
            const std::uint32_t word = load<std::uint16_t>(lane.next) & ((1U << shift) - 1);
            x = x << shift | word;
            lane.next += shift / 8;
        } else if (x < lowest_state && lane.next != end) {
            x = x << 16 | load<std::uint16_t>(lane.next);
            lane.next += 2;
        }
        lane.x = x;
        if constexpr (has_trellis) lane.trellis_state = transitions[2 * lane.trellis_state + (step >> 31)];
        return static_cast<Out>(entry >> 32);
    }

    QMODEL_INLINE bool operator()(const LaneModel* model, const LaneGroup* group) const {
        const std::uint64_t* const entries = model->direct.data();
        const std::uint16_t* const transitions = model->transitions.data();
        const int total_bits = model->total_bits;
        const std::size_t length = group->length;
        Out* const out = reinterpret_cast<Out*>(group->out);
        const std::uint8_t* end[lanes_at_once];
        Lane lane[lanes_at_once];
        for (int k = 0; k < lanes_at_once; ++k) {
            lane[k] = begin_lane(group->words[k]);
            end[k] = group->words[k].data + group->words[k].size;
        }
        Lane l0 = lane[0], l1 = lane[1], l2 = lane[2], l3 = lane[3];
        std::size_t done = 0;
        const auto has_words = [&] {
            const std::ptrdiff_t most = 2 * unchecked_block;
            return end[0] - l0.next >= most && end[1] - l1.next >= most && end[2] - l2.next >= most &&
                   end[3] - l3.next >= most;
        };
        for (; done + unchecked_block <= length && has_words(); done += unchecked_block) {
            Out decoded[lanes_at_once][unchecked_block];
            for (std::size_t t = 0; t < unchecked_block; ++t) {
                decoded[0][t] = element(l0, nullptr, entries, transitions, total_bits);
                decoded[1][t] = element(l1, nullptr, entries, transitions, total_bits);
                decoded[2][t] = element(l2, nullptr, entries, transitions, total_bits);
                decoded[3][t] = element(l3, nullptr, entries, transitions, total_bits);
            }
            for (std::size_t k = 0; k < lanes_at_once; ++k)
                std::copy_n(decoded[k], unchecked_block, out + k * length + done);
        }
        lane[0] = l0, lane[1] = l1, lane[2] = l2, lane[3] = l3;
        bool is_sound = true;
        for (std::size_t k = 0; k < lanes_at_once; ++k) {
            for (std::size_t t = done; t < length; ++t) {
                out[k * length + t] = element(lane[k], end[k], entries, transitions, total_bits);
            }
            is_sound = is_sound && lane[k].x == 1 && lane[k].next == end[k];
        }
        return is_sound;
    }
};

template <bool has_trellis>
bool run_for_output(const LaneModel& model, const LaneGroup& group) {
    switch (model.value_bytes) {
        case 1: return for_this_cpu(DirectLanes<has_trellis, std::uint8_t>{}, &model, &group);
        case 2: return for_this_cpu(DirectLanes<has_trellis, std::uint16_t>{}, &model, &group);
        default: return for_this_cpu(DirectLanes<has_trellis, std::uint32_t>{}, &model, &group);
    }
}

}  // namespace

bool is_direct(const LaneModel& model) noexcept {
    return model.total_bits <= most_total_bits && model.low_bits == 0 && model.separable == nullptr &&
           model.neighbours == nullptr;
}

std::vector<std::uint64_t> direct_entries(const LaneModel& model) {
    const std::size_t slots = std::size_t{1} << model.total_bits;
    const std::size_t quantizers = model.transitions.empty() ? 1 : 2;
    std::vector<std::uint64_t> entries;
    for (std::size_t slot = 0; slot < quantizers * slots; ++slot) {
        const Entry entry = entry_of(model, slot);
        const std::uint32_t step = entry.frequency | entry.offset << 16 | (entry.symbol & 1) << 31;
        const std::uint64_t value = model.values[slot / slots * model.indices + entry.symbol];
        entries.push_back(value << 32 | step);
    }
    return entries;
}

bool decode_direct_lanes(const LaneModel& model, const LaneGroup& group) {
    return model.transitions.empty() ? run_for_output<false>(model, group) : run_for_output<true>(model, group);
}

}  // namespace qmodel
