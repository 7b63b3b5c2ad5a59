#include "qmodel/replay.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

#include "fail.h"

namespace qmodel {

namespace {

std::string text_of(const Tensor& tensor) {
    std::string text = name_of(tensor.element_type) + " of shape (";
    for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
        text += (axis > 0 ? ", " : "") + std::to_string(tensor.shape[axis]);
    }
    return text + ")";
}

std::string text_of(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", number);
    return text;
}

/// The elements of float outputs, which are exact in binary64. The interpreter makes no others than these two.
std::vector<double> doubles_of(const Tensor& tensor) {
    std::vector<double> numbers(static_cast<std::size_t>(tensor.count()));
    if (tensor.element_type == v1::ELEMENT_TYPE_F64) {
        std::copy_n(tensor.storage.as<double>(), numbers.size(), numbers.begin());
    } else {
        const std::vector<float> floats = to_floats(tensor);
        std::copy(floats.begin(), floats.end(), numbers.begin());
    }
    return numbers;
}

bool is_within(double found, double expected, const GoldenOutput& output) {
    if (found == expected || (std::isnan(found) && std::isnan(expected))) return true;
    const double tolerance = static_cast<double>(output.absolute_tolerance) +
                             static_cast<double>(output.relative_tolerance) * std::fabs(expected);
    return std::isfinite(found) && std::isfinite(expected) && std::fabs(found - expected) <= tolerance;
}

std::optional<std::string> difference(const Tensor& found, const GoldenOutput& output) {
    const Tensor& expected = output.expected;
    if (found.element_type != expected.element_type || found.shape != expected.shape) {
        return "is " + text_of(found) + ", expected " + text_of(expected);
    }
    if (!is_float(expected.element_type)) {
        const std::uint8_t* bytes = found.storage.data();
        const bool same = std::equal(bytes, bytes + found.storage.size(), expected.storage.data());
        return same ? std::nullopt : std::optional<std::string>("has other integers than expected");
    }
    const std::vector<double> numbers = doubles_of(found);
    const std::vector<double> wanted = doubles_of(expected);
    for (std::size_t n = 0; n < numbers.size(); ++n) {
        if (is_within(numbers[n], wanted[n], output)) continue;
        return "is " + text_of(numbers[n]) + " at element " + std::to_string(n) + ", expected " + text_of(wanted[n]);
    }
    return std::nullopt;
}

}  // namespace

std::vector<Deviation> replay(const Reader& reader, const SessionOptions& options) {
    std::vector<GoldenSample> samples = reader.golden();
    if (samples.empty()) invalid_input("the file has no golden samples to run");
    const Session session(reader, options);
    std::vector<Deviation> deviations;
    for (std::size_t number = 0; number < samples.size(); ++number) {
        const NamedTensors made = session.run(samples[number].inputs);
        for (const GoldenOutput& output : samples[number].outputs) {
            const auto found =
                std::find_if(made.begin(), made.end(), [&](const auto& each) { return each.first == output.name; });
            if (found == made.end()) corrupt("the network has no output " + quoted(output.name));
            if (auto what = difference(found->second, output)) {
                deviations.push_back({number, output.name, std::move(*what)});
            }
        }
    }
    return deviations;
}

}  // namespace qmodel
