#include "encodings/nodes.h"
#include "fail.h"
#include "sizes.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

constexpr int deepest_node = 8;

ElementType check_plain(const v1::Plain& plain, const Shape& shape, const EncodingRules& rules) {
    if (!plain.has_buffer()) corrupt("a plain array has no buffer");
    check_buffer(plain.buffer(), checked_count(shape), rules.buffers);
    return plain.buffer().element_type();
}

}  // namespace

void check_operand(ElementType type, const char* what) {
    if (!is_operand(type)) corrupt(std::string(what) + " is " + name_of(type) + ", which cannot be computed with");
}

ElementType check_child(bool is_present, const v1::Encoding& child, const Shape& shape, const EncodingRules& rules,
                        int depth, const char* what) {
    if (!is_present) corrupt(std::string(what) + " is missing");
    return check_encoding(child, shape, rules, depth + 1);
}

ElementType check_encoding(const v1::Encoding& encoding, const Shape& shape, const EncodingRules& rules, int depth) {
    if (depth > deepest_node) corrupt("a tree of encodings is deeper than 8");
    switch (encoding.node_case()) {
        case v1::Encoding::kPlain: return check_plain(encoding.plain(), shape, rules);
        case v1::Encoding::kAffine: return check_affine(encoding.affine(), shape, rules, depth);
        case v1::Encoding::kCodebook: return check_codebook(encoding.codebook(), shape, rules, depth);
        case v1::Encoding::kSparse: return check_sparse(encoding.sparse(), shape, rules, depth);
        case v1::Encoding::kTrellis: return check_trellis(encoding.trellis(), shape, rules);
        case v1::Encoding::kLowRank: return check_low_rank(encoding.low_rank(), shape, rules, depth);
        case v1::Encoding::kSum: return check_sum(encoding.sum(), shape, rules, depth);
        case v1::Encoding::kHashed: return check_hashed(encoding.hashed(), shape, rules, depth);
        case v1::Encoding::kTransform: return check_transform(encoding.transform(), shape, rules, depth);
        case v1::Encoding::kDelta: return check_delta(encoding.delta(), shape, rules, depth);
        case v1::Encoding::kAlias: return check_alias(encoding.alias(), shape, rules);
        case v1::Encoding::NODE_NOT_SET: break;
    }
    corrupt("an encoding has no node");
}

ElementType result_type(const v1::Encoding& encoding, const TensorSource& source) {
    const auto type_of = [&source](const v1::Encoding& child) { return result_type(child, source); };
    switch (encoding.node_case()) {
        case v1::Encoding::kPlain: return encoding.plain().buffer().element_type();
        case v1::Encoding::kAffine: return wider(type_of(encoding.affine().scale()), v1::ELEMENT_TYPE_F32);
        case v1::Encoding::kCodebook: return type_of(encoding.codebook().entries());
        case v1::Encoding::kSparse: return type_of(encoding.sparse().values());
        case v1::Encoding::kLowRank:
            return wider(type_of(encoding.low_rank().left()), type_of(encoding.low_rank().right()));
        case v1::Encoding::kSum: {
            ElementType type = v1::ELEMENT_TYPE_F32;
            for (const v1::Encoding& term : encoding.sum().terms()) type = wider(type, type_of(term));
            return type;
        }
        case v1::Encoding::kHashed: return type_of(encoding.hashed().buckets());
        case v1::Encoding::kTransform:
            return wider(type_of(encoding.transform().matrix()), type_of(encoding.transform().inner()));
        case v1::Encoding::kDelta: {
            const v1::Delta& delta = encoding.delta();
            if (delta.operation() == v1::DELTA_OPERATION_XOR) return delta.base_type();
            return wider(delta.base_type(), type_of(delta.residual()));
        }
        case v1::Encoding::kAlias: return source.type_of(encoding.alias().tensor());
        default: return v1::ELEMENT_TYPE_F32;
    }
}

Array decode_encoding(const v1::Encoding& encoding, const Shape& shape, const TensorSource& source,
                      std::uint8_t* place) {
    switch (encoding.node_case()) {
        case v1::Encoding::kPlain: return load_buffer(encoding.plain().buffer(), source, place);
        case v1::Encoding::kAffine: return decode_affine(encoding.affine(), shape, source, place);
        case v1::Encoding::kCodebook: return decode_codebook(encoding.codebook(), shape, source, place);
        case v1::Encoding::kSparse: return decode_sparse(encoding.sparse(), shape, source, place);
        case v1::Encoding::kTrellis: return decode_trellis(encoding.trellis(), shape, source, place);
        case v1::Encoding::kLowRank: return decode_low_rank(encoding.low_rank(), shape, source, place);
        case v1::Encoding::kSum: return decode_terms(encoding.sum(), shape, source, encoding.sum().terms_size(), place);
        case v1::Encoding::kHashed: return decode_hashed(encoding.hashed(), shape, source, place);
        case v1::Encoding::kTransform: return decode_transform(encoding.transform(), shape, source, place);
        case v1::Encoding::kDelta: return decode_delta(encoding.delta(), shape, source, place);
        case v1::Encoding::kAlias: return source.tensor(encoding.alias().tensor());
        case v1::Encoding::NODE_NOT_SET: break;
    }
    corrupt("an encoding has no node");
}

ElementType check_alias(const v1::Alias& alias, const Shape& shape, const EncodingRules& rules) {
    const v1::Tensor* other = rules.find(alias.tensor());
    if (other == nullptr) corrupt("an alias of tensor " + quoted(alias.tensor()) + ", which does not exist");
    if (rules.holds_alias(*other)) corrupt("an alias of tensor " + quoted(alias.tensor()) + ", which holds an alias");
    if (Shape(other->shape().begin(), other->shape().end()) != shape) {
        corrupt("an alias of tensor " + quoted(alias.tensor()) + ", which has another shape");
    }
    return other->element_type();
}

}  // namespace qmodel
