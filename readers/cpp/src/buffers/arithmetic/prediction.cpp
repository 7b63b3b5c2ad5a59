#include "buffers/arithmetic/prediction.h"

#include <algorithm>

namespace qmodel::arithmetic {

namespace {

constexpr std::int64_t most_weight = std::int64_t{1} << 23;
constexpr std::int64_t most_level = 65535;

std::int64_t learned(std::int64_t weight, std::int64_t change) noexcept {
    return std::clamp(weight + change, -most_weight, most_weight);
}

}  // namespace

Prediction::Prediction(std::uint64_t columns, std::uint64_t period, std::vector<std::uint64_t> distances,
                       std::uint64_t start, std::uint64_t count)
    : columns_(columns),
      period_(period),
      distances_(std::move(distances)),
      column_of_next_(start % columns),
      has_column_states_(columns <= count),
      shared_(distances_.size() + 2),
      own_(period * (distances_.size() + 2)),
      column_states_(has_column_states_ ? columns : 0),
      inputs_(distances_.size() + 2) {
    levels_.reserve(count);
}

Prediction::Expected Prediction::predict() {
    const std::uint64_t column = column_of_next_;
    column_of_next_ = column + 1 == columns_ ? 0 : column + 1;
    const std::uint64_t place = column % period_;
    if (column == 0) row_ = Row{};
    if (has_column_states_) {
        column_ = &column_states_[column];
    } else {
        only_column_ = Column{};
        column_ = &only_column_;
    }
    const std::size_t m = inputs_.size();
    for (std::size_t i = 0; i < distances_.size(); ++i) {
        const std::uint64_t d = distances_[i];
        const bool counts = d <= done_ && (d >= period_ || d <= place);
        inputs_[i] = counts ? 16 * std::int64_t{levels_[done_ - d]} : 0;
    }
    inputs_[m - 2] = 16 * row_.levels / (row_.count + 4);
    inputs_[m - 1] = 64 * column_->levels / (column_->counts + 4);

    own_of_place_ = own_.data() + place * m;
    std::int64_t total = 0;
    norm_ = 0;
    for (std::size_t j = 0; j < m; ++j) {
        total += inputs_[j] * (shared_[j] + own_of_place_[j]);
        norm_ += inputs_[j] * inputs_[j];
    }
    constexpr std::int64_t most_mean = std::int64_t{1} << 24;
    mean_ = std::clamp(total >> 16, -most_mean, most_mean);

    g_ = 1 + (global_ >> 12);
    across_ = 1 + (column_->residuals + 8 * g_) / (column_->counts + 8);
    const std::int64_t quotient = 4096 * (row_.residual + 12 * g_) / (row_.expected + 12 * g_);
    ratio_ = std::clamp<std::int64_t>(quotient, 64, std::int64_t{1} << 18);
    const std::int64_t product = std::min<std::int64_t>((ratio_ * across_) >> 12, std::int64_t{1} << 25);
    return {mean_, ((7 * product + recent_) >> 3) + 20};
}

void Prediction::learn(std::int64_t level) {
    const std::int64_t y = std::clamp(level, -most_level, most_level);
    const std::int64_t error = 256 * y - mean_;
    learn_weights(error);
    learn_scales(error < 0 ? -error : error, y);
    levels_.push_back(static_cast<std::int32_t>(y));
    ++done_;
}

void Prediction::learn_weights(std::int64_t error) {
    const auto m = static_cast<std::int64_t>(inputs_.size());
    const std::int64_t regular = (12 * m * ((g_ * g_) >> 8)) >> 4;
    const std::int64_t step = error * 1311 * 65536 / (norm_ + regular + 16);
    for (std::size_t j = 0; j < inputs_.size(); ++j) {
        const std::int64_t change = (step * inputs_[j] + 32768) >> 16;
        shared_[j] = learned(shared_[j], change);
        own_of_place_[j] = learned(own_of_place_[j], change);
    }
}

void Prediction::learn_scales(std::int64_t magnitude, std::int64_t y) {
    seen_ = std::min<std::int64_t>(seen_ + 1, 1000);
    global_ += 4096 * magnitude / seen_ - global_ / seen_;
    recent_ += (magnitude - recent_) >> 2;
    column_->residuals += 4096 * magnitude / ratio_;
    column_->levels += y;
    if (++column_->counts == 128) {
        column_->residuals >>= 1;
        column_->levels >>= 1;
        column_->counts >>= 1;
    }
    row_.residual += magnitude;
    row_.expected += across_;
    row_.levels += y;
    if (++row_.count == 512) {
        row_.residual >>= 1;
        row_.expected >>= 1;
        row_.levels >>= 1;
        row_.count >>= 1;
    }
}

}  // namespace qmodel::arithmetic
