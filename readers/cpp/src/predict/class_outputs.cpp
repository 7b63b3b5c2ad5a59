#include "predict/class_outputs.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "fail.h"

namespace qmodel::predict {

namespace {

const v1::Node* maker_of(const v1::Graph& graph, const std::string& name) {
    for (const v1::Node& node : graph.nodes()) {
        if (node.outputs_size() > 0 && node.outputs(0) == name) return &node;
    }
    return nullptr;
}

void softmax(float* numbers, std::size_t count) {
    if (!std::isfinite(*std::max_element(numbers, numbers + count))) {
        invalid_input("the network gives infinite logits: it or its input is broken");
    }
    const double largest = static_cast<double>(*std::max_element(numbers, numbers + count));
    std::vector<double> powers(count);
    double sum = 0.0;
    for (std::size_t n = 0; n < count; ++n) {
        powers[n] = std::exp(static_cast<double>(numbers[n]) - largest);
        sum += powers[n];
    }
    for (std::size_t n = 0; n < count; ++n) numbers[n] = static_cast<float>(powers[n] / sum);
}

/// Changes the outputs of one image, none of them NaN, in place. Rounding may leave the range by a last bit.
void to_probabilities(OutputKind kind, float* numbers, std::size_t count) {
    if (kind == OutputKind::logits) softmax(numbers, count);
    for (std::size_t n = 0; n < count; ++n) {
        if (kind == OutputKind::logarithms) numbers[n] = std::exp(numbers[n]);
        numbers[n] = std::clamp(numbers[n], 0.0F, 1.0F);
    }
}

}  // namespace

OutputKind output_kind(const v1::Graph& graph) {
    static const std::set<std::string> arranging{"Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"};
    const v1::Node* node = maker_of(graph, graph.outputs(0).name());
    while (node != nullptr && arranging.count(node->operator_()) > 0 && node->inputs_size() > 0) {
        node = maker_of(graph, node->inputs(0));
    }
    if (node == nullptr) return OutputKind::logits;
    if (node->operator_() == "LogSoftmax") return OutputKind::logarithms;
    const bool is_probability = node->operator_() == "Softmax" || node->operator_() == "Sigmoid";
    return is_probability ? OutputKind::probabilities : OutputKind::logits;
}

Classes classes_of(const Tensor& output, OutputKind kind, std::size_t images) {
    const Shape& shape = output.shape;
    const bool is_classifier = output.element_type == v1::ELEMENT_TYPE_F32 && shape.size() >= 2 && shape[0] == images &&
                               shape[1] >= 2 && output.count() == shape[0] * shape[1];
    if (!is_classifier) {
        invalid_input("the network is no classifier: its first output is not one number for each image and class");
    }
    Classes made{static_cast<std::size_t>(shape[1]), {}, to_floats(output)};
    for (auto first = made.probabilities.begin(); first != made.probabilities.end();) {
        const auto last = first + static_cast<std::ptrdiff_t>(made.number);
        if (std::any_of(first, last, [](float x) { return std::isnan(x); })) {
            invalid_input("the network gives NaN: it or its input is broken");
        }
        made.best.push_back(static_cast<std::uint32_t>(std::max_element(first, last) - first));
        to_probabilities(kind, &*first, made.number);
        first = last;
    }
    return made;
}

}  // namespace qmodel::predict
