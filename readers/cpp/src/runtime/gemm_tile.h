/// The innermost loop of the matrix product, compiled once for each instruction set.
///
/// Only gemm_portable.cpp and its like may include this: each is compiled with other flags, so that nothing here may be
/// shared between them.
#ifndef QMODEL_RUNTIME_GEMM_TILE_H
#define QMODEL_RUNTIME_GEMM_TILE_H

#include <cstdint>

namespace qmodel::runtime {

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
