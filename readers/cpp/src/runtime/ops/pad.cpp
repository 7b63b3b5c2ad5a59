// Pad with a constant; the pads are an attribute below opset 11, inputs from there on.
#include <algorithm>

#include "fail.h"
#include "runtime/axes.h"
#include "runtime/broadcasting.h"
#include "runtime/ops/operators.h"
#include "runtime/strided_copy.h"

namespace qmodel::runtime::ops {

namespace {

constexpr std::int64_t kTooLarge = std::int64_t{1} << 40;  // so that sums below fit 64 bits

/// Elements added before and behind each axis; less than 0 takes away.
struct Pads {
    Lengths before;
    Lengths after;
};

Pads pads_of(const Lengths& given, const std::vector<std::size_t>& axes, std::size_t rank) {
    if (given.size() != 2 * axes.size()) corrupt("wanted two pads for each axis");
    Pads pads{Lengths(rank, 0), Lengths(rank, 0)};
    for (std::size_t position = 0; position < given.size(); ++position) {
        if (given[position] <= -kTooLarge || given[position] >= kTooLarge) {
            beyond_limit("a pad is too large: " + std::to_string(given[position]));
        }
        Lengths& side = position < axes.size() ? pads.before : pads.after;
        side[axes[position % axes.size()]] = given[position];
    }
    return pads;
}

Array filled(Call& call, const Lengths& lengths, const Array& value) {
    const ElementType type = call.input(0).element_type();
    if (value && (value.count() != 1 || value.element_type() != type)) {
        corrupt("constant_value must be one number of type " + name_of(type));
    }
    Array made = call.make(type, lengths);
    if (value) {
        copy_strided(value, 0, Lengths(lengths.size(), 0), made);
    } else {
        std::fill_n(made.mutable_bytes(), made.size(), std::uint8_t{0});
    }
    return made;
}

/// Copies what is inside both the input and the output.
void copy_inside(const Array& x, const Pads& pads, Array& made) {
    Lengths inside;
    std::int64_t from = 0;
    std::int64_t to = 0;
    const Lengths x_strides = row_major_strides(x.lengths());
    const Lengths strides = row_major_strides(made.lengths());
    for (std::size_t axis = 0; axis < strides.size(); ++axis) {
        const std::int64_t before = pads.before[axis];
        const std::int64_t skipped = std::max<std::int64_t>(0, -before);
        const std::int64_t kept = x.lengths()[axis] - skipped - std::max<std::int64_t>(0, -pads.after[axis]);
        inside.push_back(std::max<std::int64_t>(0, kept));
        from += skipped * x_strides[axis];
        to += std::max<std::int64_t>(0, before) * strides[axis];
    }
    const std::size_t element = x.element_bytes();
    const std::int64_t run = inside.empty() ? 1 : inside.back();
    for_each_run(inside, x_strides, strides, [&](std::int64_t i, std::int64_t o, std::int64_t) {
        const std::uint8_t* source = x.bytes() + static_cast<std::size_t>(from + i) * element;
        std::copy_n(source, static_cast<std::size_t>(run) * element,
                    made.mutable_bytes() + static_cast<std::size_t>(to + o) * element);
    });
}

std::vector<Array> pad(Call& call, const Pads& pads, const Array& value) {
    const Array& x = call.input(0);
    Lengths lengths = x.lengths();
    for (std::size_t axis = 0; axis < lengths.size(); ++axis) lengths[axis] += pads.before[axis] + pads.after[axis];
    Array made = filled(call, lengths, value);
    copy_inside(x, pads, made);
    return {made};
}

void refuse_other_modes(const Attributes& attributes, std::size_t) {
    if (attributes.text("mode", "constant") != "constant") unsupported("this reader pads with a constant alone");
}

std::vector<std::size_t> all_axes(const Array& x) {
    std::vector<std::size_t> axes(x.lengths().size());
    for (std::size_t axis = 0; axis < axes.size(); ++axis) axes[axis] = axis;
    return axes;
}

std::vector<Array> by_inputs(Call& call) {
    const Array& x = call.input(0);
    const auto axes = call.input(3) ? positive_axes(call.input(3).integers(), x.rank()) : all_axes(x);
    return pad(call, pads_of(call.input(1).integers(), axes, x.lengths().size()), call.input(2));
}

std::vector<Array> by_attributes(Call& call) {
    const Array& x = call.input(0);
    Array value = call.make_floats({});
    *value.mutable_as<float>() = call.attributes.real("value", 0.0F);
    x.floats();
    return pad(call, pads_of(call.attributes.integers("pads"), all_axes(x), x.lengths().size()), value);
}

}  // namespace

std::vector<Operator> pad() {
    const AttributeRule mode{"mode", AttributeType::text};
    const AttributeRule pads{"pads", AttributeType::integers, true};
    return {
        {"Pad", 2, 10, 1, 1, 1, {mode, pads, {"value", AttributeType::real}}, by_attributes, refuse_other_modes},
        {"Pad", 11, kNewest, 2, 4, 1, {mode}, by_inputs, refuse_other_modes},
    };
}

}  // namespace qmodel::runtime::ops
