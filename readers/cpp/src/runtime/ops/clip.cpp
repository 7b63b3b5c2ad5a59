// Clip: its bounds are attributes below opset 11, inputs from there on.
#include <algorithm>
#include <limits>

#include "fail.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

/// Where the bounds cross, the upper one wins; NaN stays NaN.
std::vector<Array> clip_between(Call& call, float low, float high) {
    const float* x = call.input(0).floats();
    Array made = call.make_floats_like(0);
    float* y = made.mutable_as<float>();
    const std::int64_t count = made.count();
    for (std::int64_t i = 0; i < count; ++i) {
        const float raised = x[i] < low ? low : x[i];
        y[i] = raised > high ? high : raised;
    }
    return {made};
}

float bound(const Array& given, float otherwise) {
    if (!given) return otherwise;
    if (given.count() != 1) corrupt("min and max must be single numbers");
    return given.floats()[0];
}

std::vector<Array> by_inputs(Call& call) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    return clip_between(call, bound(call.input(1), -kInfinity), bound(call.input(2), kInfinity));
}

std::vector<Array> by_attributes(Call& call) {
    constexpr float kLargest = std::numeric_limits<float>::max();
    return clip_between(call, call.attributes.real("min", -kLargest), call.attributes.real("max", kLargest));
}

}  // namespace

std::vector<Operator> clip() {
    return {
        {"Clip", 6, 10, 1, 1, 1, {{"min", AttributeType::real}, {"max", AttributeType::real}}, by_attributes},
        {"Clip", 11, kNewest, 1, 3, 1, {}, by_inputs},
    };
}

}  // namespace qmodel::runtime::ops
