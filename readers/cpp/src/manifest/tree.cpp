#include "manifest/tree.h"

namespace qmodel {

void TreeVisitor::visit_tensors(const v1::Manifest& manifest) {
    for (const v1::Tensor& tensor : manifest.tensors()) visit(tensor.encoding());
}

void TreeVisitor::visit_golden(const v1::Manifest& manifest) {
    for (const v1::GoldenSample& sample : manifest.golden()) {
        for (const v1::GoldenValue& value : sample.inputs()) visit(value.values());
        for (const v1::GoldenOutput& output : sample.outputs()) visit(output.expected().values());
    }
}

void TreeVisitor::visit(const v1::Buffer& found) {
    buffer(found);
    if (!found.has_split()) return;
    const v1::Split& split = found.split();
    if (split.has_leading()) visit(split.leading());
    for (const v1::Buffer& plane : split.remainder()) visit(plane);
    if (split.has_row_shift()) visit(split.row_shift());
    if (split.has_column_shift()) visit(split.column_shift());
}

void TreeVisitor::visit_sparse(const v1::Sparse& sparse) {
    if (sparse.has_bitmap()) visit(sparse.bitmap());
    if (sparse.has_gaps()) visit(sparse.gaps());
    if (sparse.has_positions()) visit(sparse.positions());
    if (sparse.has_values()) visit(sparse.values());
}

void TreeVisitor::visit(const v1::Encoding& encoding) {
    node(encoding);
    switch (encoding.node_case()) {
        case v1::Encoding::kPlain: return visit(encoding.plain().buffer());
        case v1::Encoding::kAffine:
            visit(encoding.affine().codes());
            visit(encoding.affine().scale());
            if (encoding.affine().has_zero_point()) visit(encoding.affine().zero_point());
            return;
        case v1::Encoding::kCodebook: visit(encoding.codebook().indices()); return visit(encoding.codebook().entries());
        case v1::Encoding::kSparse: return visit_sparse(encoding.sparse());
        case v1::Encoding::kTrellis: return visit(encoding.trellis().codes());
        case v1::Encoding::kLowRank: visit(encoding.low_rank().left()); return visit(encoding.low_rank().right());
        case v1::Encoding::kSum:
            for (const v1::Encoding& term : encoding.sum().terms()) visit(term);
            return;
        case v1::Encoding::kHashed: return visit(encoding.hashed().buckets());
        case v1::Encoding::kTransform: visit(encoding.transform().matrix()); return visit(encoding.transform().inner());
        case v1::Encoding::kDelta: return visit(encoding.delta().residual());
        case v1::Encoding::kAlias:
        case v1::Encoding::NODE_NOT_SET: return;
    }
}

}  // namespace qmodel
