#include "runtime/activation.h"

#include <algorithm>
#include <cmath>

#include "fail.h"

namespace qmodel::runtime {

namespace {

template <typename Function>
Activation elementwise(Function function) {
    return [function](float* x, std::int64_t count) {
        for (std::int64_t n = 0; n < count; ++n) x[n] = function(x[n]);
    };
}

/// Parameters in the order of the names, then defaults.
class Parameters {
public:
    explicit Parameters(const std::vector<float>& given) : given_(given) {}

    float next(float otherwise) { return used_ < given_.size() ? given_[used_++] : otherwise; }

private:
    const std::vector<float>& given_;
    std::size_t used_ = 0;
};

Activation with_parameters(const std::string& name, Parameters& alphas, Parameters& betas) {
    if (name == "LeakyRelu") {
        return elementwise([a = alphas.next(0.01F)](float x) { return x < 0.0F ? a * x : x; });
    }
    if (name == "ThresholdedRelu") {
        return elementwise([a = alphas.next(1.0F)](float x) { return x <= a ? 0.0F : x; });
    }
    if (name == "Elu") {
        return elementwise([a = alphas.next(1.0F)](float x) { return x < 0.0F ? a * std::expm1(x) : x; });
    }
    if (name == "Affine") {
        return elementwise([a = alphas.next(1.0F), b = betas.next(0.0F)](float x) { return a * x + b; });
    }
    if (name == "ScaledTanh") {
        return elementwise([a = alphas.next(1.0F), b = betas.next(1.0F)](float x) { return a * std::tanh(b * x); });
    }
    if (name == "HardSigmoid") {
        return elementwise(
            [a = alphas.next(0.2F), b = betas.next(0.5F)](float x) { return std::clamp(a * x + b, 0.0F, 1.0F); });
    }
    unsupported("this reader does not have the activation " + quoted(name));
}

Activation make(const std::string& name, Parameters& alphas, Parameters& betas) {
    if (name == "Sigmoid") return elementwise([](float x) { return 1.0F / (1.0F + std::exp(-x)); });
    if (name == "Tanh") return elementwise([](float x) { return std::tanh(x); });
    if (name == "Relu") return elementwise([](float x) { return x < 0.0F ? 0.0F : x; });
    if (name == "Softsign") return elementwise([](float x) { return x / (1.0F + std::fabs(x)); });
    if (name == "Softplus") {
        return elementwise([](float x) { return std::max(x, 0.0F) + std::log1p(std::exp(-std::fabs(x))); });
    }
    return with_parameters(name, alphas, betas);
}

}  // namespace

std::vector<Activation> make_activations(const std::vector<std::string>& names, const std::vector<float>& alphas,
                                         const std::vector<float>& betas, float clip) {
    Parameters alpha(alphas);
    Parameters beta(betas);
    std::vector<Activation> made;
    for (const std::string& name : names) {
        Activation plain = make(name, alpha, beta);
        if (!(clip > 0.0F)) {
            made.push_back(std::move(plain));
            continue;
        }
        made.push_back([plain, clip](float* x, std::int64_t count) {
            for (std::int64_t n = 0; n < count; ++n) x[n] = std::clamp(x[n], -clip, clip);
            plain(x, count);
        });
    }
    return made;
}

}  // namespace qmodel::runtime
