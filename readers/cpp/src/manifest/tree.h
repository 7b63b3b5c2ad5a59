#ifndef QMODEL_SRC_MANIFEST_TREE_H
#define QMODEL_SRC_MANIFEST_TREE_H

#include "qmodel/v1/manifest.pb.h"

namespace qmodel {

/// What looks at all parts of an encoding, of checked ones and of others up to the depth that there may be.
class TreeVisitor {
public:
    virtual ~TreeVisitor() = default;
    virtual void node(const v1::Encoding& encoding) = 0;
    virtual void buffer(const v1::Buffer& buffer) = 0;

    /// An encoding, all below it, and their buffers.
    void visit(const v1::Encoding& encoding);

    /// A buffer, and those that its coding holds.
    void visit(const v1::Buffer& buffer);

    /// The encodings of all tensors.
    void visit_tensors(const v1::Manifest& manifest);

    /// The buffers of all golden samples.
    void visit_golden(const v1::Manifest& manifest);

private:
    void visit_sparse(const v1::Sparse& sparse);
};

}  // namespace qmodel

#endif
