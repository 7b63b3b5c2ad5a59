// RNN.
#include "runtime/gemm.h"
#include "runtime/ops/operators.h"
#include "runtime/recurrence.h"

namespace qmodel::runtime::ops {

namespace {

void step(const Call&, const Direction& direction, float* gates, float* product, float* h, float*) {
    multiply_matrices({direction.r, direction.hidden, 1}, {h, direction.batch, 1}, direction.hidden, direction.batch,
                      direction.hidden, product);
    add_to_rows(direction.r_bias, direction.hidden, direction.batch, product);
    for (std::int64_t n = 0; n < direction.gate(); ++n) h[n] = gates[n] + product[n];
    direction.activations[0](h, direction.gate());
}

std::vector<Array> run(Call& call) {
    return run_recurrence(call, {1, {"Tanh"}, false, step});
}

}  // namespace

std::vector<Operator> rnn() {
    return {{"RNN", 7, kNewest, 3, 6, 2, recurrent_attributes(), run, check_activations}};
}

}  // namespace qmodel::runtime::ops
