#include "buffers/rans/symbol_lanes.h"

#include <algorithm>

#include "buffers/rans/lane.h"
#include "cpu.h"

namespace qmodel {

namespace {

constexpr int most_total_bits = 15;
constexpr std::uint32_t most_symbols = 256;

// Classes of so many elements of each lane are found at a time.
constexpr std::size_t class_piece = 1024;

template <bool has_trellis, typename Out>
struct SymbolLanes {
    struct Tables {
        const std::uint8_t* symbols;
        const std::uint64_t* parts;
        const std::uint16_t* transitions;
        int total_bits;
        int symbol_bits;
    };

    /// The next element of a lane. Where `end` is null there are words enough.
    QMODEL_INLINE static Out element(Lane& lane, const std::uint8_t* end, const Tables& tables, std::size_t table) {
        if constexpr (has_trellis) table = 2 * table + (lane.trellis_state & 1);
        const std::uint32_t slot = lane.x & ((1U << tables.total_bits) - 1);
        const std::size_t symbol = tables.symbols[table << tables.total_bits | slot];
        const std::uint64_t part = tables.parts[table << tables.symbol_bits | symbol];
        const auto step = static_cast<std::uint32_t>(part);
        std::uint32_t x = (step & 0xFFFF) * (lane.x >> tables.total_bits) + slot - (step >> 16);
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
        if constexpr (has_trellis) lane.trellis_state = tables.transitions[2 * lane.trellis_state + (symbol & 1)];
        return static_cast<Out>(part >> 32);
    }

    QMODEL_INLINE bool operator()(const LaneModel* model, const LaneGroup* group) const {
        const Tables tables{model->by_symbol.symbols.data(), model->by_symbol.parts.data(), model->transitions.data(),
                            model->total_bits, model->by_symbol.symbol_bits};
        const std::size_t length = group->length;
        Out* const out = reinterpret_cast<Out*>(group->out);
        const std::uint8_t* end[lanes_at_once];
        Lane lane[lanes_at_once];
        for (int k = 0; k < lanes_at_once; ++k) {
            lane[k] = begin_lane(group->words[k]);
            end[k] = group->words[k].data + group->words[k].size;
        }
        std::uint8_t classes[lanes_at_once][class_piece];
        for (std::size_t first = 0; first < length; first += class_piece) {
            const std::size_t count = std::min(class_piece, length - first);
            for (std::size_t k = 0; k < lanes_at_once; ++k) {
                model->separable->fill(group->start + k * length + first, count, classes[k]);
            }
            const std::size_t done = unchecked(lane, end, tables, classes, count, length, out + first);
            for (std::size_t k = 0; k < lanes_at_once; ++k) {
                for (std::size_t t = done; t < count; ++t) {
                    out[k * length + first + t] = element(lane[k], end[k], tables, classes[k][t]);
                }
            }
        }
        bool is_sound = true;
        for (std::size_t k = 0; k < lanes_at_once; ++k) {
            is_sound = is_sound && lane[k].x == 1 && lane[k].next == end[k];
        }
        return is_sound;
    }

    /// Decodes as many elements of all lanes as need no look at the ends of lanes; returns how many of each.
    QMODEL_INLINE static std::size_t unchecked(Lane (&lane)[lanes_at_once], const std::uint8_t* const* end,
                                               const Tables& tables,
                                               const std::uint8_t (&classes)[lanes_at_once][class_piece],
                                               std::size_t count, std::size_t length, Out* out) {
        Lane l0 = lane[0], l1 = lane[1], l2 = lane[2], l3 = lane[3];
        const auto has_words = [&] {
            const std::ptrdiff_t most = 2 * unchecked_block;
            return end[0] - l0.next >= most && end[1] - l1.next >= most && end[2] - l2.next >= most &&
                   end[3] - l3.next >= most;
        };
        std::size_t done = 0;
        for (; done + unchecked_block <= count && has_words(); done += unchecked_block) {
            for (std::size_t t = done; t < done + unchecked_block; ++t) {
                out[t] = element(l0, nullptr, tables, classes[0][t]);
                out[length + t] = element(l1, nullptr, tables, classes[1][t]);
                out[2 * length + t] = element(l2, nullptr, tables, classes[2][t]);
                out[3 * length + t] = element(l3, nullptr, tables, classes[3][t]);
            }
        }
        lane[0] = l0, lane[1] = l1, lane[2] = l2, lane[3] = l3;
        return done;
    }
};

template <bool has_trellis>
bool run_for_output(const LaneModel& model, const LaneGroup& group) {
    switch (model.value_bytes) {
        case 1: return for_this_cpu(SymbolLanes<has_trellis, std::uint8_t>{}, &model, &group);
        case 2: return for_this_cpu(SymbolLanes<has_trellis, std::uint16_t>{}, &model, &group);
        default: return for_this_cpu(SymbolLanes<has_trellis, std::uint32_t>{}, &model, &group);
    }
}

std::uint32_t entry_symbol(const LaneModel& model, std::size_t slot) {
    return model.narrow.empty() ? symbol_of(model.wide[slot]) : symbol_of(model.narrow[slot]);
}

}  // namespace

bool has_symbol_tables(const LaneModel& model) noexcept {
    return model.total_bits <= most_total_bits && model.low_bits == 0 && model.separable != nullptr &&
           model.neighbours == nullptr && model.indices <= most_symbols;
}

SymbolTables symbol_tables(const LaneModel& model) {
    const std::size_t slots = std::size_t{1} << model.total_bits;
    const std::size_t tables = std::max(model.narrow.size(), model.wide.size()) / slots;
    const std::size_t quantizers = model.transitions.empty() ? 1 : 2;
    SymbolTables found;
    while (std::uint32_t{1} << found.symbol_bits < model.indices) ++found.symbol_bits;
    found.parts.resize(tables << found.symbol_bits);
    for (std::size_t table = 0; table < tables; ++table) {
        for (std::size_t slot = 0; slot < slots; ++slot) {
            const std::uint32_t symbol = entry_symbol(model, table * slots + slot);
            std::uint64_t& part = found.parts[table << found.symbol_bits | symbol];
            if (part == 0) {
                const std::uint64_t value = model.values[table % quantizers * model.indices + symbol];
                part = value << 32 | static_cast<std::uint64_t>(slot) << 16;
            }
            ++part;
            found.symbols.push_back(static_cast<std::uint8_t>(symbol));
        }
    }
    return found;
}

bool decode_symbol_lanes(const LaneModel& model, const LaneGroup& group) {
    return model.transitions.empty() ? run_for_output<false>(model, group) : run_for_output<true>(model, group);
}

}  // namespace qmodel
