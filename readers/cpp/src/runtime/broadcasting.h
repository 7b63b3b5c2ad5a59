#ifndef QMODEL_RUNTIME_BROADCASTING_H
#define QMODEL_RUNTIME_BROADCASTING_H

#include <cstddef>
#include <cstdint>

#include "runtime/array.h"

namespace qmodel::runtime {

/// Lengths of two arrays broadcast together (ONNX, "Multidirectional broadcasting"). Throws corrupt when they differ.
Lengths broadcast_lengths(const Lengths& one, const Lengths& other);

/// Elements between neighbours of an array of lengths `from` that stands in for one of lengths `to`: 0 where it repeats
Lengths broadcast_strides(const Lengths& from, const Lengths& to);

/// Calls visit(offset_a, offset_b, first) for each run along the last axis of an array of these lengths: offsets of the
/// run's first element in two arrays with these strides, and its position in the row-major array. 0-d is one run.
template <typename Visit>
void for_each_run(const Lengths& lengths, const Lengths& a_strides, const Lengths& b_strides, Visit visit) {
    const std::int64_t count = count_of(lengths);
    if (count == 0) return;
    const std::size_t outer = lengths.empty() ? 0 : lengths.size() - 1;
    const std::int64_t run = lengths.empty() ? 1 : lengths.back();
    Lengths index(outer, 0);
    std::int64_t a = 0;
    std::int64_t b = 0;
    for (std::int64_t first = 0; first < count; first += run) {
        visit(a, b, first);
        for (std::size_t axis = outer; axis-- > 0;) {
            a += a_strides[axis];
            b += b_strides[axis];
            if (++index[axis] < lengths[axis]) break;
            a -= a_strides[axis] * lengths[axis];
            b -= b_strides[axis] * lengths[axis];
            index[axis] = 0;
        }
    }
}

}  // namespace qmodel::runtime

#endif
