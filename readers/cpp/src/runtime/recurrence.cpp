#include "runtime/recurrence.h"

#include <algorithm>
#include <utility>

#include "fail.h"
#include "runtime/gemm.h"

namespace qmodel::runtime {

namespace {

enum Input : std::size_t { kX, kW, kR, kB, kSequenceLengths, kInitialH, kInitialC, kPeepholes };

/// The numbers of a layer.
struct Sizes {
    std::int64_t steps;
    std::int64_t batch;
    std::int64_t input;
    std::int64_t directions;
    std::int64_t hidden;
    bool batch_first;

    Lengths state() const {
        return batch_first ? Lengths{batch, directions, hidden} : Lengths{directions, batch, hidden};
    }
    Lengths y() const {
        return batch_first ? Lengths{batch, steps, directions, hidden} : Lengths{steps, directions, batch, hidden};
    }
};

void expect(const Array& given, const Lengths& wanted, const char* name) {
    if (given && given.lengths() != wanted) {
        corrupt(std::string(name) + " must have shape " + text_of(wanted) + ", got " + text_of(given.lengths()));
    }
}

Sizes checked_sizes(const Call& call, const Recurrence& recurrence) {
    const Lengths& x = call.input(kX).lengths();
    const Lengths& w = call.input(kW).lengths();
    const Lengths& r = call.input(kR).lengths();
    if (x.size() != 3 || w.size() != 3 || r.size() != 3) corrupt("X, W and R must have 3 axes");
    const std::int64_t layout = call.attributes.integer("layout", 0);
    if (layout != 0 && layout != 1) corrupt("layout must be 0 or 1");
    const bool batch_first = layout == 1;
    const Sizes sizes{x[batch_first ? 1 : 0], x[batch_first ? 0 : 1], x[2], w[0], r[2], batch_first};
    const std::int64_t hidden = call.attributes.integer("hidden_size", sizes.hidden);
    if (hidden != sizes.hidden) corrupt("hidden_size does not fit R of shape " + text_of(r));
    const std::int64_t rows = recurrence.gates * hidden;
    expect(call.input(kW), {sizes.directions, rows, sizes.input}, "W");
    expect(call.input(kR), {sizes.directions, rows, hidden}, "R");
    expect(call.input(kB), {sizes.directions, 2 * rows}, "B");
    expect(call.input(kSequenceLengths), {sizes.batch}, "sequence_lens");
    expect(call.input(kInitialH), sizes.state(), "initial_h");
    if (recurrence.has_cell) {
        expect(call.input(kInitialC), sizes.state(), "initial_c");
        expect(call.input(kPeepholes), {sizes.directions, 3 * hidden}, "P");
    }
    return sizes;
}

/// For each direction whether it runs backward.
std::vector<bool> directions_of(const Call& call, const Sizes& sizes) {
    const std::string direction = call.attributes.text("direction", "forward");
    std::vector<bool> backward;
    if (direction == "forward") backward = {false};
    if (direction == "reverse") backward = {true};
    if (direction == "bidirectional") backward = {false, true};
    if (backward.empty() || static_cast<std::int64_t>(backward.size()) != sizes.directions) {
        corrupt("direction " + qmodel::quoted(direction) + " does not fit W, which has weights of " +
                std::to_string(sizes.directions));
    }
    return backward;
}

std::vector<Activation> activations_of(const Call& call, const Recurrence& recurrence, std::int64_t directions) {
    std::vector<std::string> names = call.attributes.texts("activations");
    const std::size_t wanted = recurrence.activations.size() * static_cast<std::size_t>(directions);
    if (names.empty()) {
        for (std::int64_t d = 0; d < directions; ++d) {
            names.insert(names.end(), recurrence.activations.begin(), recurrence.activations.end());
        }
    }
    if (names.size() != wanted) {
        corrupt("wanted " + std::to_string(wanted) + " activations, got " + std::to_string(names.size()));
    }
    return make_activations(names, call.attributes.reals("activation_alpha"), call.attributes.reals("activation_beta"),
                            call.attributes.real("clip", 0.0F));
}

Direction direction_of(const Call& call, const Recurrence& recurrence, const Sizes& sizes, std::int64_t d,
                       const std::vector<Activation>& activations) {
    const std::int64_t rows = recurrence.gates * sizes.hidden;
    const float* biases = call.input(kB) ? call.input(kB).floats() + d * 2 * rows : nullptr;
    const bool has_peepholes = recurrence.has_cell && call.input(kPeepholes);
    const auto each = static_cast<std::ptrdiff_t>(recurrence.activations.size());
    const auto first = activations.begin() + d * each;
    return {sizes.hidden,
            sizes.batch,
            call.input(kR).floats() + d * rows * sizes.hidden,
            biases,
            biases == nullptr ? nullptr : biases + rows,
            has_peepholes ? call.input(kPeepholes).floats() + d * 3 * sizes.hidden : nullptr,
            {first, first + each}};
}

/// Distances of neighbours in an array that is (..., batch, hidden) or, batch first, (batch, ..., hidden).
struct Places {
    std::int64_t first;
    std::int64_t batch_stride;
};

Places state_places(const Sizes& sizes, std::int64_t d) {
    if (sizes.batch_first) return {d * sizes.hidden, sizes.directions * sizes.hidden};
    return {d * sizes.batch * sizes.hidden, sizes.hidden};
}

Places y_places(const Sizes& sizes, std::int64_t t, std::int64_t d) {
    const std::int64_t row = t * sizes.directions + d;
    if (sizes.batch_first) return {row * sizes.hidden, sizes.steps * sizes.directions * sizes.hidden};
    return {row * sizes.batch * sizes.hidden, sizes.hidden};
}

/// From (batch, hidden) at these places to (hidden, batch).
void load_state(const Array& initial, const Places& places, const Sizes& sizes, Array& state) {
    float* to = state.mutable_as<float>();
    std::fill_n(to, state.count(), 0.0F);
    if (!initial) return;
    const float* from = initial.floats() + places.first;
    for (std::int64_t b = 0; b < sizes.batch; ++b) {
        for (std::int64_t n = 0; n < sizes.hidden; ++n) to[n * sizes.batch + b] = from[b * places.batch_stride + n];
    }
}

void store_state(const Array& state, const Places& places, const Sizes& sizes, Array& target) {
    const float* from = state.as<float>();
    float* to = target.mutable_as<float>() + places.first;
    for (std::int64_t b = 0; b < sizes.batch; ++b) {
        for (std::int64_t n = 0; n < sizes.hidden; ++n) to[b * places.batch_stride + n] = from[n * sizes.batch + b];
    }
}

/// W x of one step, (gates * hidden, batch).
void project(const Call& call, const Sizes& sizes, std::int64_t rows, std::int64_t d, std::int64_t t, Array& gates) {
    const float* x = call.input(kX).floats() + t * sizes.input * (sizes.batch_first ? 1 : sizes.batch);
    const std::int64_t stride = sizes.input * (sizes.batch_first ? sizes.steps : 1);
    const float* w = call.input(kW).floats() + d * rows * sizes.input;
    multiply_matrices({w, sizes.input, 1}, {x, 1, stride}, rows, sizes.batch, sizes.input, gates.mutable_as<float>());
}

/// Memory of one direction, used again in each step.
struct Buffers {
    Array gates;
    Array product;
    Array h;
    Array c;
    Array old_h;
    Array old_c;
};

Buffers make_buffers(Call& call, const Sizes& sizes, std::int64_t rows) {
    const Lengths state{sizes.hidden, sizes.batch};
    const Lengths gates{rows, sizes.batch};
    return {call.make_floats(gates), call.make_floats(gates), call.make_floats(state),
            call.make_floats(state), call.make_floats(state), call.make_floats(state)};
}

void copy(const Array& from, Array& to) {
    std::copy_n(from.as<float>(), from.count(), to.mutable_as<float>());
}

/// A sequence that has ended keeps its states, and its part of Y is 0.
void keep_ended(const std::vector<std::int64_t>& ends, const Sizes& sizes, std::int64_t t, std::int64_t d,
                Buffers& buffers, Array& y) {
    const Places places = y_places(sizes, t, d);
    for (std::int64_t b = 0; b < sizes.batch; ++b) {
        if (t < ends[static_cast<std::size_t>(b)]) continue;
        for (std::int64_t n = b; n < sizes.hidden * sizes.batch; n += sizes.batch) {
            buffers.h.mutable_as<float>()[n] = buffers.old_h.as<float>()[n];
            buffers.c.mutable_as<float>()[n] = buffers.old_c.as<float>()[n];
        }
        std::fill_n(y.mutable_as<float>() + places.first + b * places.batch_stride, sizes.hidden, 0.0F);
    }
}

void run_direction(Call& call, const Recurrence& recurrence, const Sizes& sizes, const Direction& direction,
                   std::int64_t d, bool is_backward, Buffers& buffers, Array& y) {
    const std::int64_t rows = recurrence.gates * sizes.hidden;
    if (direction.gate() == 0) return;
    const auto ends = call.input(kSequenceLengths) ? call.input(kSequenceLengths).integers() : Lengths();
    for (std::int64_t n = 0; n < sizes.steps; ++n) {
        const std::int64_t t = is_backward ? sizes.steps - 1 - n : n;
        if (!ends.empty()) {
            copy(buffers.h, buffers.old_h);
            copy(buffers.c, buffers.old_c);
        }
        project(call, sizes, rows, d, t, buffers.gates);
        add_to_rows(direction.w_bias, rows, sizes.batch, buffers.gates.mutable_as<float>());
        recurrence.step(call, direction, buffers.gates.mutable_as<float>(), buffers.product.mutable_as<float>(),
                        buffers.h.mutable_as<float>(), buffers.c.mutable_as<float>());
        store_state(buffers.h, y_places(sizes, t, d), sizes, y);
        if (!ends.empty()) keep_ended(ends, sizes, t, d, buffers, y);
    }
}

}  // namespace

std::vector<Array> run_recurrence(Call& call, const Recurrence& recurrence) {
    const Sizes sizes = checked_sizes(call, recurrence);
    const std::vector<bool> backward = directions_of(call, sizes);
    const std::vector<Activation> activations = activations_of(call, recurrence, sizes.directions);
    Array y = call.make_floats(sizes.y());
    Array last_h = call.make_floats(sizes.state());
    Array last_c = call.make_floats(sizes.state());
    Buffers buffers = make_buffers(call, sizes, recurrence.gates * sizes.hidden);
    for (std::int64_t d = 0; d < sizes.directions; ++d) {
        const Direction direction = direction_of(call, recurrence, sizes, d, activations);
        const Places places = state_places(sizes, d);
        load_state(call.input(kInitialH), places, sizes, buffers.h);
        load_state(recurrence.has_cell ? call.input(kInitialC) : Array(), places, sizes, buffers.c);
        run_direction(call, recurrence, sizes, direction, d, backward[static_cast<std::size_t>(d)], buffers, y);
        store_state(buffers.h, places, sizes, last_h);
        store_state(buffers.c, places, sizes, last_c);
    }
    if (recurrence.has_cell) return {y, last_h, last_c};
    return {y, last_h};
}

void check_activations(const Attributes& attributes, std::size_t) {
    make_activations(attributes.texts("activations"), {}, {}, 0.0F);
}

std::vector<AttributeRule> recurrent_attributes() {
    return {{"activation_alpha", AttributeType::reals}, {"activation_beta", AttributeType::reals},
            {"activations", AttributeType::texts},      {"clip", AttributeType::real},
            {"direction", AttributeType::text},         {"hidden_size", AttributeType::integer},
            {"layout", AttributeType::integer}};
}

void add_to_rows(const float* bias, std::int64_t rows, std::int64_t batch, float* matrix) {
    if (bias == nullptr) return;
    for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t b = 0; b < batch; ++b) matrix[row * batch + b] += bias[row];
    }
}

}  // namespace qmodel::runtime
