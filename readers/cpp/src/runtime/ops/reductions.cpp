// ReduceMax, ReduceMean, ReduceMin and ReduceSum; their axes become inputs at opset 18, those of ReduceSum at 13.
#include <algorithm>
#include <limits>

#include "fail.h"
#include "runtime/axes.h"
#include "runtime/broadcasting.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

/// Sums are taken in double precision; `start` is the result of an empty reduction.
struct Sum {
    static constexpr double start = 0.0;
    static double combine(double sum, double x) { return sum + x; }
    static double finish(double sum, double) { return sum; }
};

struct Mean {
    static constexpr double start = 0.0;
    static double combine(double sum, double x) { return sum + x; }
    static double finish(double sum, double count) { return sum / count; }
};

struct Max {
    static constexpr double start = -std::numeric_limits<double>::infinity();
    static double combine(double most, double x) { return most >= x || most != most ? most : x; }
    static double finish(double most, double) { return most; }
};

struct Min {
    static constexpr double start = std::numeric_limits<double>::infinity();
    static double combine(double least, double x) { return least <= x || least != least ? least : x; }
    static double finish(double least, double) { return least; }
};

Lengths without(const Lengths& lengths, const std::vector<std::size_t>& axes) {
    Lengths kept;
    for (std::size_t axis = 0; axis < lengths.size(); ++axis) {
        if (std::find(axes.begin(), axes.end(), axis) == axes.end()) kept.push_back(lengths[axis]);
    }
    return kept;
}

template <typename Reduction>
std::vector<Array> reduce(Call& call, const std::vector<std::size_t>& axes) {
    const Array& x = call.input(0);
    const float* source = x.floats();
    Lengths kept = x.lengths();
    for (const std::size_t axis : axes) kept[axis] = 1;
    Array made = call.make_floats(kept);
    Array sums = call.make(v1::ELEMENT_TYPE_F64, kept);
    double* to = sums.mutable_as<double>();
    std::fill_n(to, sums.count(), Reduction::start);
    const Lengths strides = broadcast_strides(kept, x.lengths());
    const std::int64_t run = x.rank() == 0 ? 1 : x.lengths().back();
    const std::int64_t step = x.rank() == 0 ? 0 : strides.back();
    for_each_run(x.lengths(), strides, strides, [&](std::int64_t place, std::int64_t, std::int64_t first) {
        for (std::int64_t n = 0; n < run; ++n) {
            double& sum = to[place + n * step];
            sum = Reduction::combine(sum, static_cast<double>(source[first + n]));
        }
    });
    double reduced = 1.0;
    for (const std::size_t axis : axes) reduced *= static_cast<double>(x.lengths()[axis]);
    float* out = made.mutable_as<float>();
    for (std::int64_t n = 0; n < made.count(); ++n) out[n] = static_cast<float>(Reduction::finish(to[n], reduced));
    return {call.attributes.integer("keepdims", 1) != 0 ? made : made.reshaped(without(x.lengths(), axes))};
}

std::vector<std::size_t> all_axes(std::int64_t rank) {
    std::vector<std::int64_t> axes;
    for (std::int64_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
    return positive_axes(axes, rank);
}

template <typename Reduction>
std::vector<Array> by_attribute(Call& call) {
    const std::int64_t rank = call.input(0).rank();
    const auto axes = call.attributes.integers("axes");
    return reduce<Reduction>(call, axes.empty() ? all_axes(rank) : positive_axes(axes, rank));
}

template <typename Reduction>
std::vector<Array> by_input(Call& call) {
    const std::int64_t rank = call.input(0).rank();
    const auto axes = call.input(1) ? call.input(1).integers() : std::vector<std::int64_t>();
    if (!axes.empty()) return reduce<Reduction>(call, positive_axes(axes, rank));
    if (call.attributes.integer("noop_with_empty_axes", 0) != 0) return {call.input(0)};
    return reduce<Reduction>(call, all_axes(rank));
}

template <typename Reduction>
void add_versions(const char* name, int by_input_since, std::vector<Operator>& all) {
    const AttributeRule axes{"axes", AttributeType::integers};
    const AttributeRule keepdims{"keepdims", AttributeType::integer};
    const AttributeRule noop{"noop_with_empty_axes", AttributeType::integer};
    all.push_back({name, 1, by_input_since - 1, 1, 1, 1, {axes, keepdims}, by_attribute<Reduction>});
    all.push_back({name, by_input_since, kNewest, 1, 2, 1, {keepdims, noop}, by_input<Reduction>});
}

}  // namespace

std::vector<Operator> reductions() {
    std::vector<Operator> all;
    add_versions<Max>("ReduceMax", 18, all);
    add_versions<Mean>("ReduceMean", 18, all);
    add_versions<Min>("ReduceMin", 18, all);
    add_versions<Sum>("ReduceSum", 13, all);
    return all;
}

}  // namespace qmodel::runtime::ops
