#ifndef QMODEL_SRC_BUFFERS_ARITHMETIC_PREDICTION_H
#define QMODEL_SRC_BUFFERS_ARITHMETIC_PREDICTION_H

#include <cstdint>
#include <vector>

namespace qmodel::arithmetic {

/// What is expected of each element of a chunk, learned from those before (spec/buffers/arithmetic.md, "Prediction").
class Prediction {
public:
    struct Expected {
        std::int64_t mean;
        std::int64_t scale;
    };

    /// A chunk of `count` elements, the first at `start` in the buffer.
    Prediction(std::uint64_t columns, std::uint64_t period, std::vector<std::uint64_t> distances, std::uint64_t start,
               std::uint64_t count);

    /// Of the next element.
    Expected predict();

    /// Learns from its level.
    void learn(std::int64_t level);

private:
    struct Column {
        std::int64_t residuals = 0;
        std::int64_t levels = 0;
        std::int64_t counts = 0;
    };
    struct Row {
        std::int64_t residual = 0;
        std::int64_t expected = 0;
        std::int64_t levels = 0;
        std::int64_t count = 0;
    };

    void learn_weights(std::int64_t error);
    void learn_scales(std::int64_t magnitude, std::int64_t y);

    std::uint64_t columns_;
    std::uint64_t period_;
    std::vector<std::uint64_t> distances_;
    std::uint64_t column_of_next_;
    std::uint64_t done_ = 0;
    bool has_column_states_;  ///< Else no column occurs twice in the chunk.

    std::vector<std::int32_t> levels_;  ///< Y of each element so far.
    std::vector<std::int64_t> shared_;
    std::vector<std::int64_t> own_;  ///< For each place, for each input.
    std::vector<Column> column_states_;
    Row row_;
    std::int64_t global_ = std::int64_t{1} << 20;
    std::int64_t seen_ = 1;
    std::int64_t recent_ = 256;

    // Of the element that was predicted last.
    std::vector<std::int64_t> inputs_;
    Column* column_ = nullptr;
    Column only_column_;
    std::int64_t* own_of_place_ = nullptr;
    std::int64_t norm_ = 0;
    std::int64_t mean_ = 0;
    std::int64_t g_ = 0;
    std::int64_t across_ = 0;
    std::int64_t ratio_ = 0;
};

}  // namespace qmodel::arithmetic

#endif
