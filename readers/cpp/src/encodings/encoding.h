#ifndef QMODEL_SRC_ENCODINGS_ENCODING_H
#define QMODEL_SRC_ENCODINGS_ENCODING_H

#include <functional>

#include "array.h"
#include "buffers/buffer.h"
#include "qmodel/tensor.h"

namespace qmodel {

/// What an encoding is checked against.
struct EncodingRules {
    BufferRules buffers;
    /// A tensor of the file by its name; null where there is none.
    std::function<const v1::Tensor*(const std::string&)> find;
    /// Whether the tree of a tensor has an alias anywhere.
    std::function<bool(const v1::Tensor&)> holds_alias;
};

/// Where encodings find chunks, and other tensors.
class TensorSource : public ChunkSource {
public:
    /// The element type of another tensor of the file, which exists.
    virtual ElementType type_of(const std::string& name) const = 0;

    /// Another tensor of the file, decoded.
    virtual Array tensor(const std::string& name) const = 0;

    /// The tensor of another file that a delta changes, decoded. Throws unsupported where it is not to be had.
    virtual Array base(const v1::Delta& delta, const Shape& shape) const = 0;
};

/// Checks a node of `shape` and all below it without payloads (spec/encodings/README.md, "Order of checks"), and
/// returns its result type. Throws corrupt, unsupported or limit.
ElementType check_encoding(const v1::Encoding& encoding, const Shape& shape, const EncodingRules& rules, int depth = 1);

/// The result type of a checked node.
ElementType result_type(const v1::Encoding& encoding, const TensorSource& source);

/// The array of a checked node, in its result type. It may use `place`, which has room for it, or be elsewhere.
/// Throws corrupt for damaged payloads.
Array decode_encoding(const v1::Encoding& encoding, const Shape& shape, const TensorSource& source,
                      std::uint8_t* place = nullptr);

/// The sum of the first terms of a checked sum, in the type that it has then (spec/encodings/sum.md, "Coarse values").
Array decode_terms(const v1::Sum& sum, const Shape& shape, const TensorSource& source, int terms,
                   std::uint8_t* place = nullptr);

}  // namespace qmodel

#endif
