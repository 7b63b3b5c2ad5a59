// Expand.
#include "runtime/broadcasting.h"
#include "runtime/ops/operators.h"
#include "runtime/strided_copy.h"

namespace qmodel::runtime::ops {

namespace {

std::vector<Array> repeat(Call& call) {
    const Array& x = call.input(0);
    Array made = call.make(x.element_type(), broadcast_lengths(x.lengths(), call.input(1).integers()));
    copy_strided(x, 0, broadcast_strides(x.lengths(), made.lengths()), made);
    return {made};
}

}  // namespace

std::vector<Operator> expand() {
    return {{"Expand", 8, kNewest, 2, 2, 1, {}, repeat}};
}

}  // namespace qmodel::runtime::ops
