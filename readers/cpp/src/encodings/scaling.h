#ifndef QMODEL_SRC_ENCODINGS_SCALING_H
#define QMODEL_SRC_ENCODINGS_SCALING_H

#include <cstdint>
#include <type_traits>

#include "cpu.h"

namespace qmodel {

// The arithmetic of spec/encodings/affine.md on elements that stand behind each other. Element i is of block i * step,
// counted from where scale and zero begin. Float is float or double, each operation is rounded to it.

/// out[i] = scale * (code rounded to Float)
struct ScaleCodes {
    template <typename Code, typename Float>
    QMODEL_INLINE void operator()(const Code* codes, std::uint64_t count, const Float* scale, std::uint64_t step,
                                  Float* out) const {
        if (step != 0) {
            for (std::uint64_t i = 0; i < count; ++i) out[i] = scale[i] * static_cast<Float>(codes[i]);
            return;
        }
        const Float factor = *scale;
        for (std::uint64_t i = 0; i < count; ++i) out[i] = factor * static_cast<Float>(codes[i]);
    }
};

/// out[i] = scale * ((code - zero) rounded to Float), where Difference holds the difference exactly
template <typename Difference>
struct ScaleExactDifferences {
    template <typename Code, typename Float>
    QMODEL_INLINE void operator()(const Code* codes, std::uint64_t count, const Float* scale, const std::int64_t* zero,
                                  std::uint64_t step, Float* out) const {
        if (step != 0) {
            for (std::uint64_t i = 0; i < count; ++i) {
                out[i] = scale[i] * static_cast<Float>(static_cast<std::int64_t>(codes[i]) - zero[i]);
            }
            return;
        }
        const Float factor = *scale;
        const auto offset = static_cast<Difference>(*zero);
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = factor * static_cast<Float>(static_cast<Difference>(codes[i]) - offset);
        }
    }
};

/// out[i] = scale * (code rounded to Float - zero)
struct ScaleFloatDifferences {
    template <typename Code, typename Float>
    QMODEL_INLINE void operator()(const Code* codes, std::uint64_t count, const Float* scale, const Float* zero,
                                  std::uint64_t step, Float* out) const {
        if (step != 0) {
            for (std::uint64_t i = 0; i < count; ++i) out[i] = scale[i] * (static_cast<Float>(codes[i]) - zero[i]);
            return;
        }
        const Float factor = *scale;
        const Float offset = *zero;
        for (std::uint64_t i = 0; i < count; ++i) out[i] = factor * (static_cast<Float>(codes[i]) - offset);
    }
};

}  // namespace qmodel

#endif
