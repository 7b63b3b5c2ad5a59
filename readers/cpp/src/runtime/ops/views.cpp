// Flatten, Identity, Reshape, Squeeze and Unsqueeze: the same elements in another shape.
#include <algorithm>

#include "fail.h"
#include "runtime/axes.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

std::vector<Array> identity(Call& call) {
    return {call.input(0)};
}

std::vector<Array> flatten(Call& call) {
    const Array& x = call.input(0);
    const std::int64_t axis = call.attributes.integer("axis", 1);
    const std::size_t split = axis == x.rank() ? x.lengths().size() : positive_axis(axis, x.rank());
    const AlongAxis halves = along_rest(x.lengths(), split);
    return {x.reshaped({halves.outer, halves.length})};
}

/// 0 stands for the input's length, unless allowzero is set; -1, at most once, for what remains.
std::vector<Array> reshape(Call& call) {
    const Array& x = call.input(0);
    Lengths wanted = call.input(1).integers();
    const bool zero_copies = call.attributes.integer("allowzero", 0) == 0;
    for (std::size_t axis = 0; axis < wanted.size(); ++axis) {
        if (wanted[axis] != 0 || !zero_copies) continue;
        if (axis >= x.lengths().size()) corrupt("a 0 copies an axis that the input lacks");
        wanted[axis] = x.lengths()[axis];
    }
    const auto open = std::find(wanted.begin(), wanted.end(), -1);
    if (open != wanted.end()) {
        *open = 1;
        const bool has_others = std::all_of(wanted.begin(), wanted.end(), [](std::int64_t each) { return each > 0; });
        std::int64_t rest = x.count();
        for (const std::int64_t each : wanted) {
            if (!has_others || rest % each != 0) corrupt("-1 stands for no length");
            rest /= each;
        }
        *open = rest;
    }
    return {x.reshaped(wanted)};
}

std::vector<Array> squeezed(const Array& x, const std::vector<std::size_t>& axes) {
    Lengths lengths;
    for (std::size_t axis = 0; axis < x.lengths().size(); ++axis) {
        if (std::find(axes.begin(), axes.end(), axis) == axes.end()) lengths.push_back(x.lengths()[axis]);
    }
    return {x.reshaped(lengths)};
}

std::vector<Array> squeeze_all(const Array& x) {
    std::vector<std::size_t> axes;
    for (std::size_t axis = 0; axis < x.lengths().size(); ++axis) {
        if (x.lengths()[axis] == 1) axes.push_back(axis);
    }
    return squeezed(x, axes);
}

std::vector<Array> squeeze_named(const Array& x, const std::vector<std::int64_t>& named) {
    const auto axes = positive_axes(named, x.rank());
    for (const std::size_t axis : axes) {
        if (x.lengths()[axis] != 1) {
            corrupt("axis " + std::to_string(axis) + " of " + text_of(x.lengths()) + " is not 1");
        }
    }
    return squeezed(x, axes);
}

std::vector<Array> squeeze_by_input(Call& call) {
    return call.input(1) ? squeeze_named(call.input(0), call.input(1).integers()) : squeeze_all(call.input(0));
}

std::vector<Array> squeeze_by_attribute(Call& call) {
    return call.attributes.has("axes") ? squeeze_named(call.input(0), call.attributes.integers("axes"))
                                       : squeeze_all(call.input(0));
}

std::vector<Array> unsqueezed(const Array& x, const std::vector<std::int64_t>& named) {
    auto axes = positive_axes(named, x.rank() + static_cast<std::int64_t>(named.size()));
    std::sort(axes.begin(), axes.end());
    Lengths lengths = x.lengths();
    for (const std::size_t axis : axes) lengths.insert(lengths.begin() + static_cast<std::ptrdiff_t>(axis), 1);
    return {x.reshaped(lengths)};
}

std::vector<Array> unsqueeze_by_input(Call& call) {
    return unsqueezed(call.input(0), call.input(1).integers());
}

std::vector<Array> unsqueeze_by_attribute(Call& call) {
    return unsqueezed(call.input(0), call.attributes.integers("axes"));
}

}  // namespace

std::vector<Operator> views() {
    const AttributeRule axes{"axes", AttributeType::integers};
    const AttributeRule required_axes{"axes", AttributeType::integers, true};
    return {
        {"Flatten", 1, kNewest, 1, 1, 1, {{"axis", AttributeType::integer}}, flatten},
        {"Identity", 1, kNewest, 1, 1, 1, {}, identity},
        {"Reshape", 5, kNewest, 2, 2, 1, {{"allowzero", AttributeType::integer}}, reshape},
        {"Squeeze", 1, 12, 1, 1, 1, {axes}, squeeze_by_attribute},
        {"Squeeze", 13, kNewest, 1, 2, 1, {}, squeeze_by_input},
        {"Unsqueeze", 1, 12, 1, 1, 1, {required_axes}, unsqueeze_by_attribute},
        {"Unsqueeze", 13, kNewest, 2, 2, 1, {}, unsqueeze_by_input},
    };
}

}  // namespace qmodel::runtime::ops
