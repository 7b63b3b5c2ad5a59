#include "encodings/block_layout.h"

#include "sizes.h"

namespace qmodel {

BlockLayout::BlockLayout(const Shape& shape, const Shape& block_shape) {
    // An empty array has no elements to look up; 1 in place of its length keeps divisors above 0.
    row_length_ = block_length_ = std::max<std::uint64_t>(element_count(shape), 1);
    if (block_shape.empty()) return;
    std::size_t axis = shape.size();
    std::uint64_t inner = 1;
    while (axis > 0 && block_shape[axis - 1] >= shape[axis - 1]) inner *= std::max<std::uint64_t>(shape[--axis], 1);
    if (axis == 0) return;
    --axis;
    row_length_ = shape[axis] * inner;
    block_length_ = block_shape[axis] * inner;
    blocks_of_row_ = divided_up(shape[axis], block_shape[axis]);
    for (std::size_t before = 0; before < axis; ++before) {
        outer_.push_back({std::max<std::uint64_t>(shape[before], 1), block_shape[before],
                          std::max<std::uint64_t>(divided_up(shape[before], block_shape[before]), 1)});
    }
}

std::uint64_t BlockLayout::first_block_of(std::uint64_t row) const noexcept {
    std::uint64_t block = 0;
    std::uint64_t stride = blocks_of_row_;
    for (std::size_t axis = outer_.size(); axis-- > 0;) {
        block += row % outer_[axis].length / outer_[axis].block * stride;
        row /= outer_[axis].length;
        stride *= outer_[axis].blocks;
    }
    return block;
}

}  // namespace qmodel
