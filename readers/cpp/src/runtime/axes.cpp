#include "runtime/axes.h"

#include <algorithm>
#include <string>

#include "fail.h"

namespace qmodel::runtime {

std::size_t positive_axis(std::int64_t axis, std::int64_t rank) {
    if (axis < -rank || axis >= rank) {
        corrupt("axis " + std::to_string(axis) + " is not one of " + std::to_string(rank) + " axes");
    }
    return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

std::vector<std::size_t> positive_axes(const std::vector<std::int64_t>& axes, std::int64_t rank) {
    constexpr std::size_t kMostAxes = 64;
    if (axes.size() > kMostAxes) beyond_limit("more than 64 axes are named");
    std::vector<std::size_t> found;
    for (const std::int64_t axis : axes) {
        found.push_back(positive_axis(axis, rank));
        if (std::count(found.begin(), found.end(), found.back()) > 1) {
            corrupt("axis " + std::to_string(axis) + " is named twice");
        }
    }
    return found;
}

AlongAxis along_axis(const Lengths& lengths, std::size_t axis) {
    const auto at = lengths.begin() + static_cast<std::ptrdiff_t>(axis);
    return {count_of({lengths.begin(), at}), *at, count_of({at + 1, lengths.end()})};
}

AlongAxis along_rest(const Lengths& lengths, std::size_t axis) {
    const auto at = lengths.begin() + static_cast<std::ptrdiff_t>(axis);
    return {count_of({lengths.begin(), at}), count_of({at, lengths.end()}), 1};
}

}  // namespace qmodel::runtime
