#include <algorithm>

#include "buffers/convolutional_code.h"
#include "buffers/rans/direct_lanes.h"
#include "buffers/rans/exceptions.h"
#include "buffers/rans/lanes.h"
#include "buffers/rans/payload.h"
#include "buffers/rans/rans.h"
#include "buffers/rans/symbol_lanes.h"
#include "fail.h"
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

/// The payload of a checked buffer on its way to elements.
class RansPieces : public PieceReader {
public:
    /// Of the elements from `start` of the buffer on, `count` of them, in lanes of `run`.
    RansPieces(const LaneModel& model, const Exceptions& exceptions, ByteView payload, std::uint64_t run,
               std::uint64_t start, std::uint64_t count)
        : model_(model),
          exceptions_(exceptions),
          payload_(payload, divided_up(count, run), exceptions.bytes()),
          run_(run),
          left_(count) {
        group_.start = start;
        if (model_.neighbours == nullptr) return;
        group_.reach = model_.neighbours->reach;
        group_.reach.limit(run);
        group_.ring = group_.reach.ring();
        history_ = Bytes(lanes_at_once * group_.ring);
        group_.history = history_.data();
    }

    /// As PieceReader; whole lanes, all but the last time.
    const std::uint8_t* next(std::uint64_t count, std::uint8_t* room) override {
        for (std::uint64_t done = 0; done < count;) {
            const std::uint64_t wanted = count - done;
            group_.lanes = wanted >= lanes_at_once * run_ ? lanes_at_once : 1;
            group_.length = std::min(run_, wanted);
            group_.out = room + done * exceptions_.element_bytes();
            decode_group();
            done += group_.length * static_cast<std::uint64_t>(group_.lanes);
        }
        left_ -= count;
        if (left_ == 0 && used_ != payload_.exception_count()) {
            corrupt("a rans payload has more exceptions than escapes");
        }
        return room;
    }

private:
    void decode_group() {
        const std::uint64_t count = group_.length * static_cast<std::uint64_t>(group_.lanes);
        for (int lane = 0; lane < group_.lanes; ++lane) group_.words[lane] = payload_.next_lane();
        if (!history_.empty()) std::memset(history_.data(), 0, history_.size());
        if (!decode_lanes(model_, group_)) corrupt("a lane of a rans payload does not end as it must");
        used_ = exceptions_.place(group_.out, count, payload_, used_);
        group_.start += count;
    }

    const LaneModel& model_;
    const Exceptions& exceptions_;
    RansPayload payload_;
    std::uint64_t run_;
    std::uint64_t left_;
    std::uint64_t used_ = 0;  ///< Exceptions that found their places.
    LaneGroup group_;
    Bytes history_;
};

class RansDecoder : public PayloadDecoder {
public:
    RansDecoder(const v1::Buffer& buffer, const float* step)
        : type_(buffer.element_type()),
          rans_(buffer.rans()),
          quantizers_(rans_.trellis_states() != 0 ? 2 : 1),
          tables_(read_tables(view_of(rans_.tables()), cells_of(rans_), quantizers_)),
          exceptions_(tables_, type_, step) {
        check_symbols(tables_, rans_, type_);
        model_.total_bits = static_cast<int>(rans_.total_bits());
        model_.low_bits = tables_.low_bits;
        model_.indices = tables_.indices();
        if (quantizers_ == 2) model_.transitions = trellis_transitions(rans_.trellis_states());
        make_values();
        make_contexts(buffer.count());
        make_lookup();
    }

    void decode(ByteView payload, std::uint64_t start, std::uint64_t count, std::uint8_t* out) const override {
        RansPieces(model_, exceptions_, payload, run_of(count), start, count).next(count, out);
    }

    std::unique_ptr<PieceReader> pieces(ByteView payload, std::uint64_t start, std::uint64_t count,
                                        std::uint64_t length) const override {
        const std::uint64_t run = run_of(count);
        if (length < count && length % (lanes_at_once * run) != 0) return nullptr;
        return std::make_unique<RansPieces>(model_, exceptions_, payload, run, start, count);
    }

private:
    std::uint64_t run_of(std::uint64_t count) const noexcept {
        return std::min<std::uint64_t>(rans_.run_length(), count);
    }

    /// What the loop that decodes the stream's lanes looks up of a slot.
    void make_lookup() {
        std::vector<std::vector<std::uint32_t>> frequencies;
        for (std::size_t table = 0; table < tables_.levels.size(); ++table) {
            frequencies.push_back(tables_.frequencies(table, model_.total_bits));
        }
        if (has_symbol_tables(model_)) {
            model_.by_symbol = symbol_tables(model_, frequencies);
            return;
        }
        const bool is_narrow = rans_.total_bits() <= 12 && tables_.symbols + tables_.escapes <= 256;
        for (const auto& of_table : frequencies) {
            if (is_narrow) {
                add_entries(of_table, 20, 8, model_.narrow);
            } else {
                add_entries(of_table, 32, 16, model_.wide);
            }
        }
        if (is_direct(model_)) model_.direct = direct_entries(model_);
    }

    void make_values() {
        model_.value_bytes = static_cast<int>(exceptions_.element_bytes());
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
