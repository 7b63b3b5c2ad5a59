// LSTM: gates in the order i (input), o (output), f (forget), c (candidate).
#include <algorithm>

#include "runtime/gemm.h"
#include "runtime/ops/operators.h"
#include "runtime/recurrence.h"

namespace qmodel::runtime::ops {

namespace {

/// Adds a peephole (hidden) times the cell (hidden, batch) to a gate, where there is one, and finishes the gate.
void finish_gate(const Direction& direction, std::int64_t peephole, const float* c, float* gate) {
    if (direction.peepholes != nullptr) {
        const float* factors = direction.peepholes + peephole * direction.hidden;
        for (std::int64_t n = 0; n < direction.gate(); ++n) gate[n] += factors[n / direction.batch] * c[n];
    }
    direction.activations[0](gate, direction.gate());
}

void step(const Call& call, const Direction& direction, float* gates, float* product, float* h, float* c) {
    const std::int64_t size = direction.gate();
    const std::int64_t rows = 4 * direction.hidden;
    multiply_matrices({direction.r, direction.hidden, 1}, {h, direction.batch, 1}, rows, direction.batch,
                      direction.hidden, product);
    add_to_rows(direction.r_bias, rows, direction.batch, product);
    for (std::int64_t n = 0; n < 4 * size; ++n) gates[n] += product[n];
    float* input = gates;
    float* output = gates + size;
    float* forget = gates + 2 * size;
    float* candidate = gates + 3 * size;
    finish_gate(direction, 0, c, input);
    if (call.attributes.integer("input_forget", 0) != 0) {
        for (std::int64_t n = 0; n < size; ++n) forget[n] = 1.0F - input[n];
    } else {
        finish_gate(direction, 2, c, forget);
    }
    direction.activations[1](candidate, size);
    for (std::int64_t n = 0; n < size; ++n) c[n] = forget[n] * c[n] + input[n] * candidate[n];
    finish_gate(direction, 1, c, output);  // sees the new cell
    std::copy_n(c, size, h);
    direction.activations[2](h, size);
    for (std::int64_t n = 0; n < size; ++n) h[n] *= output[n];
}

std::vector<Array> run(Call& call) {
    return run_recurrence(call, {4, {"Sigmoid", "Tanh", "Tanh"}, true, step});
}

}  // namespace

std::vector<Operator> lstm() {
    std::vector<AttributeRule> attributes = recurrent_attributes();
    attributes.push_back({"input_forget", AttributeType::integer});
    return {{"LSTM", 7, kNewest, 3, 8, 3, attributes, run, check_activations}};
}

}  // namespace qmodel::runtime::ops
