/// Matrix products of 32-bit floats.
#ifndef QMODEL_RUNTIME_GEMM_H
#define QMODEL_RUNTIME_GEMM_H

#include <cstdint>

#include "runtime/gemm_kernel.h"

namespace qmodel::runtime {

/// A matrix in memory: element (i, j) is data[i * row_stride + j * column_stride].
struct MatrixView {
    const float* data;
    std::int64_t row_stride;
    std::int64_t column_stride;
};

/// The product of a (rows x depth) and b (depth x columns), written to product (rows x columns, row-major).
///
/// Each element is summed in one order that depends on depth alone, so that a row of a batch gets the same result
/// whatever else is in the batch. Blocks are copied into panels that fit the caches (Goto and van de Geijn, "Anatomy of
/// high-performance matrix multiplication", 2008).
void multiply_matrices(const MatrixView& a, const MatrixView& b, std::int64_t rows, std::int64_t columns,
                       std::int64_t depth, float* product, const GemmKernel& kernel = best_gemm_kernel());

}  // namespace qmodel::runtime

#endif
