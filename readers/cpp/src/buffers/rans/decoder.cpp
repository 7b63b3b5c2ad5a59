#include <algorithm>

#include "buffers/convolutional_code.h"
#include "buffers/rans/direct_lanes.h"
#include "buffers/rans/exceptions.h"
#include "buffers/rans/lanes.h"
#include "buffers/rans/payload.h"
#include "buffers/rans/rans.h"
#include "fail.h"
#include "scratch.h"
#include "sizes.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

/// Rules of spec/buffers/rans.md, "Symbols".
void check_symbols(const RansTables& tables, const v1::Rans& rans, ElementType type) {
    constexpr std::uint32_t most_indices = 65536;
    const std::int64_t first = tables.base();
    const std::int64_t end = first + std::int64_t{tables.first_escape()};
    if (rans.total_bits() + static_cast<std::uint32_t>(tables.low_bits) > 16) corrupt("too many low bits");
    if (first < least_value(type) || end - 1 > greatest_value(type))
        corrupt("symbols stand for values outside the type");
    if (tables.indices() > most_indices) corrupt("symbols and low bits have more than 65,536 values");
    if (rans.trellis_states() != 0 && (first % 2 != 0 || (tables.escapes != 0 && tables.first_escape() % 2 != 0))) {
        corrupt("symbols hide the parity of codes");
    }
    const std::int64_t left = first - least_value(type) + greatest_value(type) + 1 - end;
    if (tables.escapes != 0 && left < std::int64_t{tables.kept_mask()} + 1) corrupt("escapes that stand for no value");
}

template <typename Entry>
void add_entries(const std::vector<std::uint32_t>& frequencies, int frequency_shift, int offset_shift,
                 std::vector<Entry>& entries) {
    for (std::size_t symbol = 0; symbol < frequencies.size(); ++symbol) {
        for (std::uint32_t offset = 0; offset < frequencies[symbol]; ++offset) {
            entries.push_back(static_cast<Entry>(frequencies[symbol] - 1) << frequency_shift |
                              static_cast<Entry>(offset) << offset_shift | static_cast<Entry>(symbol));
        }
    }
}

class RansDecoder : public PayloadDecoder {
public:
    RansDecoder(const v1::Buffer& buffer, const float* step)
        : type_(buffer.element_type()),
          rans_(buffer.rans()),
          quantizers_(rans_.trellis_states() != 0 ? 2 : 1),
          tables_(read_tables(view_of(rans_.tables()), cells_of(rans_), quantizers_)),
          exceptions_(tables_, type_, step),
          is_scaled_(step != nullptr) {
        check_symbols(tables_, rans_, type_);
        model_.total_bits = static_cast<int>(rans_.total_bits());
        model_.low_bits = tables_.low_bits;
        model_.indices = tables_.indices();
        make_entries();
        if (quantizers_ == 2) model_.transitions = trellis_transitions(rans_.trellis_states());
        make_values();
        make_contexts(buffer.count());
        if (is_direct(model_)) model_.direct = direct_entries(model_);
    }

    void decode(ByteView payload, std::uint64_t start, std::uint64_t count, std::uint8_t* out) const override {
        const std::uint64_t run = std::min(rans_.run_length(), count);
        RansPayload parts(payload, divided_up(count, run), exceptions_.bytes());
        LaneGroup group;
        Bytes history;
        if (model_.neighbours != nullptr) {
            group.reach = neighbours_.reach;
            group.reach.limit(run);
            group.ring = group.reach.ring();
            history = Bytes(lanes_at_once * group.ring);
            group.history = history.data();
        }
        std::uint64_t used = 0;
        for (std::uint64_t first = 0; first < count;) {
            group.lanes = count - first >= lanes_at_once * run ? lanes_at_once : 1;
            group.length = std::min(run, count - first);
            group.start = start + first;
            for (int lane = 0; lane < group.lanes; ++lane) group.words[lane] = parts.next_lane();
            if (!history.empty()) std::memset(history.data(), 0, history.size());
            used = decode_group(group, parts, used, out + first * exceptions_.element_bytes());
            first += elements_of(group);
        }
        if (used != parts.exception_count()) corrupt("a rans payload has more exceptions than escapes");
    }

private:
    static std::uint64_t elements_of(const LaneGroup& group) noexcept {
        return group.length * static_cast<std::uint64_t>(group.lanes);
    }

    /// Returns how many exceptions are used up then.
    std::uint64_t decode_group(LaneGroup& group, const RansPayload& parts, std::uint64_t used,
                               std::uint8_t* out) const {
        const std::uint64_t count = elements_of(group);
        Scratch indices(exceptions_.translates() ? 2 * count : 0);
        group.out = exceptions_.translates() ? indices.data() : out;
        if (!decode_lanes(model_, group)) corrupt("a lane of a rans payload does not end as it must");
        if (exceptions_.translates())
            return exceptions_.translate(indices.as<std::uint16_t>(), count, parts, used, out);
        return is_scaled_ ? exceptions_.place(reinterpret_cast<float*>(out), count, parts, used) : used;
    }

    void make_entries() {
        const bool is_narrow = rans_.total_bits() <= 12 && tables_.symbols + tables_.escapes <= 256;
        for (std::size_t table = 0; table < tables_.levels.size(); ++table) {
            const auto frequencies = tables_.frequencies(table, model_.total_bits);
            if (is_narrow) {
                add_entries(frequencies, 20, 8, model_.narrow);
            } else {
                add_entries(frequencies, 32, 16, model_.wide);
            }
        }
    }

    void make_values() {
        model_.value_bytes = static_cast<int>(exceptions_.decoded_bytes());
        for (std::uint32_t q = 0; q < quantizers_; ++q) {
            for (std::uint32_t index = 0; index < tables_.indices(); ++index) {
                model_.values.push_back(exceptions_.value_bits(index, q));
            }
        }
    }

    void make_contexts(std::uint64_t count) {
        const v1::ContextModel& context = rans_.context();
        std::vector<std::uint8_t> class_of_bucket = tables_.class_of_cell;
        if (context.has_neighbours()) {
            neighbours_ = make_neighbours(context.neighbours(), tables_, quantizers_, is_signed_integer(type_));
            class_of_bucket.resize(static_cast<std::size_t>(context.separable().threshold_size()) + 1);
            for (std::size_t i = 0; i < class_of_bucket.size(); ++i) class_of_bucket[i] = static_cast<std::uint8_t>(i);
            model_.neighbours = &neighbours_;
        }
        if (context.has_separable()) separable_ = std::make_unique<SeparableClasses>(context, count, class_of_bucket);
        model_.separable = separable_.get();
    }

    ElementType type_;
    const v1::Rans& rans_;
    std::uint32_t quantizers_;
    RansTables tables_;
    Exceptions exceptions_;
    bool is_scaled_;
    LaneModel model_;
    std::unique_ptr<SeparableClasses> separable_;
    Neighbours neighbours_;
};

}  // namespace

std::unique_ptr<PayloadDecoder> make_rans_decoder(const v1::Buffer& buffer) {
    return std::make_unique<RansDecoder>(buffer, nullptr);
}

std::unique_ptr<PayloadDecoder> make_scaled_rans_decoder(const v1::Buffer& buffer, float step) {
    return std::make_unique<RansDecoder>(buffer, &step);
}

}  // namespace qmodel
