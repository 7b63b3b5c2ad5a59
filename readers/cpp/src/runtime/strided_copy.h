#ifndef QMODEL_RUNTIME_STRIDED_COPY_H
#define QMODEL_RUNTIME_STRIDED_COPY_H

#include <cstdint>

#include "runtime/array.h"

namespace qmodel::runtime {

/// Fills `target` with elements of `source`, of the same type: the one at index i of the target is that at the place
/// first + sum of i[axis] * strides[axis] of the source, counted in elements.
void copy_strided(const Array& source, std::int64_t first, const Lengths& strides, Array& target);

}  // namespace qmodel::runtime

#endif
