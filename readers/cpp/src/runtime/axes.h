#ifndef QMODEL_RUNTIME_AXES_H
#define QMODEL_RUNTIME_AXES_H

#include <cstdint>
#include <vector>

#include "runtime/array.h"

namespace qmodel::runtime {

/// An axis of `rank` axes counted from the front. Throws corrupt when there is no such axis.
std::size_t positive_axis(std::int64_t axis, std::int64_t rank);

/// As positive_axis, for several that must differ; in the order given. Throws limit, too, when they are more than an
/// array can have.
std::vector<std::size_t> positive_axes(const std::vector<std::int64_t>& axes, std::int64_t rank);

/// An array seen along one axis: element (o, i, r) is at (o * length + i) * inner + r.
struct AlongAxis {
    std::int64_t outer;
    std::int64_t length;
    std::int64_t inner;
};
AlongAxis along_axis(const Lengths& lengths, std::size_t axis);

/// All axes before `axis` as one, it and all after it as the length; inner is 1.
AlongAxis along_rest(const Lengths& lengths, std::size_t axis);

}  // namespace qmodel::runtime

#endif
