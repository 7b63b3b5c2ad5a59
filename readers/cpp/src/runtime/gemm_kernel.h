#ifndef QMODEL_RUNTIME_GEMM_KERNEL_H
#define QMODEL_RUNTIME_GEMM_KERNEL_H

#include <cstdint>

namespace qmodel::runtime {

/// The innermost loop of the matrix product for one instruction set, with the tile that fits its registers.
struct GemmKernel {
    int rows;
    int columns;
    /// Multiplies a panel of A (depth x rows) with a panel of B (depth x columns) into a dense tile (rows x columns).
    void (*multiply)(std::int64_t depth, const float* a, const float* b, float* tile);
};

const GemmKernel& portable_gemm_kernel();

/// For x86-64 with AVX2 and FMA; there is none for other machines.
const GemmKernel& avx2_gemm_kernel();

/// The fastest that the processor can run.
const GemmKernel& best_gemm_kernel();

}  // namespace qmodel::runtime

#endif
