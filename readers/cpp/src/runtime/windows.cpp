#include "runtime/windows.h"

#include <algorithm>
#include <string>
#include <utility>

#include "fail.h"

namespace qmodel::runtime {

namespace {

constexpr std::int64_t kTooLarge = std::int64_t{1} << 31;  // so that products and sums below fit 64 bits

Lengths checked(const char* name, Lengths given, std::size_t wanted, std::int64_t least) {
    if (given.empty()) given.assign(wanted, least == 0 ? 0 : 1);
    if (given.size() != wanted || *std::min_element(given.begin(), given.end()) < least) {
        corrupt(std::string(name) + " must be " + std::to_string(wanted) + " numbers of at least " +
                std::to_string(least) + ", got " + text_of(given));
    }
    if (*std::max_element(given.begin(), given.end()) >= kTooLarge) {
        beyond_limit(std::string(name) + " is too large: " + text_of(given));
    }
    return given;
}

std::int64_t reach(const Windows& windows, std::size_t axis) {
    return windows.dilations[axis] * (windows.kernel[axis] - 1) + 1;
}

/// Pads such that the output has ceil(length / stride) elements.
void pad_to_same(Windows& windows, bool more_at_end) {
    for (std::size_t axis = 0; axis < windows.space.size(); ++axis) {
        const std::int64_t length = windows.space[axis];
        const std::int64_t stride = windows.strides[axis];
        const std::int64_t steps = (length + stride - 1) / stride;
        const std::int64_t total = std::max<std::int64_t>(0, (steps - 1) * stride + reach(windows, axis) - length);
        windows.pads_before[axis] = more_at_end ? total / 2 : total - total / 2;
        windows.pads_after[axis] = total - windows.pads_before[axis];
    }
}

Windows windows_without_output(const Attributes& attributes, const Lengths& space, const Lengths& kernel) {
    const std::size_t rank = space.size();
    Windows windows;
    windows.space = space;
    windows.kernel = checked("kernel_shape", kernel, rank, 1);
    windows.strides = checked("strides", attributes.integers("strides"), rank, 1);
    windows.dilations = checked("dilations", attributes.integers("dilations"), rank, 1);
    const Lengths pads = checked("pads", attributes.integers("pads"), 2 * rank, 0);
    const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(rank);
    windows.pads_before.assign(pads.begin(), middle);
    windows.pads_after.assign(middle, pads.end());
    const std::string auto_pad = attributes.text("auto_pad", "NOTSET");
    if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
        pad_to_same(windows, auto_pad == "SAME_UPPER");
    } else if (auto_pad == "VALID") {
        windows.pads_before.assign(rank, 0);
        windows.pads_after.assign(rank, 0);
    } else if (auto_pad != "NOTSET") {
        corrupt("auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER, got " + qmodel::quoted(auto_pad));
    }
    return windows;
}

std::int64_t out_length(const Windows& windows, std::size_t axis, bool round_up) {
    const std::int64_t length = windows.space[axis] + windows.pads_before[axis];
    const std::int64_t room = length + windows.pads_after[axis] - reach(windows, axis);
    if (room < 0) return 0;
    const std::int64_t stride = windows.strides[axis];
    const std::int64_t count = (round_up ? (room + stride - 1) / stride : room / stride) + 1;
    const bool last_starts_behind = round_up && (count - 1) * stride >= length;
    return last_starts_behind ? count - 1 : count;
}

}  // namespace

Windows conv_windows(const Attributes& attributes, const Lengths& space, const Lengths& kernel) {
    const Lengths named = attributes.integers("kernel_shape");
    if (!named.empty() && named != kernel) {
        corrupt("kernel_shape is " + text_of(named) + ", the weight has " + text_of(kernel));
    }
    Windows windows = windows_without_output(attributes, space, kernel);
    for (std::size_t axis = 0; axis < space.size(); ++axis) {
        windows.out_space.push_back(out_length(windows, axis, false));
    }
    return windows;
}

Windows pool_windows(const Attributes& attributes, const Lengths& space) {
    Windows windows = windows_without_output(attributes, space, attributes.integers("kernel_shape"));
    const bool round_up = attributes.integer("ceil_mode", 0) != 0;
    for (std::size_t axis = 0; axis < space.size(); ++axis) {
        windows.out_space.push_back(out_length(windows, axis, round_up));
        if (windows.out_space.back() == 0) {
            corrupt("a kernel of " + text_of(windows.kernel) + " does not fit into " + text_of(space));
        }
    }
    return windows;
}

Span span_of(const Windows& windows, std::size_t axis, std::int64_t element) {
    const std::int64_t stride = windows.strides[axis];
    const std::int64_t offset = element * windows.dilations[axis] - windows.pads_before[axis];
    const std::int64_t last_in = windows.space[axis] - 1 - offset;
    const std::int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
    const std::int64_t last = last_in < 0 ? -1 : std::min(windows.out_space[axis] - 1, last_in / stride);
    return {first, std::max<std::int64_t>(0, last - first + 1), first * stride + offset, stride};
}

}  // namespace qmodel::runtime
