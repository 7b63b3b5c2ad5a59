// Slice: its bounds are attributes below opset 10, inputs from there on.
#include <algorithm>
#include <numeric>

#include "fail.h"
#include "runtime/axes.h"
#include "runtime/ops/operators.h"
#include "runtime/strided_copy.h"

namespace qmodel::runtime::ops {

namespace {

struct Bounds {
    std::vector<std::int64_t> starts;
    std::vector<std::int64_t> ends;
    std::vector<std::int64_t> axes;
    std::vector<std::int64_t> steps;
};

/// First element, number of elements and step along one axis.
struct Range {
    std::int64_t first;
    std::int64_t count;
    std::int64_t step;
};

/// Bounds below 0 count from the end; both are then brought into the array, as ONNX says.
Range clamped(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t length) {
    if (step == 0) corrupt("a step must not be 0");
    const std::int64_t lowest = step > 0 ? 0 : -1;
    const std::int64_t highest = step > 0 ? length : length - 1;
    const auto place = [=](std::int64_t at, std::int64_t least) {
        return std::clamp(at < 0 ? at + length : at, std::min(least, highest), highest);
    };
    const std::int64_t first = place(start, 0);
    const std::int64_t last = place(end, lowest);
    const std::int64_t distance = step > 0 ? last - first : first - last;
    if (distance <= 0) return {0, 0, 1};
    // A step as long as the axis takes one element, and cannot overflow.
    const std::int64_t shortened = std::clamp(step, -length, length);
    const std::int64_t magnitude = shortened > 0 ? shortened : -shortened;
    return {first, (distance + magnitude - 1) / magnitude, shortened};
}

std::vector<Array> cut(Call& call, const Bounds& bounds) {
    const Array& x = call.input(0);
    const auto axes = positive_axes(bounds.axes, x.rank());
    if (bounds.starts.size() != axes.size() || bounds.ends.size() != axes.size() ||
        bounds.steps.size() != axes.size()) {
        corrupt("starts, ends, axes and steps must have as many entries each");
    }
    Lengths lengths = x.lengths();
    Lengths strides = row_major_strides(lengths);
    std::int64_t first = 0;
    for (std::size_t n = 0; n < axes.size(); ++n) {
        const Range range = clamped(bounds.starts[n], bounds.ends[n], bounds.steps[n], lengths[axes[n]]);
        lengths[axes[n]] = range.count;
        first += range.first * strides[axes[n]];
        strides[axes[n]] *= range.step;
    }
    Array made = call.make(x.element_type(), lengths);
    copy_strided(x, first, strides, made);
    return {made};
}

std::vector<std::int64_t> first_axes(std::size_t count) {
    std::vector<std::int64_t> axes(count);
    std::iota(axes.begin(), axes.end(), 0);
    return axes;
}

std::vector<Array> by_inputs(Call& call) {
    Bounds bounds{call.input(1).integers(), call.input(2).integers(), {}, {}};
    bounds.axes = call.input(3) ? call.input(3).integers() : first_axes(bounds.starts.size());
    bounds.steps = call.input(4) ? call.input(4).integers() : std::vector<std::int64_t>(bounds.starts.size(), 1);
    return cut(call, bounds);
}

std::vector<Array> by_attributes(Call& call) {
    Bounds bounds{call.attributes.integers("starts"), call.attributes.integers("ends"), {}, {}};
    bounds.axes = call.attributes.has("axes") ? call.attributes.integers("axes") : first_axes(bounds.starts.size());
    bounds.steps.assign(bounds.starts.size(), 1);
    return cut(call, bounds);
}

}  // namespace

std::vector<Operator> slice() {
    const std::vector<AttributeRule> bounds{{"axes", AttributeType::integers},
                                            {"ends", AttributeType::integers, true},
                                            {"starts", AttributeType::integers, true}};
    return {
        {"Slice", 1, 9, 1, 1, 1, bounds, by_attributes},
        {"Slice", 10, kNewest, 3, 5, 1, {}, by_inputs},
    };
}

}  // namespace qmodel::runtime::ops
