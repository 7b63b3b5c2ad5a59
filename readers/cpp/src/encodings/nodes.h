#ifndef QMODEL_SRC_ENCODINGS_NODES_H
#define QMODEL_SRC_ENCODINGS_NODES_H

#include "encodings/encoding.h"

namespace qmodel {

// For each node check and decode what its page in spec/encodings/ says; see check_encoding and decode_encoding.

ElementType check_affine(const v1::Affine& affine, const Shape& shape, const EncodingRules& rules, int depth);
Array decode_affine(const v1::Affine& affine, const Shape& shape, const TensorSource& source, std::uint8_t* place);

ElementType check_codebook(const v1::Codebook& codebook, const Shape& shape, const EncodingRules& rules, int depth);
Array decode_codebook(const v1::Codebook& codebook, const Shape& shape, const TensorSource& source,
                      std::uint8_t* place);

ElementType check_sparse(const v1::Sparse& sparse, const Shape& shape, const EncodingRules& rules, int depth);
Array decode_sparse(const v1::Sparse& sparse, const Shape& shape, const TensorSource& source, std::uint8_t* place);

ElementType check_trellis(const v1::Trellis& trellis, const Shape& shape, const EncodingRules& rules);
Array decode_trellis(const v1::Trellis& trellis, const Shape& shape, const TensorSource& source, std::uint8_t* place);

ElementType check_low_rank(const v1::LowRank& low_rank, const Shape& shape, const EncodingRules& rules, int depth);
Array decode_low_rank(const v1::LowRank& low_rank, const Shape& shape, const TensorSource& source, std::uint8_t* place);

ElementType check_transform(const v1::Transform& transform, const Shape& shape, const EncodingRules& rules, int depth);
Array decode_transform(const v1::Transform& transform, const Shape& shape, const TensorSource& source,
                       std::uint8_t* place);

ElementType check_sum(const v1::Sum& sum, const Shape& shape, const EncodingRules& rules, int depth);

ElementType check_hashed(const v1::Hashed& hashed, const Shape& shape, const EncodingRules& rules, int depth);
Array decode_hashed(const v1::Hashed& hashed, const Shape& shape, const TensorSource& source, std::uint8_t* place);

ElementType check_delta(const v1::Delta& delta, const Shape& shape, const EncodingRules& rules, int depth);
Array decode_delta(const v1::Delta& delta, const Shape& shape, const TensorSource& source, std::uint8_t* place);

ElementType check_alias(const v1::Alias& alias, const Shape& shape, const EncodingRules& rules);

/// Checks the child of a node that must be there. `what` names it.
ElementType check_child(bool is_present, const v1::Encoding& child, const Shape& shape, const EncodingRules& rules,
                        int depth, const char* what);

/// Throws corrupt for a type that cannot be computed with (spec/encodings/README.md, "Operands").
void check_operand(ElementType type, const char* what);

}  // namespace qmodel

#endif
