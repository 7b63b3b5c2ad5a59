// Gather.
#include <cstring>

#include "fail.h"
#include "runtime/axes.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

/// Indices of any shape, those below 0 counted from the end.
std::vector<std::int64_t> places_in(const Array& indices, std::int64_t length) {
    std::vector<std::int64_t> places = indices.reshaped({indices.count()}).integers();
    for (std::int64_t& place : places) {
        if (place < -length || place >= length) {
            corrupt("index " + std::to_string(place) + " is not one of an axis of length " + std::to_string(length));
        }
        if (place < 0) place += length;
    }
    return places;
}

std::vector<Array> pick(Call& call) {
    const Array& x = call.input(0);
    const Array& indices = call.input(1);
    const std::size_t axis = positive_axis(call.attributes.integer("axis", 0), x.rank());
    const AlongAxis parts = along_axis(x.lengths(), axis);
    const std::vector<std::int64_t> places = places_in(indices, parts.length);
    Lengths lengths = x.lengths();
    const auto at = lengths.erase(lengths.begin() + static_cast<std::ptrdiff_t>(axis));
    lengths.insert(at, indices.lengths().begin(), indices.lengths().end());
    Array made = call.make(x.element_type(), lengths);
    if (made.count() == 0) return {made};
    const std::size_t run = static_cast<std::size_t>(parts.inner) * x.element_bytes();
    std::uint8_t* target = made.mutable_bytes();
    for (std::int64_t outer = 0; outer < parts.outer; ++outer) {
        for (const std::int64_t place : places) {
            std::memcpy(target, x.bytes() + static_cast<std::size_t>(outer * parts.length + place) * run, run);
            target += run;
        }
    }
    return {made};
}

}  // namespace

std::vector<Operator> gather() {
    return {{"Gather", 1, kNewest, 2, 2, 1, {{"axis", AttributeType::integer}}, pick}};
}

}  // namespace qmodel::runtime::ops
