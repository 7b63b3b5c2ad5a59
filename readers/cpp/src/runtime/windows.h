#ifndef QMODEL_RUNTIME_WINDOWS_H
#define QMODEL_RUNTIME_WINDOWS_H

#include <cstdint>
#include <vector>

#include "runtime/array.h"
#include "runtime/attributes.h"

namespace qmodel::runtime {

/// How a kernel moves over the spatial axes of an array (batch, channels, ...); each list has one entry for each axis.
struct Windows {
    Lengths space;      ///< Lengths of the input.
    Lengths out_space;  ///< Lengths of the output.
    Lengths kernel;
    Lengths strides;
    Lengths dilations;
    Lengths pads_before;
    Lengths pads_after;
};

/// The windows of Conv from its attributes and the shape of its input, with auto_pad worked out. Throws corrupt when an
/// attribute does not fit, limit when one is 2^31 or more.
Windows conv_windows(const Attributes& attributes, const Lengths& space, const Lengths& kernel);

/// As conv_windows, for a pool, where a last window may reach beyond the end with ceil_mode. Throws corrupt, too, when
/// no window fits into the input.
Windows pool_windows(const Attributes& attributes, const Lengths& space);

/// One element of a kernel along one axis: the outputs from first_out on that have it inside the input, and where.
struct Span {
    std::int64_t first_out;
    std::int64_t count;  ///< 0 where it is in the pads for all outputs.
    std::int64_t first_in;
    std::int64_t in_step;
};
Span span_of(const Windows& windows, std::size_t axis, std::int64_t element);

/// Calls visit(first_out, first_in, count, in_step) for each run of outputs, along the last axis, that have the element
/// of the kernel with this index inside the input: positions in one plane of the output and of the input.
template <typename Visit>
void for_each_span(const Windows& windows, const Lengths& element, Visit visit) {
    const std::size_t rank = element.size();
    std::vector<Span> spans;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        spans.push_back(span_of(windows, axis, element[axis]));
        if (spans.back().count == 0) return;
    }
    Lengths index(rank, 0);
    while (true) {
        std::int64_t out = 0;
        std::int64_t in = 0;
        for (std::size_t axis = 0; axis < rank; ++axis) {
            out = out * windows.out_space[axis] + spans[axis].first_out + index[axis];
            in = in * windows.space[axis] + spans[axis].first_in + index[axis] * spans[axis].in_step;
        }
        visit(out, in, spans[rank - 1].count, spans[rank - 1].in_step);
        std::size_t axis = rank - 1;
        while (axis-- > 0) {
            if (++index[axis] < spans[axis].count) break;
            index[axis] = 0;
        }
        if (axis == static_cast<std::size_t>(-1)) return;
    }
}

/// Calls visit(index, number) for each element of a kernel in row-major order.
template <typename Visit>
void for_each_element(const Lengths& kernel, Visit visit) {
    Lengths index(kernel.size(), 0);
    for (std::int64_t number = 0, count = count_of(kernel); number < count; ++number) {
        visit(index, number);
        for (std::size_t axis = kernel.size(); axis-- > 0;) {
            if (++index[axis] < kernel[axis]) break;
            index[axis] = 0;
        }
    }
}

}  // namespace qmodel::runtime

#endif
