#ifndef QMODEL_RUNTIME_ACTIVATION_H
#define QMODEL_RUNTIME_ACTIVATION_H

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace qmodel::runtime {

/// A function of the recurrent operators, applied to `count` numbers in place.
using Activation = std::function<void(float* x, std::int64_t count)>;

/// The functions of ONNX's names; those that take parameters use up `alphas` and `betas` in order, then the defaults.
/// With a clip that is not 0, each number is first kept between -clip and clip. Throws unsupported for an unknown name.
std::vector<Activation> make_activations(const std::vector<std::string>& names, const std::vector<float>& alphas,
                                         const std::vector<float>& betas, float clip);

}  // namespace qmodel::runtime

#endif
