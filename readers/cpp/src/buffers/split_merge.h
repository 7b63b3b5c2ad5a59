#ifndef QMODEL_SRC_BUFFERS_SPLIT_MERGE_H
#define QMODEL_SRC_BUFFERS_SPLIT_MERGE_H

#include <vector>

#include "array.h"

namespace qmodel {

/// Elements of a part of split floats, in storage.
struct SplitPart {
    const std::uint8_t* elements;
    std::size_t element_bytes;
    int bits;
};

/// What is added to the leading bits of rows and columns.
struct SplitShifts {
    std::uint64_t columns = 0;  ///< Length of a row; 0: there are no shifts.
    Array of_rows;              ///< Without elements: no shifts of rows.
    Array of_columns;
};

/// Puts `count` floats together whose bits are of type T, an unsigned integer (spec/buffers/split.md, "Backwards").
///
/// `parts` are the leading bits and the planes, from the lowest, at least one; `start` is the place of the first
/// element in the whole.
template <typename T>
void merge_split(const std::vector<SplitPart>& parts, const SplitShifts& shifts, std::uint64_t start,
                 std::uint64_t count, T* out);

}  // namespace qmodel

#endif
