/// The innermost loop of the matrix product, compiled once for each instruction set.
///
/// Only gemm_*.cpp may include this: each with other compiler flags, so that nothing here may be shared between them.
#ifndef QMODEL_RUNTIME_GEMM_KERNEL_H
#define QMODEL_RUNTIME_GEMM_KERNEL_H

#include <cstdint>

namespace qmodel::runtime {

/// How many floats one vector register of the instruction set holds, and the tile that fits its registers.
struct GemmKernel {
    int rows;
    int columns;
    // Multiplies a panel of A (depth x rows) with a panel of B (depth x columns) into a dense tile (rows x columns).
    void (*multiply)(std::int64_t depth, const float* a, const float* b, float* tile);
};

namespace {

template <int kRows, int kVectors, int kLanes>
void multiply_tile(std::int64_t depth, const float* a, const float* b, float* tile) {
    typedef float Vector __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float))));
    Vector sums[kRows][kVectors] = {};
    for (std::int64_t k = 0; k < depth; ++k) {
        Vector right[kVectors];
        for (int j = 0; j < kVectors; ++j) right[j] = *reinterpret_cast<const Vector*>(b + j * kLanes);
#pragma GCC unroll 8
        for (int i = 0; i < kRows; ++i)
            for (int j = 0; j < kVectors; ++j) sums[i][j] += a[i] * right[j];
        a += kRows;
        b += kVectors * kLanes;
    }
    for (int i = 0; i < kRows; ++i)
        for (int j = 0; j < kVectors; ++j) *reinterpret_cast<Vector*>(tile + (i * kVectors + j) * kLanes) = sums[i][j];
}

}  // namespace
}  // namespace qmodel::runtime

#endif
