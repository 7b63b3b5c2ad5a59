// Concat.
#include <cstring>

#include "fail.h"
#include "runtime/axes.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

Lengths joined_lengths(const std::vector<Array>& parts, std::size_t axis) {
    Lengths joined = parts.front().lengths();
    for (std::size_t position = 1; position < parts.size(); ++position) {
        const Array& part = parts[position];
        Lengths expected = joined;
        if (part.rank() > static_cast<std::int64_t>(axis)) expected[axis] = part.lengths()[axis];
        if (part.lengths() != expected || part.element_type() != parts.front().element_type()) {
            corrupt("input " + std::to_string(position) + " is " + name_of(part.element_type()) + " of shape " +
                    text_of(part.lengths()) + ", which does not fit those before it");
        }
        joined[axis] += part.lengths()[axis];
    }
    return joined;
}

std::vector<Array> join(Call& call) {
    const auto& parts = call.inputs;
    const std::size_t axis = positive_axis(call.attributes.integer("axis", 0), parts.front().rank());
    Array made = call.make(parts.front().element_type(), joined_lengths(parts, axis));
    const AlongAxis whole = along_axis(made.lengths(), axis);
    std::uint8_t* target = made.mutable_bytes();
    if (made.count() == 0) return {made};
    for (std::int64_t outer = 0; outer < whole.outer; ++outer) {
        for (const Array& part : parts) {
            const auto run = static_cast<std::size_t>(part.lengths()[axis] * whole.inner) * part.element_bytes();
            std::memcpy(target, part.bytes() + static_cast<std::size_t>(outer) * run, run);
            target += run;
        }
    }
    return {made};
}

}  // namespace

std::vector<Operator> concat() {
    return {{"Concat", 4, kNewest, 1, kAnyNumber, 1, {{"axis", AttributeType::integer, true}}, join}};
}

}  // namespace qmodel::runtime::ops
