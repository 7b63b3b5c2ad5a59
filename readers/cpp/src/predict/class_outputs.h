#ifndef QMODEL_PREDICT_CLASS_OUTPUTS_H
#define QMODEL_PREDICT_CLASS_OUTPUTS_H

#include <cstdint>
#include <vector>

#include "qmodel/tensor.h"
#include "qmodel/v1/graph.pb.h"

namespace qmodel::predict {

/// What the numbers of a classifier's output are.
enum class OutputKind { logits, probabilities, logarithms };

/// The kind of the first output of a network, by the operator that makes it: probabilities from Softmax and Sigmoid,
/// logarithms from LogSoftmax, logits from all others. Operators that only arrange elements are looked through.
OutputKind output_kind(const v1::Graph& graph);

/// What a network says of images.
struct Classes {
    std::size_t number = 0;            ///< Of classes.
    std::vector<std::uint32_t> best;   ///< (images): the class with the largest output, the lowest of equals.
    std::vector<float> probabilities;  ///< (images, classes), each 0 to 1.
};

/// The classes of an output of shape (images, classes) or (images, classes, 1, 1, ...) in float32. Throws
/// invalid_input when the output is not that of a classifier of so many images, or holds NaN.
Classes classes_of(const Tensor& output, OutputKind kind, std::size_t images);

}  // namespace qmodel::predict

#endif
