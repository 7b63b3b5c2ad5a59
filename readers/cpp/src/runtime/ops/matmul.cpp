// MatMul, as NumPy's matmul.
#include "fail.h"
#include "runtime/broadcasting.h"
#include "runtime/gemm.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

Lengths batch_of(const Lengths& lengths) {
    return {lengths.begin(), lengths.end() - 2};
}

/// Products of stacks of matrices, the stacks broadcast; both arrays have at least two axes.
Array multiply_stacks(Call& call, const Array& a, const Array& b) {
    const Lengths& left = a.lengths();
    const Lengths& right = b.lengths();
    const std::int64_t rows = left[left.size() - 2];
    const std::int64_t depth = left.back();
    const std::int64_t columns = right.back();
    if (right[right.size() - 2] != depth) {
        corrupt("shapes " + text_of(left) + " and " + text_of(right) + " do not fit");
    }
    const Lengths stack = broadcast_lengths(batch_of(left), batch_of(right));
    Lengths lengths = stack;
    lengths.insert(lengths.end(), {rows, columns});
    Array made = call.make_floats(lengths);
    if (made.count() == 0) return made;
    const Lengths a_strides = broadcast_strides(batch_of(left), stack);
    const Lengths b_strides = broadcast_strides(batch_of(right), stack);
    const std::int64_t run = stack.empty() ? 1 : stack.back();
    const std::int64_t a_step = stack.empty() ? 0 : a_strides.back();
    const std::int64_t b_step = stack.empty() ? 0 : b_strides.back();
    for_each_run(stack, a_strides, b_strides, [&](std::int64_t i, std::int64_t j, std::int64_t position) {
        for (std::int64_t n = 0; n < run; ++n) {
            const float* x = a.floats() + (i + n * a_step) * rows * depth;
            const float* y = b.floats() + (j + n * b_step) * depth * columns;
            float* out = made.mutable_as<float>() + (position + n) * rows * columns;
            multiply_matrices({x, depth, 1}, {y, columns, 1}, rows, columns, depth, out);
        }
    });
    return made;
}

/// A single vector is a row on the left and a column on the right; the axis added is taken away again.
std::vector<Array> multiply(Call& call) {
    Array a = call.input(0);
    Array b = call.input(1);
    if (a.rank() == 0 || b.rank() == 0) corrupt("an operand is a single number");
    a.floats();
    b.floats();
    const bool is_row = a.rank() == 1;
    const bool is_column = b.rank() == 1;
    if (is_row) a = a.reshaped({1, a.count()});
    if (is_column) b = b.reshaped({b.count(), 1});
    const Array made = multiply_stacks(call, a, b);
    Lengths lengths = made.lengths();
    if (is_row) lengths.erase(lengths.end() - 2);
    if (is_column) lengths.pop_back();
    return {made.reshaped(lengths)};
}

}  // namespace

std::vector<Operator> matmul() {
    return {{"MatMul", 1, kNewest, 2, 2, 1, {}, multiply}};
}

}  // namespace qmodel::runtime::ops
