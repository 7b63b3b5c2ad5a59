#include "buffers/rans/levels.h"

#include <algorithm>
#include <cmath>

#include "fail.h"

namespace qmodel {

namespace {

enum Prediction { line, mirror, class_before, partner };

constexpr int no_differences = 7;

std::int32_t clamped(std::int64_t level) noexcept {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(level, 0, highest_level));
}

std::uint64_t integer_root(std::uint64_t number) noexcept {
    auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(number)));
    while (root * root > number) --root;
    while ((root + 1) * (root + 1) <= number) ++root;
    return root;
}

/// Those of another class, scaled so that their squares sum to 2^scale.
std::vector<std::int64_t> expected_of_class(const Levels& levels, int scale) {
    std::uint64_t squares = 0;
    for (const std::int32_t level : levels)
        squares += static_cast<std::uint64_t>(level) * static_cast<std::uint64_t>(level);
    std::vector<std::int64_t> expected;
    for (const std::int32_t level : levels) {
        const std::uint64_t square = static_cast<std::uint64_t>(level) * static_cast<std::uint64_t>(level);
        expected.push_back(static_cast<std::int64_t>((integer_root((square << (scale + 2)) / squares) + 1) / 2));
    }
    return expected;
}

/// Those of the other quantizer, half a code away.
std::vector<std::int64_t> expected_of_partner(const Levels& levels, int low_bits) {
    const int r = low_bits + 1;
    std::vector<std::int64_t> expected;
    for (std::size_t j = 0; j < levels.size(); ++j) {
        const std::int64_t here = levels[j];
        const std::int64_t next = j + 1 < levels.size() ? levels[j + 1] : 0;
        // Shifts of negative numbers round down, in all compilers of note and from C++20 on by its rules.
        expected.push_back(here + ((next - here + (std::int64_t{1} << (r - 1))) >> r));
    }
    return expected;
}

/// The first and the last symbol whose levels are not 0 in the table that is looked at before.
std::pair<std::int64_t, std::int64_t> support_before(const LevelSurroundings& around) {
    const Levels* known = around.partner != nullptr ? around.partner : around.class_before;
    if (known == nullptr) return {0, std::int64_t{around.symbols} - 1};
    std::int64_t first = 0;
    std::int64_t last = std::int64_t{around.symbols} - 1;
    while (first < last && (*known)[static_cast<std::size_t>(first)] == 0) ++first;
    while (last > first && (*known)[static_cast<std::size_t>(last)] == 0) --last;
    return {first, last};
}

/// Reads one table: what comes before the differences, then the levels.
class TableReader {
public:
    TableReader(BitReader& bits, const LevelSurroundings& around) : bits_(bits), around_(around) {
        prediction_ = static_cast<Prediction>(bits.fixed(2));
        k_ = static_cast<int>(bits.fixed(3));
        if (prediction_ == class_before) {
            const int scale = static_cast<int>(bits.fixed(5));
            if (around.class_before == nullptr) corrupt("the first class is predicted from the class before");
            expected_ = expected_of_class(*around.class_before, scale);
        }
        if (prediction_ == partner) {
            if (around.partner == nullptr) corrupt("a table is predicted from a partner that it does not have");
            expected_ = expected_of_partner(*around.partner, around.low_bits);
        }
        if (k_ == no_differences && expected_.empty()) corrupt("a table has neither differences nor expected levels");
        const auto [first, last] = support_before(around);
        const std::uint64_t most = 2 * std::uint64_t{around.symbols};
        first_ = first + signed_number(bits.golomb(0, most));
        last_ = last - signed_number(bits.golomb(0, most));
        if (first_ < 0 || first_ > last_ || last_ >= std::int64_t{around.symbols}) {
            corrupt("a table begins or ends outside the symbols");
        }
    }

    Levels read() {
        Levels levels(around_.symbols);
        bool is_empty = true;
        for (std::int64_t j = first_; j <= last_; ++j) {
            const auto symbol = static_cast<std::size_t>(j);
            levels[symbol] = k_ == no_differences ? std::max(1, clamped(expected_[symbol])) : next(levels, j);
            is_empty = is_empty && levels[symbol] == 0;
        }
        if (is_empty) corrupt("a table without a symbol");
        return levels;
    }

private:
    std::int32_t next(const Levels& levels, std::int64_t j) {
        constexpr std::uint64_t most_difference = 8190;
        const std::int64_t level = predicted(levels, j) + signed_number(bits_.rice(k_, most_difference));
        if (level < 0 || level > highest_level) corrupt("a level outside 0 to 4,095");
        return static_cast<std::int32_t>(level);
    }

    std::int64_t predicted(const Levels& levels, std::int64_t j) const {
        const auto symbol = static_cast<std::size_t>(j);
        const std::int64_t one = j >= 1 ? levels[symbol - 1] : 0;
        const std::int64_t two = j >= 2 ? levels[symbol - 2] : 0;
        if (!expected_.empty()) {
            const std::int64_t change = j >= 1 ? (one - expected_[symbol - 1]) >> 1 : 0;
            return clamped(expected_[symbol] + change);
        }
        if (prediction_ == mirror) {
            const bool between = around_.low_bits > 0 || around_.partner != nullptr;
            const std::int64_t opposite = -2 * around_.lowest - (between ? 1 : 0) - j;
            if (opposite >= 0 && opposite < j) return levels[static_cast<std::size_t>(opposite)];
        }
        return clamped(one + ((one - two) >> 1));
    }

    BitReader& bits_;
    const LevelSurroundings& around_;
    Prediction prediction_;
    int k_;
    std::vector<std::int64_t> expected_;
    std::int64_t first_ = 0;
    std::int64_t last_ = 0;
};

}  // namespace

Levels read_levels(BitReader& bits, const LevelSurroundings& around) {
    return TableReader(bits, around).read();
}

}  // namespace qmodel
