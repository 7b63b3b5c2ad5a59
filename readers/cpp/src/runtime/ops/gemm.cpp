// Gemm.
#include "runtime/gemm.h"

#include "fail.h"
#include "runtime/broadcasting.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

/// A matrix or its transpose.
struct Operand {
    MatrixView view;
    std::int64_t rows;
    std::int64_t columns;
};

Operand operand(const Array& array, bool is_transposed) {
    if (array.rank() != 2) corrupt("A and B must be matrices, got " + text_of(array.lengths()));
    const std::int64_t rows = array.lengths()[0];
    const std::int64_t columns = array.lengths()[1];
    const std::int64_t stride = columns;
    if (is_transposed) return {{array.floats(), 1, stride}, columns, rows};
    return {{array.floats(), stride, 1}, rows, columns};
}

void add_scaled(const Array& c, float beta, Array& made) {
    const Lengths& lengths = made.lengths();
    if (broadcast_lengths(c.lengths(), lengths) != lengths) {
        corrupt("C of shape " + text_of(c.lengths()) + " does not fit " + text_of(lengths));
    }
    const Lengths strides = broadcast_strides(c.lengths(), lengths);
    const float* source = c.floats();
    float* out = made.mutable_as<float>();
    for (std::int64_t row = 0; row < lengths[0]; ++row) {
        for (std::int64_t column = 0; column < lengths[1]; ++column) {
            out[row * lengths[1] + column] += beta * source[row * strides[0] + column * strides[1]];
        }
    }
}

std::vector<Array> multiply(Call& call) {
    const Operand a = operand(call.input(0), call.attributes.integer("transA", 0) != 0);
    const Operand b = operand(call.input(1), call.attributes.integer("transB", 0) != 0);
    if (a.columns != b.rows) {
        corrupt("A of shape " + text_of(call.input(0).lengths()) + " and B of shape " +
                text_of(call.input(1).lengths()) + " do not fit");
    }
    Array made = call.make_floats({a.rows, b.columns});
    float* out = made.mutable_as<float>();
    if (made.count() > 0) multiply_matrices(a.view, b.view, a.rows, b.columns, a.columns, out);
    const float alpha = call.attributes.real("alpha", 1.0F);
    const float beta = call.attributes.real("beta", 1.0F);
    if (alpha != 1.0F) {
        for (std::int64_t n = 0; n < made.count(); ++n) out[n] *= alpha;
    }
    if (call.input(2) && beta != 0.0F) add_scaled(call.input(2), beta, made);
    return {made};
}

}  // namespace

std::vector<Operator> gemm() {
    const std::vector<AttributeRule> attributes{{"alpha", AttributeType::real},
                                                {"beta", AttributeType::real},
                                                {"transA", AttributeType::integer},
                                                {"transB", AttributeType::integer}};
    return {
        {"Gemm", 7, 10, 3, 3, 1, attributes, multiply},
        {"Gemm", 11, kNewest, 2, 3, 1, attributes, multiply},
    };
}

}  // namespace qmodel::runtime::ops
