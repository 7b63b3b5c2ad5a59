#ifndef QMODEL_SRC_TYPES_CONVERT_H
#define QMODEL_SRC_TYPES_CONVERT_H

#include <cstdint>

#include "array.h"

namespace qmodel {

/// The elements from `first` on as float or double: integers, bool and floats rounded once, to nearest, ties to even.
template <typename Float>
void to_operands(const Array& array, std::uint64_t first, std::uint64_t count, Float* out);

/// The whole array as an array of f32 or f64; itself where it is one already.
Array as_operands(Array array, ElementType type);

/// The same values in a type that `is_convertible` allows (spec/types.md, "Conversion"), at `place` where that is
/// given.
Array converted(Array array, ElementType type, std::uint8_t* place = nullptr);

}  // namespace qmodel

#endif
