#include "buffers/rans/symbol_lanes.h"

#include <algorithm>
#include <utility>

#include "buffers/rans/lane.h"
#include "cpu.h"

namespace qmodel {

namespace {

constexpr int most_total_bits = 15;
constexpr std::uint32_t most_symbols = 256;

// Classes of so many elements of each lane are found at a time.
constexpr std::size_t class_piece = 1024;

template <int lanes, bool has_trellis, typename Out>
struct SymbolLanes {
    const std::uint8_t* symbols;
    const std::uint64_t* parts;
    const std::uint16_t* transitions;
    int total_bits;
    int symbol_bits;

    using Classes = std::uint8_t[lanes][class_piece];

    /// The next element of a lane. Where `end` is null there are words enough.
    QMODEL_INLINE Out element(Lane& lane, const std::uint8_t* end, std::size_t table) const {
        if constexpr (has_trellis) table = 2 * table + (lane.trellis_state & 1);
        const std::uint32_t slot = lane.x & ((1U << total_bits) - 1);
        const std::size_t symbol = symbols[table << total_bits | slot];
        const std::uint64_t part = parts[table << symbol_bits | symbol];
        const auto step = static_cast<std::uint32_t>(part);
        std::uint32_t x = (step & 0xFFFF) * (lane.x >> total_bits) + slot - (step >> 16);
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
        if constexpr (has_trellis) lane.trellis_state = transitions[2 * lane.trellis_state + (symbol & 1)];
        return static_cast<Out>(part >> 32);
    }

    /// Decodes as many of `count` elements of all lanes as need no look at the ends of lanes; returns how many of each.
    /// Lanes are named one by one, so that the compiler keeps them in registers.
    template <std::size_t... k>
    QMODEL_INLINE std::size_t unchecked(Lane* lane, const std::uint8_t* const* end, const Classes& classes,
                                        std::size_t count, std::size_t length, Out* out,
                                        std::integer_sequence<std::size_t, k...>) const {
        constexpr std::ptrdiff_t words = 2 * unchecked_block;
        Lane own[] = {lane[k]...};
        std::size_t done = 0;
        for (; done + unchecked_block <= count && (... && (end[k] - own[k].next >= words)); done += unchecked_block) {
            for (std::size_t t = done; t < done + unchecked_block; ++t) {
                (..., (out[k * length + t] = element(own[k], nullptr, classes[k][t])));
            }
        }
        (..., (lane[k] = own[k]));
        return done;
    }

    QMODEL_INLINE bool operator()(const SeparableClasses* separable, const LaneGroup* group) const {
        const std::size_t length = group->length;
        const std::uint8_t* end[lanes];
        Lane lane[lanes];
        for (int k = 0; k < lanes; ++k) {
            lane[k] = begin_lane(group->words[k]);
            end[k] = group->words[k].data + group->words[k].size;
        }
        Classes classes;
        for (std::size_t first = 0; first < length; first += class_piece) {
            const std::size_t count = std::min(class_piece, length - first);
            for (std::size_t k = 0; k < lanes; ++k) {
                separable->fill(group->start + k * length + first, count, classes[k]);
            }
            Out* const out = reinterpret_cast<Out*>(group->out) + first;
            const auto each_lane = std::make_integer_sequence<std::size_t, lanes>{};
            const std::size_t done = unchecked(lane, end, classes, count, length, out, each_lane);
            for (std::size_t k = 0; k < lanes; ++k) {
                for (std::size_t t = done; t < count; ++t)
                    out[k * length + t] = element(lane[k], end[k], classes[k][t]);
            }
        }
        bool is_sound = true;
        for (int k = 0; k < lanes; ++k) is_sound = is_sound && lane[k].x == 1 && lane[k].next == end[k];
        return is_sound;
    }
};

template <int lanes, bool has_trellis, typename Out>
bool run(const LaneModel& model, const LaneGroup& group) {
    const SymbolLanes<lanes, has_trellis, Out> loop{model.by_symbol.symbols.data(), model.by_symbol.parts.data(),
                                                    model.transitions.data(), model.total_bits,
                                                    model.by_symbol.symbol_bits};
    return for_this_cpu(loop, model.separable, &group);
}

template <bool has_trellis, typename Out>
bool run_for_lanes(const LaneModel& model, const LaneGroup& group) {
    return group.lanes == lanes_at_once ? run<lanes_at_once, has_trellis, Out>(model, group)
                                        : run<1, has_trellis, Out>(model, group);
}

template <bool has_trellis>
bool run_for_output(const LaneModel& model, const LaneGroup& group) {
    switch (model.value_bytes) {
        case 1: return run_for_lanes<has_trellis, std::uint8_t>(model, group);
        case 2: return run_for_lanes<has_trellis, std::uint16_t>(model, group);
        default: return run_for_lanes<has_trellis, std::uint32_t>(model, group);
    }
}

}  // namespace

bool has_symbol_tables(const LaneModel& model) noexcept {
    return model.total_bits <= most_total_bits && model.low_bits == 0 && model.separable != nullptr &&
           model.neighbours == nullptr && model.indices <= most_symbols;
}

SymbolTables symbol_tables(const LaneModel& model, const std::vector<std::vector<std::uint32_t>>& frequencies) {
    const std::size_t quantizers = model.transitions.empty() ? 1 : 2;
    SymbolTables found;
    while (std::uint32_t{1} << found.symbol_bits < model.indices) ++found.symbol_bits;
    found.parts.resize(frequencies.size() << found.symbol_bits);
    found.symbols.resize(frequencies.size() << model.total_bits);
    for (std::size_t table = 0; table < frequencies.size(); ++table) {
        const std::uint32_t* const values = model.values.data() + table % quantizers * model.indices;
        std::uint64_t* const parts = found.parts.data() + (table << found.symbol_bits);
        std::uint8_t* const symbols = found.symbols.data() + (table << model.total_bits);
        std::uint32_t start = 0;
        for (std::size_t symbol = 0; symbol < frequencies[table].size(); ++symbol) {
            const std::uint32_t frequency = frequencies[table][symbol];
            parts[symbol] = std::uint64_t{values[symbol]} << 32 | std::uint64_t{start} << 16 | frequency;
            std::fill_n(symbols + start, frequency, static_cast<std::uint8_t>(symbol));
            start += frequency;
        }
    }
    return found;
}

bool decode_symbol_lanes(const LaneModel& model, const LaneGroup& group) {
    return model.transitions.empty() ? run_for_output<false>(model, group) : run_for_output<true>(model, group);
}

}  // namespace qmodel
