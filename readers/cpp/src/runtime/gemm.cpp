#include "runtime/gemm.h"

#include <algorithm>
#include <vector>

#include "runtime/gemm_kernel.h"

namespace qmodel::runtime {

namespace {

constexpr std::int64_t kDepthBlock = 256;
constexpr std::int64_t kRowBlock = 96;
constexpr std::int64_t kColumnBlock = 1024;

std::int64_t round_up(std::int64_t number, std::int64_t multiple) {
    return (number + multiple - 1) / multiple * multiple;
}

// Copies a block into panels of `width` neighbours, each panel depth-first; what a panel lacks is 0. `across` is the
// distance of neighbours in a panel, `along` that of one depth to the next.
void pack(const float* source, std::int64_t across, std::int64_t along, std::int64_t count, std::int64_t depth,
          int width, float* panels) {
    for (std::int64_t start = 0; start < count; start += width) {
        const auto present = static_cast<int>(std::min<std::int64_t>(width, count - start));
        for (std::int64_t k = 0; k < depth; ++k) {
            const float* from = source + start * across + k * along;
            for (int i = 0; i < present; ++i) panels[i] = from[i * across];
            std::fill(panels + present, panels + width, 0.0F);
            panels += width;
        }
    }
}

// Adds a tile to the product, or stores it where it is the first; a tile at an edge has more than belongs there.
void put_tile(const float* tile, int tile_columns, std::int64_t rows, std::int64_t columns, bool is_first,
              float* product, std::int64_t stride) {
    for (std::int64_t i = 0; i < rows; ++i) {
        const float* from = tile + i * tile_columns;
        float* to = product + i * stride;
        if (is_first) {
            std::copy(from, from + columns, to);
        } else {
            for (std::int64_t j = 0; j < columns; ++j) to[j] += from[j];
        }
    }
}

struct Block {
    std::int64_t rows;
    std::int64_t columns;
    std::int64_t depth;
};

void multiply_panels(const GemmKernel& kernel, const float* a, const float* b, const Block& block, bool is_first,
                     float* product, std::int64_t stride) {
    constexpr int kLargestTile = 128;
    alignas(64) float tile[kLargestTile];
    for (std::int64_t j = 0; j < block.columns; j += kernel.columns) {
        const float* right = b + j * block.depth;
        const auto columns = std::min<std::int64_t>(kernel.columns, block.columns - j);
        for (std::int64_t i = 0; i < block.rows; i += kernel.rows) {
            kernel.multiply(block.depth, a + i * block.depth, right, tile);
            const auto rows = std::min<std::int64_t>(kernel.rows, block.rows - i);
            put_tile(tile, kernel.columns, rows, columns, is_first, product + i * stride + j, stride);
        }
    }
}

}  // namespace

const GemmKernel& best_gemm_kernel() {
#ifdef QMODEL_HAS_AVX2_KERNEL
    static const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (has_avx2) return avx2_gemm_kernel();
#endif
    return portable_gemm_kernel();
}

void multiply_matrices(const MatrixView& a, const MatrixView& b, std::int64_t rows, std::int64_t columns,
                       std::int64_t depth, float* product, const GemmKernel& kernel) {
    if (depth == 0) std::fill(product, product + rows * columns, 0.0F);
    const auto most_depth = std::min(depth, kDepthBlock);
    std::vector<float> left(static_cast<std::size_t>(round_up(std::min(rows, kRowBlock), kernel.rows) * most_depth));
    std::vector<float> right(
        static_cast<std::size_t>(round_up(std::min(columns, kColumnBlock), kernel.columns) * most_depth));
    for (std::int64_t j = 0; j < columns; j += kColumnBlock) {
        for (std::int64_t k = 0; k < depth; k += kDepthBlock) {
            Block block{0, std::min(kColumnBlock, columns - j), std::min(kDepthBlock, depth - k)};
            pack(b.data + k * b.row_stride + j * b.column_stride, b.column_stride, b.row_stride, block.columns,
                 block.depth, kernel.columns, right.data());
            for (std::int64_t i = 0; i < rows; i += kRowBlock) {
                block.rows = std::min(kRowBlock, rows - i);
                pack(a.data + i * a.row_stride + k * a.column_stride, a.row_stride, a.column_stride, block.rows,
                     block.depth, kernel.rows, left.data());
                multiply_panels(kernel, left.data(), right.data(), block, k == 0, product + i * columns + j, columns);
            }
        }
    }
}

}  // namespace qmodel::runtime
