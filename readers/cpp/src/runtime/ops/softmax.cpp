// Softmax and LogSoftmax: along one axis from opset 13 on, below it along all axes from `axis` on at once.
#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/axes.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

/// Applies function(first, length, step, out) to each line of elements.
template <typename Function>
std::vector<Array> for_each_line(Call& call, const AlongAxis& lines, Function function) {
    const float* x = call.input(0).floats();
    Array made = call.make_floats_like(0);
    float* out = made.mutable_as<float>();
    if (made.count() == 0) return {made};
    for (std::int64_t outer = 0; outer < lines.outer; ++outer) {
        for (std::int64_t inner = 0; inner < lines.inner; ++inner) {
            const std::int64_t first = outer * lines.length * lines.inner + inner;
            function(x + first, lines.length, lines.inner, out + first);
        }
    }
    return {made};
}

float largest(const float* x, std::int64_t length, std::int64_t step) {
    float most = -std::numeric_limits<float>::infinity();
    for (std::int64_t n = 0; n < length; ++n) most = std::max(most, x[n * step]);
    return most;
}

void softmax_line(const float* x, std::int64_t length, std::int64_t step, float* out) {
    const float most = largest(x, length, step);
    double sum = 0.0;
    for (std::int64_t n = 0; n < length; ++n) {
        out[n * step] = std::exp(x[n * step] - most);
        sum += static_cast<double>(out[n * step]);
    }
    for (std::int64_t n = 0; n < length; ++n) {
        out[n * step] = static_cast<float>(static_cast<double>(out[n * step]) / sum);
    }
}

void log_softmax_line(const float* x, std::int64_t length, std::int64_t step, float* out) {
    const float most = largest(x, length, step);
    double sum = 0.0;
    for (std::int64_t n = 0; n < length; ++n) sum += static_cast<double>(std::exp(x[n * step] - most));
    const auto logarithm = static_cast<float>(std::log(sum));
    for (std::int64_t n = 0; n < length; ++n) out[n * step] = x[n * step] - most - logarithm;
}

template <auto line>
std::vector<Array> of_axis(Call& call) {
    const Array& x = call.input(0);
    return for_each_line(call, along_axis(x.lengths(), positive_axis(call.attributes.integer("axis", -1), x.rank())),
                         line);
}

template <auto line>
std::vector<Array> of_rest(Call& call) {
    const Array& x = call.input(0);
    return for_each_line(call, along_rest(x.lengths(), positive_axis(call.attributes.integer("axis", 1), x.rank())),
                         line);
}

}  // namespace

std::vector<Operator> softmax() {
    const AttributeRule axis{"axis", AttributeType::integer};
    return {
        {"LogSoftmax", 1, 12, 1, 1, 1, {axis}, of_rest<log_softmax_line>},
        {"LogSoftmax", 13, kNewest, 1, 1, 1, {axis}, of_axis<log_softmax_line>},
        {"Softmax", 1, 12, 1, 1, 1, {axis}, of_rest<softmax_line>},
        {"Softmax", 13, kNewest, 1, 1, 1, {axis}, of_axis<softmax_line>},
    };
}

}  // namespace qmodel::runtime::ops
