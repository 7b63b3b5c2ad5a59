// BatchNormalization with the statistics it was trained with.
#include <cmath>

#include "fail.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

void refuse_training(const Attributes& attributes, std::size_t output_count) {
    if (attributes.integer("training_mode", 0) != 0 || output_count > 1) unsupported("this reader does not train");
}

void check(const Call& call) {
    const Lengths& x = call.input(0).lengths();
    if (x.size() < 2) corrupt("wanted (batch, channels, ...), got " + text_of(x));
    for (std::size_t position = 1; position < 5; ++position) {
        if (call.input(position).lengths() != Lengths{x[1]}) {
            corrupt("input " + std::to_string(position) + " must have shape " + text_of({x[1]}) + ", got " +
                    text_of(call.input(position).lengths()));
        }
    }
}

/// As one multiplication and one addition for each element.
std::vector<Array> normalize(Call& call) {
    check(call);
    const float* x = call.input(0).floats();
    const float* scale = call.input(1).floats();
    const float* bias = call.input(2).floats();
    const float* mean = call.input(3).floats();
    const float* variance = call.input(4).floats();
    const float epsilon = call.attributes.real("epsilon", 1e-5F);
    const Lengths lengths = call.input(0).lengths();
    const std::int64_t inner = count_of({lengths.begin() + 2, lengths.end()});
    Array made = call.make_floats_like(0);
    float* y = made.mutable_as<float>();
    if (made.count() == 0) return {made};
    for (std::int64_t plane = 0; plane < lengths[0] * lengths[1]; ++plane) {
        const std::int64_t channel = plane % lengths[1];
        const float factor = scale[channel] / std::sqrt(variance[channel] + epsilon);
        const float offset = bias[channel] - mean[channel] * factor;
        for (std::int64_t i = plane * inner; i < (plane + 1) * inner; ++i) y[i] = x[i] * factor + offset;
    }
    return {made};
}

}  // namespace

std::vector<Operator> batch_normalization() {
    const AttributeRule epsilon{"epsilon", AttributeType::real};
    const AttributeRule momentum{"momentum", AttributeType::real};
    const AttributeRule training_mode{"training_mode", AttributeType::integer};
    return {
        {"BatchNormalization", 9, 13, 5, 5, 5, {epsilon, momentum}, normalize, refuse_training},
        {"BatchNormalization", 14, kNewest, 5, 5, 3, {epsilon, momentum, training_mode}, normalize, refuse_training},
    };
}

}  // namespace qmodel::runtime::ops
