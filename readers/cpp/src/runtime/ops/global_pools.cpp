// GlobalAveragePool and GlobalMaxPool.
#include <algorithm>

#include "fail.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

/// One number of each plane of (batch, channels, ...): reduce(first, last).
template <typename Reduce>
std::vector<Array> reduce_planes(Call& call, Reduce reduce) {
    const float* x = call.input(0).floats();
    Lengths lengths = call.input(0).lengths();
    if (lengths.size() < 3) corrupt("wanted (batch, channels, ...), got " + text_of(lengths));
    const std::int64_t plane = count_of({lengths.begin() + 2, lengths.end()});
    if (plane == 0) corrupt("a plane of shape " + text_of(lengths) + " has no elements");
    std::fill(lengths.begin() + 2, lengths.end(), 1);
    Array made = call.make_floats(lengths);
    float* out = made.mutable_as<float>();
    for (std::int64_t n = 0; n < made.count(); ++n) out[n] = reduce(x + n * plane, x + (n + 1) * plane);
    return {made};
}

float mean_of(const float* first, const float* last) {
    double sum = 0.0;
    for (const float* x = first; x != last; ++x) sum += static_cast<double>(*x);
    return static_cast<float>(sum / static_cast<double>(last - first));
}

float largest_of(const float* first, const float* last) {
    return *std::max_element(first, last);
}

std::vector<Array> average(Call& call) {
    return reduce_planes(call, mean_of);
}

std::vector<Array> largest(Call& call) {
    return reduce_planes(call, largest_of);
}

}  // namespace

std::vector<Operator> global_pools() {
    return {
        {"GlobalAveragePool", 1, kNewest, 1, 1, 1, {}, average},
        {"GlobalMaxPool", 1, kNewest, 1, 1, 1, {}, largest},
    };
}

}  // namespace qmodel::runtime::ops
