#include <algorithm>
#include <cmath>

#include "buffers/convolutional_code.h"
#include "buffers/rans/rans.h"
#include "encodings/nodes.h"
#include "fail.h"
#include "parallel.h"
#include "sizes.h"

namespace qmodel {

namespace {

constexpr int widest_code = 24;
constexpr float least_step = 0x1p-126F;

/// The states of the trellis that the coding of the codes follows itself; 0: it follows none.
std::uint32_t states_of_coding(const v1::Buffer& codes) noexcept {
    if (codes.has_rans()) return codes.rans().trellis_states();
    return codes.has_arithmetic() ? codes.arithmetic().trellis_states() : 0;
}

/// Makes values of codes, run by run (spec/encodings/trellis.md, "States").
class Reconstruction {
public:
    Reconstruction(std::uint32_t states, float step) : transitions_(trellis_transitions(states)), step_(step) {}

    /// One run, of codes in storage of `code_bytes` bytes.
    void run(const std::uint8_t* codes, int code_bytes, std::uint64_t count, float* out) const {
        switch (code_bytes) {
            case 1: return run_of(reinterpret_cast<const std::int8_t*>(codes), count, out);
            case 2: return run_of(reinterpret_cast<const std::int16_t*>(codes), count, out);
            default: return run_of(reinterpret_cast<const std::int32_t*>(codes), count, out);
        }
    }

private:
    template <typename Code>
    void run_of(const Code* codes, std::uint64_t count, float* out) const {
        std::size_t state = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::int32_t k = codes[i];
            out[i] = static_cast<float>(2 * k + static_cast<std::int32_t>(state & 1)) * step_;
            state = transitions_[2 * state + static_cast<std::size_t>(k & 1)];
        }
    }

    std::vector<std::uint16_t> transitions_;
    float step_;
};

void decode_stored_runs(const v1::Trellis& trellis, const TensorSource& source, float* out) {
    const Array codes = load_buffer(trellis.codes(), source);
    const Reconstruction reconstruction(trellis.states(), trellis.step());
    const int bytes = storage_bytes(codes.type());
    const std::uint64_t length = std::min(trellis.run_length(), codes.count());
    // Many short runs are one piece of work.
    const std::uint64_t piece = length * std::max<std::uint64_t>(1, (std::uint64_t{1} << 16) / length);
    parallel_for(divided_up(codes.count(), piece), source.threads(), [&](std::size_t number) {
        const std::uint64_t end = std::min(codes.count(), (number + 1) * piece);
        for (std::uint64_t first = number * piece; first < end; first += length) {
            const std::uint8_t* run = codes.data() + first * static_cast<std::uint64_t>(bytes);
            reconstruction.run(run, bytes, std::min(length, end - first), out + first);
        }
    });
}

}  // namespace

ElementType check_trellis(const v1::Trellis& trellis, const Shape& shape, const EncodingRules& rules) {
    if (!trellis.has_codes()) corrupt("a trellis has no codes");
    if (!(trellis.step() >= least_step) || !std::isfinite(trellis.step())) {
        corrupt("the step of a trellis is not a positive, finite, normal number");
    }
    const v1::Buffer& codes = trellis.codes();
    const std::uint64_t count = checked_count(shape);
    check_buffer(codes, count, rules.buffers);
    if (!is_signed_integer(codes.element_type()) || bits_of(codes.element_type()) > widest_code) {
        corrupt("codes of a trellis are " + name_of(codes.element_type()));
    }
    if (states_of_coding(codes) != 0) {
        if (trellis.states() != 0 || trellis.run_length() != 0) corrupt("a trellis and its coding both say its states");
    } else if (!has_trellis(trellis.states()) || trellis.run_length() == 0) {
        corrupt("a trellis of " + std::to_string(trellis.states()) + " states, or without a run length");
    }
    check_array_size(count, v1::ELEMENT_TYPE_F32, rules.buffers.limits);
    return v1::ELEMENT_TYPE_F32;
}

Array decode_trellis(const v1::Trellis& trellis, const Shape& shape, const TensorSource& source, std::uint8_t* place) {
    const v1::Buffer& codes = trellis.codes();
    Array out = Array::with_room(v1::ELEMENT_TYPE_F32, element_count(shape), place);
    if (codes.count() == 0) return out;
    if (codes.has_rans() && states_of_coding(codes) != 0) {
        decode_payloads(codes, source, *make_scaled_rans_decoder(codes, trellis.step()), sizeof(float), out.room());
    } else if (states_of_coding(codes) != 0) {
        const Reconstruction reconstruction(states_of_coding(codes), trellis.step());
        float* values = out.room_as<float>();
        for_each_chunk(codes, source, [&](const std::uint8_t* chunk, std::uint64_t start, std::uint64_t count) {
            reconstruction.run(chunk, storage_bytes(codes.element_type()), count, values + start);
        });
    } else {
        decode_stored_runs(trellis, source, out.room_as<float>());
    }
    return out;
}

}  // namespace qmodel
