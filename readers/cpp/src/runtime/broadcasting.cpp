#include "runtime/broadcasting.h"

#include <algorithm>

#include "fail.h"

namespace qmodel::runtime {

Lengths broadcast_lengths(const Lengths& one, const Lengths& other) {
    Lengths made = one.size() < other.size() ? other : one;
    const Lengths& shorter = one.size() < other.size() ? one : other;
    const std::size_t offset = made.size() - shorter.size();
    for (std::size_t axis = 0; axis < shorter.size(); ++axis) {
        std::int64_t& length = made[offset + axis];
        if (length != shorter[axis] && length != 1 && shorter[axis] != 1) {
            corrupt("shapes " + text_of(one) + " and " + text_of(other) + " do not go together");
        }
        if (length == 1) length = shorter[axis];
    }
    return made;
}

Lengths broadcast_strides(const Lengths& from, const Lengths& to) {
    const Lengths own = row_major_strides(from);
    Lengths strides(to.size(), 0);
    const std::size_t offset = to.size() - from.size();
    for (std::size_t axis = 0; axis < from.size(); ++axis) {
        if (from[axis] != 1) strides[offset + axis] = own[axis];
    }
    return strides;
}

}  // namespace qmodel::runtime
