#include "manifest/golden.h"

#include <cmath>
#include <map>
#include <unordered_map>

#include "fail.h"
#include "manifest/parse.h"
#include "qmodel/tensor.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

constexpr int most_samples = 1024;

using Values = google::protobuf::RepeatedPtrField<v1::Value>;

void check_tolerance(float tolerance, ElementType type) {
    const bool is_usable = std::isfinite(tolerance) && tolerance >= 0 && (tolerance == 0 || is_float(type));
    if (!is_usable) corrupt("a tolerance is negative, not finite, or for elements that are no floats");
}

/// The inputs or the outputs of one sample against those of the graph.
class Sides {
public:
    Sides(const Values& declared, const BufferRules& rules) : rules_(rules) {
        for (int number = 0; number < declared.size(); ++number) {
            by_name_[declared.Get(number).name()] = {number, &declared.Get(number)};
        }
    }

    /// A value of a sample, where lengths are known by their symbols; returns its number in the graph.
    int check(const v1::GoldenValue& value, std::map<std::string, std::uint64_t>& symbols) const {
        const auto found = by_name_.find(value.name());
        if (found == by_name_.end()) corrupt("the graph has no " + quoted(value.name()) + " for a golden value");
        const v1::Value& wanted = *found->second.second;
        check_shape(value.shape());
        if (!value.has_values()) corrupt("a golden value has no values");
        if (value.values().element_type() != wanted.element_type()) {
            corrupt("golden value " + quoted(value.name()) + " is not of the type that the graph gives it");
        }
        if (wanted.has_shape()) check_fit(value, wanted.shape(), symbols);
        check_buffer(value.values(), element_count(Shape(value.shape().begin(), value.shape().end())), rules_);
        return found->second.first;
    }

private:
    static void check_fit(const v1::GoldenValue& value, const v1::Shape& wanted,
                          std::map<std::string, std::uint64_t>& symbols) {
        bool fits = value.shape_size() == wanted.dimensions_size();
        for (int axis = 0; fits && axis < value.shape_size(); ++axis) {
            const v1::Dimension& dimension = wanted.dimensions(axis);
            if (dimension.has_size()) fits = dimension.size() == value.shape(axis);
            if (dimension.has_symbol()) {
                fits = symbols.emplace(dimension.symbol(), value.shape(axis)).first->second == value.shape(axis);
            }
        }
        if (!fits) corrupt("golden value " + quoted(value.name()) + " has not the shape that the graph gives it");
    }

    const BufferRules& rules_;
    std::unordered_map<std::string, std::pair<int, const v1::Value*>> by_name_;
};

void check_inputs(const v1::GoldenSample& sample, const v1::Graph& graph, const Sides& sides) {
    if (sample.inputs_size() != graph.inputs_size()) corrupt("a golden sample has not one value for each input");
    std::map<std::string, std::uint64_t> symbols;
    for (int number = 0; number < sample.inputs_size(); ++number) {
        if (sample.inputs(number).name() != graph.inputs(number).name()) {
            corrupt("the inputs of a golden sample are not those of the graph, in its order");
        }
        sides.check(sample.inputs(number), symbols);
    }
}

void check_outputs(const v1::GoldenSample& sample, const Sides& sides) {
    if (sample.outputs_size() == 0) corrupt("a golden sample has no outputs");
    std::map<std::string, std::uint64_t> symbols;
    int before = -1;
    for (const v1::GoldenOutput& output : sample.outputs()) {
        if (!output.has_expected()) corrupt("an output of a golden sample has no expected values");
        const int number = sides.check(output.expected(), symbols);
        if (number <= before) corrupt("the outputs of a golden sample are not in the graph's order, or there twice");
        before = number;
        check_tolerance(output.absolute_tolerance(), output.expected().values().element_type());
        check_tolerance(output.relative_tolerance(), output.expected().values().element_type());
    }
}

}  // namespace

void check_golden(const v1::Manifest& manifest, const BufferRules& rules) {
    if (manifest.golden_size() == 0) return;
    if (manifest.golden_size() > most_samples) corrupt("more than 1,024 golden samples");
    if (!manifest.has_graph()) corrupt("golden samples without a graph");
    const Sides inputs(manifest.graph().inputs(), rules);
    const Sides outputs(manifest.graph().outputs(), rules);
    for (const v1::GoldenSample& sample : manifest.golden()) {
        check_inputs(sample, manifest.graph(), inputs);
        check_outputs(sample, outputs);
    }
}

}  // namespace qmodel
