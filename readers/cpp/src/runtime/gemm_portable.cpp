#include "runtime/gemm_kernel.h"
#include "runtime/gemm_tile.h"

namespace qmodel::runtime {

const GemmKernel& portable_gemm_kernel() {
    static constexpr GemmKernel kKernel{4, 8, multiply_tile<4, 2, 4>};
    return kKernel;
}

}  // namespace qmodel::runtime
