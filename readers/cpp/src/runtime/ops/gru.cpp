// GRU: gates in the order z (update), r (reset), h (candidate).
#include "runtime/gemm.h"
#include "runtime/ops/operators.h"
#include "runtime/recurrence.h"

namespace qmodel::runtime::ops {

namespace {

/// Rows first to last of R times a matrix (hidden, batch), with the bias of the recurrence.
void multiply_rows(const Direction& direction, std::int64_t first, std::int64_t last, const float* matrix, float* out) {
    const std::int64_t rows = last - first;
    multiply_matrices({direction.r + first * direction.hidden, direction.hidden, 1}, {matrix, direction.batch, 1}, rows,
                      direction.batch, direction.hidden, out);
    if (direction.r_bias != nullptr) add_to_rows(direction.r_bias + first, rows, direction.batch, out);
}

/// gates += product, in the first `count` elements; then the activation of gates.
void finish_gates(const Direction& direction, std::int64_t count, const float* product, float* gates) {
    for (std::int64_t n = 0; n < count; ++n) gates[n] += product[n];
    direction.activations[0](gates, count);
}

/// h = (1 - z) * candidate + z * h.
void blend(std::int64_t count, const float* z, const float* candidate, float* h) {
    for (std::int64_t n = 0; n < count; ++n) h[n] = candidate[n] + z[n] * (h[n] - candidate[n]);
}

/// With linear_before_reset the reset gate scales what the product of the recurrence, its bias included, gives.
void step_scaling_product(const Direction& direction, float* gates, float* product, float* h) {
    const std::int64_t size = direction.gate();
    multiply_rows(direction, 0, 3 * direction.hidden, h, product);
    finish_gates(direction, 2 * size, product, gates);
    const float* reset = gates + size;
    float* candidate = gates + 2 * size;
    for (std::int64_t n = 0; n < size; ++n) candidate[n] += reset[n] * product[2 * size + n];
    direction.activations[1](candidate, size);
    blend(size, gates, candidate, h);
}

/// Without it the reset gate scales the state that the product of the recurrence reads.
void step_scaling_state(const Direction& direction, float* gates, float* product, float* h) {
    const std::int64_t size = direction.gate();
    multiply_rows(direction, 0, 2 * direction.hidden, h, product);
    finish_gates(direction, 2 * size, product, gates);
    float* reset = gates + size;
    float* candidate = gates + 2 * size;
    for (std::int64_t n = 0; n < size; ++n) reset[n] *= h[n];
    multiply_rows(direction, 2 * direction.hidden, 3 * direction.hidden, reset, product);
    for (std::int64_t n = 0; n < size; ++n) candidate[n] += product[n];
    direction.activations[1](candidate, size);
    blend(size, gates, candidate, h);
}

void step(const Call& call, const Direction& direction, float* gates, float* product, float* h, float*) {
    if (call.attributes.integer("linear_before_reset", 0) != 0) {
        step_scaling_product(direction, gates, product, h);
    } else {
        step_scaling_state(direction, gates, product, h);
    }
}

std::vector<Array> run(Call& call) {
    return run_recurrence(call, {3, {"Sigmoid", "Tanh"}, false, step});
}

}  // namespace

std::vector<Operator> gru() {
    std::vector<AttributeRule> attributes = recurrent_attributes();
    attributes.push_back({"linear_before_reset", AttributeType::integer});
    return {{"GRU", 7, kNewest, 3, 6, 2, attributes, run, check_activations}};
}

}  // namespace qmodel::runtime::ops
