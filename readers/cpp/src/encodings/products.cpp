#include <algorithm>

#include "cpu.h"
#include "encodings/nodes.h"
#include "fail.h"
#include "parallel.h"
#include "sizes.h"
#include "types/convert.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

struct Sides {
    std::uint64_t rows;
    std::uint64_t inner;
    std::uint64_t columns;
};

// Columns of the result that are summed up at once, and rows that share what is loaded for them.
constexpr std::uint64_t column_piece = 512;
constexpr std::uint64_t row_piece = 4;

/// out = left · right for a few rows and columns, summed in the order of the inner axis.
template <typename Float>
struct MultiplyPiece {
    QMODEL_INLINE void operator()(const Float* left, const Float* right, Sides sides, std::uint64_t rows,
                                  std::uint64_t columns, Float* out) const {
        Float sums[row_piece][column_piece];
        for (std::uint64_t i = 0; i < rows; ++i) std::fill_n(sums[i], columns, Float{0});
        for (std::uint64_t k = 0; k < sides.inner; ++k) {
            const Float* line = right + k * sides.columns;
            for (std::uint64_t i = 0; i < rows; ++i) {
                const Float factor = left[i * sides.inner + k];
                for (std::uint64_t j = 0; j < columns; ++j) sums[i][j] += factor * line[j];
            }
        }
        for (std::uint64_t i = 0; i < rows; ++i) std::copy_n(sums[i], columns, out + i * sides.columns);
    }
};

/// A matrix product within the bound of spec/encodings/low-rank.md, "Arithmetic".
template <typename Float>
void multiply(const Array& left, const Array& right, Sides sides, unsigned threads, Array& out) {
    const Float* from = left.as<Float>();
    parallel_for(divided_up(sides.rows, row_piece), threads, [&](std::size_t piece) {
        const std::uint64_t row = piece * row_piece;
        const std::uint64_t rows = std::min(row_piece, sides.rows - row);
        for (std::uint64_t column = 0; column < sides.columns; column += column_piece) {
            for_this_cpu(MultiplyPiece<Float>{}, from + row * sides.inner, right.as<Float>() + column, sides, rows,
                         std::min(column_piece, sides.columns - column),
                         out.room_as<Float>() + row * sides.columns + column);
        }
    });
}

Array product(Array left, Array right, Sides sides, const TensorSource& source, std::uint8_t* place) {
    const ElementType type = wider(left.type(), right.type());
    const Array factor = as_operands(std::move(left), type);
    const Array other = as_operands(std::move(right), type);
    Array out = Array::with_room(type, sides.rows * sides.columns, place);
    if (out.count() == 0) return out;
    if (type == v1::ELEMENT_TYPE_F64) {
        multiply<double>(factor, other, sides, source.threads(), out);
    } else {
        multiply<float>(factor, other, sides, source.threads(), out);
    }
    return out;
}

/// A factor of a product, which must fit the limits also where it has no elements.
ElementType check_factor(bool is_present, const v1::Encoding& factor, const Shape& shape, const EncodingRules& rules,
                         int depth, const char* what) {
    Shape counted = shape;
    for (std::uint64_t& length : counted) length = std::max<std::uint64_t>(length, 1);
    const std::uint64_t count = checked_count(counted);
    const ElementType type = check_child(is_present, factor, shape, rules, depth, what);
    check_operand(type, what);
    check_array_size(count, type, rules.buffers.limits);
    return type;
}

void check_work(std::uint64_t results, std::uint64_t inner, const Limits& limits) {
    if (inner != 0 && results > limits.multiplications / inner)
        beyond_limit("a matrix product of too many multiplications");
}

Sides low_rank_sides(const v1::LowRank& low_rank, const Shape& shape) {
    std::uint64_t columns = 1;
    for (std::size_t axis = 1; axis < shape.size(); ++axis) columns *= shape[axis];
    return {shape[0], low_rank.rank(), columns};
}

Sides transform_sides(const Shape& shape) {
    std::uint64_t rows = 1;
    for (std::size_t axis = 0; axis + 1 < shape.size(); ++axis) rows *= shape[axis];
    return {rows, shape.back(), shape.back()};
}

}  // namespace

ElementType check_low_rank(const v1::LowRank& low_rank, const Shape& shape, const EncodingRules& rules, int depth) {
    if (shape.size() < 2) corrupt("low_rank stands for arrays of two axes or more");
    if (low_rank.rank() < 1) corrupt("low_rank of rank 0");
    const std::uint64_t count = checked_count(shape);
    const Sides sides = low_rank_sides(low_rank, shape);
    const ElementType left = check_factor(low_rank.has_left(), low_rank.left(), {sides.rows, sides.inner}, rules, depth,
                                          "the left factor of low_rank");
    const ElementType right = check_factor(low_rank.has_right(), low_rank.right(), {sides.inner, sides.columns}, rules,
                                           depth, "the right factor of low_rank");
    check_array_size(count, wider(left, right), rules.buffers.limits);
    check_work(count, sides.inner, rules.buffers.limits);
    return wider(left, right);
}

Array decode_low_rank(const v1::LowRank& low_rank, const Shape& shape, const TensorSource& source,
                      std::uint8_t* place) {
    const Sides sides = low_rank_sides(low_rank, shape);
    Array left = decode_encoding(low_rank.left(), {sides.rows, sides.inner}, source);
    Array right = decode_encoding(low_rank.right(), {sides.inner, sides.columns}, source);
    return product(std::move(left), std::move(right), sides, source, place);
}

ElementType check_transform(const v1::Transform& transform, const Shape& shape, const EncodingRules& rules, int depth) {
    if (shape.empty()) corrupt("transform of a 0-d array");
    const std::uint64_t count = checked_count(shape);
    const std::uint64_t n = shape.back();
    const ElementType matrix =
        check_factor(transform.has_matrix(), transform.matrix(), {n, n}, rules, depth, "the matrix of transform");
    const ElementType inner =
        check_child(transform.has_inner(), transform.inner(), shape, rules, depth, "the inner array of transform");
    check_operand(inner, "the inner array of transform");
    check_array_size(count, wider(matrix, inner), rules.buffers.limits);
    check_work(count, n, rules.buffers.limits);
    return wider(matrix, inner);
}

Array decode_transform(const v1::Transform& transform, const Shape& shape, const TensorSource& source,
                       std::uint8_t* place) {
    const Sides sides = transform_sides(shape);
    Array matrix = decode_encoding(transform.matrix(), {sides.inner, sides.inner}, source);
    Array inner = decode_encoding(transform.inner(), shape, source);
    return product(std::move(inner), std::move(matrix), sides, source, place);
}

}  // namespace qmodel
