#ifndef QMODEL_PREDICT_IDX_H
#define QMODEL_PREDICT_IDX_H

#include <cstdint>
#include <string>
#include <vector>

namespace qmodel::predict {

/// An array of bytes in the format of the MNIST files.
///
/// Two bytes of 0, one for the type of the elements (8: unsigned bytes), one for the number of axes; then the length of
/// each axis, 32 bits with the highest byte first; then the elements in row-major order.
struct IdxArray {
    std::vector<std::uint32_t> lengths;
    std::string elements;
};

/// Reads an array from the content of a file. Throws Error: corrupt when it is none, unsupported when its elements are
/// no unsigned bytes. The message begins with `path`.
IdxArray parse_idx(const std::string& content, const std::string& path);

}  // namespace qmodel::predict

#endif
