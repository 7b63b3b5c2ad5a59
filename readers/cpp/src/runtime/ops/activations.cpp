// Functions of one element: Abs, Elu, Exp, HardSigmoid, HardSwish, LeakyRelu, Log, Neg, Relu, Sigmoid, Sqrt, Tanh.
#include <algorithm>
#include <cmath>

#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

template <typename Function>
std::vector<Array> map_floats(Call& call, Function function) {
    const float* x = call.input(0).floats();
    Array made = call.make_floats_like(0);
    float* y = made.mutable_as<float>();
    const std::int64_t count = made.count();
    for (std::int64_t i = 0; i < count; ++i) y[i] = function(x[i]);
    return {made};
}

/// NaN stays NaN, as in ONNX's max(x, 0).
std::vector<Array> relu(Call& call) {
    return map_floats(call, [](float x) { return x < 0.0F ? 0.0F : x; });
}

std::vector<Array> leaky_relu(Call& call) {
    const float alpha = call.attributes.real("alpha", 0.01F);
    return map_floats(call, [alpha](float x) { return x < 0.0F ? alpha * x : x; });
}

std::vector<Array> elu(Call& call) {
    const float alpha = call.attributes.real("alpha", 1.0F);
    return map_floats(call, [alpha](float x) { return x < 0.0F ? alpha * std::expm1(x) : x; });
}

std::vector<Array> hard_sigmoid(Call& call) {
    const float alpha = call.attributes.real("alpha", 0.2F);
    const float beta = call.attributes.real("beta", 0.5F);
    return map_floats(call, [=](float x) { return std::clamp(alpha * x + beta, 0.0F, 1.0F); });
}

std::vector<Array> hard_swish(Call& call) {
    return map_floats(call, [](float x) { return x * std::clamp(x / 6.0F + 0.5F, 0.0F, 1.0F); });
}

std::vector<Array> sigmoid(Call& call) {
    return map_floats(call, [](float x) { return 1.0F / (1.0F + std::exp(-x)); });
}

std::vector<Array> tanh(Call& call) {
    return map_floats(call, [](float x) { return std::tanh(x); });
}

std::vector<Array> exp(Call& call) {
    return map_floats(call, [](float x) { return std::exp(x); });
}

std::vector<Array> log(Call& call) {
    return map_floats(call, [](float x) { return std::log(x); });
}

std::vector<Array> sqrt(Call& call) {
    return map_floats(call, [](float x) { return std::sqrt(x); });
}

std::vector<Array> abs(Call& call) {
    return map_floats(call, [](float x) { return std::fabs(x); });
}

std::vector<Array> neg(Call& call) {
    return map_floats(call, [](float x) { return -x; });
}

}  // namespace

std::vector<Operator> activations() {
    const AttributeRule alpha{"alpha", AttributeType::real};
    const AttributeRule beta{"beta", AttributeType::real};
    return {
        {"Abs", 1, kNewest, 1, 1, 1, {}, abs},
        {"Elu", 1, kNewest, 1, 1, 1, {alpha}, elu},
        {"Exp", 1, kNewest, 1, 1, 1, {}, exp},
        {"HardSigmoid", 1, kNewest, 1, 1, 1, {alpha, beta}, hard_sigmoid},
        {"HardSwish", 14, kNewest, 1, 1, 1, {}, hard_swish},
        {"LeakyRelu", 1, kNewest, 1, 1, 1, {alpha}, leaky_relu},
        {"Log", 1, kNewest, 1, 1, 1, {}, log},
        {"Neg", 1, kNewest, 1, 1, 1, {}, neg},
        {"Relu", 1, kNewest, 1, 1, 1, {}, relu},
        {"Sigmoid", 1, kNewest, 1, 1, 1, {}, sigmoid},
        {"Sqrt", 1, kNewest, 1, 1, 1, {}, sqrt},
        {"Tanh", 1, kNewest, 1, 1, 1, {}, tanh},
    };
}

}  // namespace qmodel::runtime::ops
