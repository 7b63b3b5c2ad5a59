#include "cpu.h"

namespace qmodel {

bool has_wide_vectors() noexcept {
#if defined(__x86_64__)
    static const bool found = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                              __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
    return found;
#else
    return false;
#endif
}

}  // namespace qmodel
