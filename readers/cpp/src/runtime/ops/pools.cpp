// MaxPool and AveragePool.
#include <algorithm>
#include <limits>

#include "fail.h"
#include "runtime/ops/operators.h"
#include "runtime/windows.h"

namespace qmodel::runtime::ops {

namespace {

Windows windows_of(const Call& call) {
    const Lengths& x = call.input(0).lengths();
    if (x.size() < 3) corrupt("wanted (batch, channels, ...), got " + text_of(x));
    return pool_windows(call.attributes, {x.begin() + 2, x.end()});
}

Array make_output(Call& call, const Windows& windows) {
    const Lengths& x = call.input(0).lengths();
    Lengths lengths{x[0], x[1]};
    lengths.insert(lengths.end(), windows.out_space.begin(), windows.out_space.end());
    return call.make_floats(lengths);
}

/// Starts every output with `start` and combines it with each element of its window that is inside the input.
template <typename Combine>
Array pooled(Call& call, const Windows& windows, float start, Combine combine) {
    const float* x = call.input(0).floats();
    Array made = make_output(call, windows);
    float* out = made.mutable_as<float>();
    std::fill_n(out, made.count(), start);
    if (made.count() == 0) return made;
    const std::int64_t in_plane = count_of(windows.space);
    const std::int64_t out_plane = count_of(windows.out_space);
    const std::int64_t planes = made.count() / out_plane;
    for_each_element(windows.kernel, [&](const Lengths& element, std::int64_t) {
        for_each_span(windows, element, [&](std::int64_t o, std::int64_t i, std::int64_t count, std::int64_t step) {
            for (std::int64_t plane = 0; plane < planes; ++plane) {
                float* to = out + plane * out_plane + o;
                const float* from = x + plane * in_plane + i;
                for (std::int64_t n = 0; n < count; ++n) to[n] = combine(to[n], from[n * step]);
            }
        });
    });
    return made;
}

/// Where the elements of a plane are for the second output of MaxPool; with storage_order the first spatial axis counts
/// fastest.
std::int64_t place_in_plane(std::int64_t position, const Lengths& space, bool first_axis_fastest) {
    if (!first_axis_fastest) return position;
    std::int64_t place = 0;
    std::int64_t stride = count_of(space);
    for (std::size_t axis = space.size(); axis-- > 0;) {
        stride /= space[axis];
        place += position % space[axis] * stride;
        position /= space[axis];
    }
    return place;
}

/// The place of each maximum, the first of equal ones, as an index into the whole of x; -1 where a window has none.
Array places_of_maxima(Call& call, const Windows& windows, const Array& maxima) {
    Array made = call.make(v1::ELEMENT_TYPE_S64, maxima.lengths());
    const bool first_axis_fastest = call.attributes.integer("storage_order", 0) != 0;
    auto* places = made.mutable_as<std::int64_t>();
    std::fill_n(places, made.count(), -1);
    if (made.count() == 0) return made;
    const std::int64_t in_plane = count_of(windows.space);
    const std::int64_t out_plane = count_of(windows.out_space);
    for_each_element(windows.kernel, [&](const Lengths& element, std::int64_t) {
        for_each_span(windows, element, [&](std::int64_t o, std::int64_t i, std::int64_t count, std::int64_t step) {
            for (std::int64_t n = 0; n < count; ++n) {
                const std::int64_t place = place_in_plane(i + n * step, windows.space, first_axis_fastest);
                for (std::int64_t plane = 0; plane < made.count() / out_plane; ++plane) {
                    const std::int64_t output = plane * out_plane + o + n;
                    const float x = call.input(0).floats()[plane * in_plane + i + n * step];
                    const float most = maxima.floats()[output];
                    const bool is_most = x == most || (x != x && most != most);
                    if (is_most && places[output] < 0) places[output] = plane * in_plane + place;
                }
            }
        });
    });
    return made;
}

/// A NaN in the window is the result, as in ONNX's reference.
std::vector<Array> max_pool(Call& call) {
    const Windows windows = windows_of(call);
    const Array maxima = pooled(call, windows, -std::numeric_limits<float>::infinity(),
                                [](float most, float x) { return most >= x || most != most ? most : x; });
    if (call.output_count < 2) return {maxima};
    return {maxima, places_of_maxima(call, windows, maxima)};
}

/// How many elements count of each window: those inside the input, of lengths space.
std::vector<float> counts_inside(const Windows& windows) {
    std::vector<float> counts(static_cast<std::size_t>(count_of(windows.out_space)), 0.0F);
    for_each_element(windows.kernel, [&](const Lengths& element, std::int64_t) {
        for_each_span(windows, element, [&](std::int64_t o, std::int64_t, std::int64_t count, std::int64_t) {
            for (std::int64_t n = o; n < o + count; ++n) counts[static_cast<std::size_t>(n)] += 1.0F;
        });
    });
    for (float& count : counts) count = std::max(count, 1.0F);
    return counts;
}

/// The same windows over an input that has its pads already.
Windows with_pads_inside(Windows windows) {
    for (std::size_t axis = 0; axis < windows.space.size(); ++axis) {
        windows.space[axis] += windows.pads_before[axis] + windows.pads_after[axis];
    }
    windows.pads_before.assign(windows.space.size(), 0);
    windows.pads_after.assign(windows.space.size(), 0);
    return windows;
}

std::vector<Array> average_pool(Call& call) {
    const Windows windows = windows_of(call);
    Array made = pooled(call, windows, 0.0F, [](float sum, float x) { return sum + x; });
    const bool count_pads = call.attributes.integer("count_include_pad", 0) != 0;
    const std::vector<float> counts = counts_inside(count_pads ? with_pads_inside(windows) : windows);
    const std::int64_t out_plane = count_of(windows.out_space);
    float* out = made.mutable_as<float>();
    for (std::int64_t n = 0; n < made.count(); ++n) out[n] /= counts[static_cast<std::size_t>(n % out_plane)];
    return {made};
}

}  // namespace

std::vector<Operator> pools() {
    const std::vector<AttributeRule> common{
        {"auto_pad", AttributeType::text},      {"ceil_mode", AttributeType::integer},
        {"dilations", AttributeType::integers}, {"kernel_shape", AttributeType::integers, true},
        {"pads", AttributeType::integers},      {"strides", AttributeType::integers}};
    std::vector<AttributeRule> of_average = common;
    of_average.push_back({"count_include_pad", AttributeType::integer});
    std::vector<AttributeRule> of_max = common;
    of_max.push_back({"storage_order", AttributeType::integer});
    return {
        {"AveragePool", 7, kNewest, 1, 1, 1, of_average, average_pool},
        {"MaxPool", 1, kNewest, 1, 1, 2, of_max, max_pool},
    };
}

}  // namespace qmodel::runtime::ops
