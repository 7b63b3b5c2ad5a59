#ifndef QMODEL_TENSOR_H
#define QMODEL_TENSOR_H

#include <cstdint>
#include <string>
#include <vector>

#include "qmodel/bytes.h"
#include "qmodel/element_type.h"

namespace qmodel {

using Shape = std::vector<std::uint64_t>;

/// The number of elements of an array of this shape; 1 for a 0-d one. The shape is that of a checked tensor.
std::uint64_t element_count(const Shape& shape) noexcept;

/// What a file says about a tensor, known without decoding anything.
struct TensorInfo {
    std::string name;
    Shape shape;  ///< Outermost axis first; empty for a 0-d tensor.
    ElementType element_type;
};

/// A decoded array in row-major order.
struct Tensor {
    ElementType element_type = v1::ELEMENT_TYPE_UNSPECIFIED;
    Shape shape;
    /// element_count(shape) elements of storage_bytes(element_type) bytes, little-endian, as spec/types.md, "Storage",
    /// says: integers sign extended, bool as 0 or 1, bf16 and the floats of 8 bits or fewer as the bits they have.
    Bytes storage;

    std::uint64_t count() const noexcept { return element_count(shape); }
};

/// The elements of a tensor as float32: floats and integers rounded to nearest, ties to even (spec/types.md,
/// "Conversion"), bool as 0 and 1.
std::vector<float> to_floats(const Tensor& tensor);

}  // namespace qmodel

#endif
