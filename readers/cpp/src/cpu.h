#ifndef QMODEL_SRC_CPU_H
#define QMODEL_SRC_CPU_H

#define QMODEL_INLINE __attribute__((always_inline)) inline

// A condition that depends on chance: a branch on it would be predicted wrongly all the time.
#if defined(__clang__)
#define QMODEL_UNPREDICTABLE(condition) __builtin_unpredictable(condition)
#else
#define QMODEL_UNPREDICTABLE(condition) __builtin_expect_with_probability(condition, 1, 0.5)
#endif

#if defined(__x86_64__)
#define QMODEL_WIDE_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
#else
#define QMODEL_WIDE_TARGET
#endif

namespace qmodel {

/// Whether the processor has what QMODEL_WIDE_TARGET asks for.
bool has_wide_vectors() noexcept;

template <typename Loop, typename... Arguments>
QMODEL_WIDE_TARGET auto run_wide(const Loop& loop, Arguments... arguments) {
    return loop(arguments...);
}

/// Calls loop(arguments...), whose operator() is marked QMODEL_INLINE: compiled twice, for any processor and for those
/// with wide vectors, and chosen while running. Results are the same: no product is fused with a sum in either.
template <typename Loop, typename... Arguments>
auto for_this_cpu(const Loop& loop, Arguments... arguments) {
    return has_wide_vectors() ? run_wide(loop, arguments...) : loop(arguments...);
}

}  // namespace qmodel

#endif
