#ifndef QMODEL_SRC_ENCODINGS_BLOCK_LAYOUT_H
#define QMODEL_SRC_ENCODINGS_BLOCK_LAYOUT_H

#include <algorithm>
#include <cstdint>
#include <vector>

#include "qmodel/tensor.h"

namespace qmodel {

/// Which block each element of an array belongs to (spec/encodings/affine.md, "Blocks").
class BlockLayout {
public:
    /// A checked block shape, which is empty where the whole array is one block.
    BlockLayout(const Shape& shape, const Shape& block_shape);

    /// Cuts the elements from `start` on, `count` of them, at the ends of blocks, in order, and calls
    /// action(first, length, block, step): elements first to first + length - 1, counted from `start`, where element
    /// first + i is of block + i * step. `step` is 0 or 1.
    template <typename Action>
    void for_each_part(std::uint64_t start, std::uint64_t count, const Action& action) const {
        for (std::uint64_t done = 0; done < count;) {
            const std::uint64_t row = (start + done) / row_length_;
            std::uint64_t within = (start + done) % row_length_;
            const std::uint64_t row_end = std::min(row_length_, within + (count - done));
            const std::uint64_t base = first_block_of(row);
            if (block_length_ == 1) {
                action(done, row_end - within, base + within, std::uint64_t{1});
                done += row_end - within;
                continue;
            }
            while (within < row_end) {
                const std::uint64_t block = within / block_length_;
                const std::uint64_t end = std::min((block + 1) * block_length_, row_end);
                action(done, end - within, base + block, std::uint64_t{0});
                done += end - within;
                within = end;
            }
        }
    }

private:
    struct Axis {
        std::uint64_t length;
        std::uint64_t block;
        std::uint64_t blocks;
    };

    std::uint64_t first_block_of(std::uint64_t row) const noexcept;

    std::vector<Axis> outer_;  ///< Axes before the one along which a row is cut.
    std::uint64_t row_length_ = 1;
    std::uint64_t block_length_ = 1;
    std::uint64_t blocks_of_row_ = 1;
};

}  // namespace qmodel

#endif
