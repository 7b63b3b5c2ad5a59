// Transpose.
#include "fail.h"
#include "runtime/axes.h"
#include "runtime/ops/operators.h"
#include "runtime/strided_copy.h"

namespace qmodel::runtime::ops {

namespace {

std::vector<Array> permute(Call& call) {
    const Array& x = call.input(0);
    std::vector<std::int64_t> wanted = call.attributes.integers("perm");
    if (!call.attributes.has("perm")) {
        for (std::int64_t axis = x.rank(); axis-- > 0;) wanted.push_back(axis);
    }
    const auto axes = positive_axes(wanted, x.rank());
    if (axes.size() != x.lengths().size()) corrupt("perm must name every axis once");
    const Lengths own = row_major_strides(x.lengths());
    Lengths lengths;
    Lengths strides;
    for (const std::size_t axis : axes) {
        lengths.push_back(x.lengths()[axis]);
        strides.push_back(own[axis]);
    }
    Array made = call.make(x.element_type(), lengths);
    copy_strided(x, 0, strides, made);
    return {made};
}

}  // namespace

std::vector<Operator> transpose() {
    return {{"Transpose", 1, kNewest, 1, 1, 1, {{"perm", AttributeType::integers}}, permute}};
}

}  // namespace qmodel::runtime::ops
