// Compiled with -mavx2 -mfma where the target is x86-64; called only where the processor has both.
#include "runtime/gemm_kernel.h"
#include "runtime/gemm_tile.h"

namespace qmodel::runtime {

const GemmKernel& avx2_gemm_kernel() {
    static constexpr GemmKernel kKernel{6, 16, multiply_tile<6, 2, 8>};
    return kKernel;
}

}  // namespace qmodel::runtime
