#include "buffers/rans/contexts.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "buffers/rans/scales.h"
#include "fail.h"
#include "sizes.h"

namespace qmodel {

namespace {

constexpr std::uint64_t most_cells = 256;
constexpr std::uint64_t most_distance = std::uint64_t{1} << 20;
constexpr std::uint32_t most_weight = 15;
constexpr int largest_scale = 127;
constexpr std::uint32_t largest_magnitude = 255;

template <typename Thresholds>
void check_thresholds(const Thresholds& thresholds) {
    if (std::adjacent_find(thresholds.begin(), thresholds.end(), std::greater_equal<>()) != thresholds.end()) {
        corrupt("thresholds do not ascend");
    }
}

void check_neighbours(const v1::NeighbourContext& neighbours) {
    const auto count = static_cast<std::size_t>(neighbours.distance_size());
    if (count < 1 || count > NeighbourReach::most || neighbours.weight_size() != neighbours.distance_size()) {
        corrupt("a context has not 1 to 4 neighbours, each with a weight");
    }
    for (const std::uint64_t distance : neighbours.distance()) {
        if (distance < 1 || distance > most_distance) corrupt("a neighbour is not 1 to 2^20 elements away");
    }
    for (const std::uint32_t weight : neighbours.weight()) {
        if (weight < 1 || weight > most_weight) corrupt("the weight of a neighbour is not 1 to 15");
    }
    check_thresholds(neighbours.threshold());
}

/// The bucket of a sum: how many thresholds are below it.
template <typename Thresholds, typename Sum>
std::size_t bucket_of(const Thresholds& thresholds, Sum sum) {
    return static_cast<std::size_t>(std::lower_bound(thresholds.begin(), thresholds.end(), sum) - thresholds.begin());
}

std::uint32_t magnitude_of(const RansTables& tables, std::uint32_t index, std::uint32_t q, std::uint32_t quantizers,
                           bool is_signed) {
    if (index >= tables.first_escape()) return largest_magnitude;
    std::int64_t code = is_signed ? tables.base() + std::int64_t{index} : std::int64_t{index};
    if (quantizers == 2) code = 2 * code + std::int64_t{q};
    const std::int64_t magnitude = (code < 0 ? -code : code) >> tables.low_bits;
    return static_cast<std::uint32_t>(std::min<std::int64_t>(magnitude, largest_magnitude));
}

}  // namespace

void check_contexts(const v1::ContextModel& context, std::uint64_t count) {
    if (!context.has_separable() && !context.has_neighbours()) corrupt("a context model without a part");
    if ((context.columns() != 0) != context.has_separable() || context.columns() > count) {
        corrupt("a context model with rows of " + std::to_string(context.columns()) + " elements");
    }
    const auto separable = static_cast<std::uint64_t>(context.separable().threshold_size()) + 1;
    const auto neighbours = static_cast<std::uint64_t>(context.neighbours().threshold_size()) + 1;
    if (separable * neighbours > most_cells) corrupt("a context model of more than 256 cells");
    if (context.has_separable()) {
        check_thresholds(context.separable().threshold());
        read_scales(context.separable().row_scale(), divided_up(count, context.columns()));
        read_scales(context.separable().column_scale(), context.columns());
    }
    if (context.has_neighbours()) check_neighbours(context.neighbours());
}

std::uint32_t cells_of(const v1::Rans& rans) noexcept {
    const v1::ContextModel& context = rans.context();
    return static_cast<std::uint32_t>((context.separable().threshold_size() + 1) *
                                      (context.neighbours().threshold_size() + 1));
}

SeparableClasses::SeparableClasses(const v1::ContextModel& context, std::uint64_t count,
                                   const std::vector<std::uint8_t>& class_of_bucket)
    : columns_(context.columns()) {
    const v1::SeparableContext& separable = context.separable();
    const auto rows = read_scales(separable.row_scale(), divided_up(count, columns_));
    const auto columns = read_scales(separable.column_scale(), columns_);
    std::array<int, 2 * largest_scale + 1> pattern_of_scale{};
    pattern_of_scale.fill(-1);
    int patterns = 0;
    const auto add_pattern = [&](int scale) {
        int& pattern = pattern_of_scale[static_cast<std::size_t>(scale + largest_scale)];
        if (pattern >= 0) return pattern;
        const std::size_t first = patterns_.size();
        patterns_.resize(first + columns_);
        for (std::size_t column = 0; column < columns_; ++column) {
            const int sum = scale + (columns.empty() ? 0 : columns[column]);
            patterns_[first + column] = class_of_bucket[bucket_of(separable.threshold(), sum)];
        }
        return pattern = patterns++;
    };
    if (rows.empty()) add_pattern(0);
    for (const std::int8_t scale : rows) pattern_of_row_.push_back(static_cast<std::uint8_t>(add_pattern(scale)));
}

void SeparableClasses::fill(std::uint64_t start, std::size_t count, std::uint8_t* classes) const {
    std::uint64_t row = start / columns_;
    std::uint64_t column = start % columns_;
    while (count != 0) {
        const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(count, columns_ - column));
        const std::uint64_t pattern = pattern_of_row_.empty() ? 0 : pattern_of_row_[row];
        std::memcpy(classes, patterns_.data() + pattern * columns_ + column, part);
        classes += part;
        count -= part;
        column = 0;
        ++row;
    }
}

void NeighbourReach::limit(std::uint64_t lane_length) noexcept {
    for (std::size_t i = 0; i < most; ++i) {
        if (distance[i] < lane_length) continue;
        distance[i] = 1;
        weight[i] = 0;
    }
}

std::size_t NeighbourReach::ring() const noexcept {
    const std::uint64_t farthest = *std::max_element(distance, distance + most);
    std::size_t size = 1;
    while (size <= farthest) size *= 2;
    return size;
}

Neighbours make_neighbours(const v1::NeighbourContext& context, const RansTables& tables, std::uint32_t quantizers,
                           bool is_signed) {
    Neighbours found;
    std::uint32_t weights = 0;
    for (int i = 0; i < context.distance_size(); ++i) {
        found.reach.distance[i] = context.distance(i);
        found.reach.weight[i] = context.weight(i);
        weights += context.weight(i);
    }
    found.sums = largest_magnitude * weights + 1;
    const auto buckets = static_cast<std::size_t>(context.threshold_size()) + 1;
    for (std::size_t first = 0; first < tables.class_of_cell.size(); first += buckets) {
        for (std::uint32_t sum = 0; sum < found.sums; ++sum) {
            found.class_of_sum.push_back(tables.class_of_cell[first + bucket_of(context.threshold(), sum)]);
        }
    }
    for (std::uint32_t q = 0; q < quantizers; ++q) {
        for (std::uint32_t index = 0; index < tables.indices(); ++index) {
            found.magnitudes.push_back(
                static_cast<std::uint8_t>(magnitude_of(tables, index, q, quantizers, is_signed)));
        }
    }
    return found;
}

}  // namespace qmodel
