// Shape and Size.
#include <algorithm>

#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

std::vector<Array> lengths_of(Call& call) {
    const Lengths& lengths = call.input(0).lengths();
    const auto rank = static_cast<std::int64_t>(lengths.size());
    const auto place = [rank](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank); };
    const std::int64_t start = place(call.attributes.integer("start", 0));
    const std::int64_t end = std::max(start, place(call.attributes.integer("end", rank)));
    Array made = call.make(v1::ELEMENT_TYPE_S64, {end - start});
    std::copy(lengths.begin() + start, lengths.begin() + end, made.mutable_as<std::int64_t>());
    return {made};
}

std::vector<Array> size_of(Call& call) {
    Array made = call.make(v1::ELEMENT_TYPE_S64, {});
    *made.mutable_as<std::int64_t>() = call.input(0).count();
    return {made};
}

}  // namespace

std::vector<Operator> shape() {
    return {
        {"Shape",
         1,
         kNewest,
         1,
         1,
         1,
         {{"end", AttributeType::integer}, {"start", AttributeType::integer}},
         lengths_of},
        {"Size", 1, kNewest, 1, 1, 1, {}, size_of},
    };
}

}  // namespace qmodel::runtime::ops
