#include <algorithm>

#include "encodings/block_layout.h"
#include "encodings/nodes.h"
#include "encodings/scaling.h"
#include "fail.h"
#include "parallel.h"
#include "sizes.h"
#include "types/convert.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

// What is converted before it is scaled stays in a core's nearest cache.
constexpr std::uint64_t conversion_piece = 4096;
constexpr std::uint64_t thread_piece = std::uint64_t{1} << 18;

Shape scale_shape_of(const v1::Affine& affine, const Shape& shape) {
    Shape scales;
    for (int axis = 0; axis < affine.block_shape_size(); ++axis) {
        scales.push_back(divided_up(shape[static_cast<std::size_t>(axis)], affine.block_shape(axis)));
    }
    return scales;
}

/// Multiplies codes by the scales of their blocks, in Float.
template <typename Float>
class Scaling {
public:
    Scaling(const v1::Affine& affine, const Shape& shape, const TensorSource& source, ElementType code_type)
        : layout_(shape, Shape(affine.block_shape().begin(), affine.block_shape().end())) {
        const ElementType type = sizeof(Float) == 8 ? v1::ELEMENT_TYPE_F64 : v1::ELEMENT_TYPE_F32;
        const Shape scales = scale_shape_of(affine, shape);
        scale_ = as_operands(decode_encoding(affine.scale(), scales, source), type);
        if (!affine.has_zero_point()) return;
        Array zero = decode_encoding(affine.zero_point(), scales, source);
        if (is_float(zero.type()) || is_float(code_type)) {
            float_zero_ = as_operands(std::move(zero), type);
        } else {
            is_narrow_ = bits_of(zero.type()) <= 16 && bits_of(code_type) <= 16;
            integer_zero_ = converted(std::move(zero), v1::ELEMENT_TYPE_S64);
        }
    }

    /// The elements from `start` of the array on, `count` of them, from the first of `codes` on.
    void apply(const Array& codes, std::uint64_t start, std::uint64_t count, Float* out) const {
        switch (codes.type()) {
            case v1::ELEMENT_TYPE_F32: return apply_to(codes.as<float>(), start, count, out);
            case v1::ELEMENT_TYPE_F64: return apply_to(codes.as<double>(), start, count, out);
            default: break;
        }
        if (is_float(codes.type())) return apply_converted(codes, start, count, out);
        const bool is_signed = is_signed_integer(codes.type());
        switch (storage_bytes(codes.type())) {
            case 1:
                return is_signed ? apply_to(codes.as<std::int8_t>(), start, count, out)
                                 : apply_to(codes.as<std::uint8_t>(), start, count, out);
            case 2:
                return is_signed ? apply_to(codes.as<std::int16_t>(), start, count, out)
                                 : apply_to(codes.as<std::uint16_t>(), start, count, out);
            default:
                return is_signed ? apply_to(codes.as<std::int32_t>(), start, count, out)
                                 : apply_to(codes.as<std::uint32_t>(), start, count, out);
        }
    }

private:
    void apply_converted(const Array& codes, std::uint64_t start, std::uint64_t count, Float* out) const {
        Float exact[conversion_piece];
        for (std::uint64_t first = 0; first < count; first += conversion_piece) {
            const std::uint64_t length = std::min(conversion_piece, count - first);
            to_operands(codes, first, length, exact);
            apply_to(exact, start + first, length, out + first);
        }
    }

    template <typename Code>
    void apply_to(const Code* codes, std::uint64_t start, std::uint64_t count, Float* out) const {
        const Float* scale = scale_.as<Float>();
        layout_.for_each_part(start, count,
                              [&](std::uint64_t first, std::uint64_t length, std::uint64_t block, std::uint64_t step) {
                                  const Code* from = codes + first;
                                  if (float_zero_.count() != 0) {
                                      for_this_cpu(ScaleFloatDifferences{}, from, length, scale + block,
                                                   float_zero_.as<Float>() + block, step, out + first);
                                  } else if (integer_zero_.count() != 0) {
                                      apply_integers(from, length, scale + block,
                                                     integer_zero_.as<std::int64_t>() + block, step, out + first);
                                  } else {
                                      for_this_cpu(ScaleCodes{}, from, length, scale + block, step, out + first);
                                  }
                              });
    }

    template <typename Code>
    void apply_integers(const Code* codes, std::uint64_t count, const Float* scale, const std::int64_t* zero,
                        std::uint64_t step, Float* out) const {
        if constexpr (std::is_integral_v<Code>) {
            if (is_narrow_) {
                for_this_cpu(ScaleExactDifferences<std::int32_t>{}, codes, count, scale, zero, step, out);
            } else {
                for_this_cpu(ScaleExactDifferences<std::int64_t>{}, codes, count, scale, zero, step, out);
            }
        }
    }

    BlockLayout layout_;
    Array scale_;
    Array float_zero_;
    Array integer_zero_;
    bool is_narrow_ = false;
};

/// Codes of a buffer are scaled chunk by chunk, others at once.
template <typename Float>
void scale_all(const v1::Affine& affine, const Shape& shape, const TensorSource& source, Array& out) {
    Float* values = out.room_as<Float>();
    const ElementType code_type = result_type(affine.codes(), source);
    const Scaling<Float> scaling(affine, shape, source, code_type);
    const auto bytes = static_cast<std::size_t>(storage_bytes(code_type));
    const TakeElements scale = [&](const std::uint8_t* codes, std::uint64_t start, std::uint64_t count) {
        parallel_for(divided_up(count, thread_piece), source.threads(), [&](std::size_t piece) {
            const std::uint64_t first = piece * thread_piece;
            const std::uint64_t length = std::min(thread_piece, count - first);
            scaling.apply(Array::viewing(code_type, length, codes + first * bytes), start + first, length,
                          values + start + first);
        });
    };
    if (affine.codes().has_plain()) {
        for_each_chunk(affine.codes().plain().buffer(), source, scale);
    } else {
        const Array codes = decode_encoding(affine.codes(), shape, source);
        scale(codes.data(), 0, codes.count());
    }
}

}  // namespace

ElementType check_affine(const v1::Affine& affine, const Shape& shape, const EncodingRules& rules, int depth) {
    if (affine.block_shape_size() != 0 && static_cast<std::size_t>(affine.block_shape_size()) != shape.size()) {
        corrupt("blocks of an affine array have another number of axes than the array");
    }
    for (int axis = 0; axis < affine.block_shape_size(); ++axis) {
        const std::uint64_t most = std::max<std::uint64_t>(shape[static_cast<std::size_t>(axis)], 1);
        if (affine.block_shape(axis) < 1 || affine.block_shape(axis) > most) {
            corrupt("a block of an affine array is longer than the array, or of length 0");
        }
    }
    const Shape scales = scale_shape_of(affine, shape);
    check_operand(check_child(affine.has_codes(), affine.codes(), shape, rules, depth, "codes of an affine array"),
                  "codes");
    const ElementType scale =
        check_child(affine.has_scale(), affine.scale(), scales, rules, depth, "scale of an affine array");
    if (!is_float(scale)) corrupt("the scale of an affine array is " + name_of(scale));
    if (affine.has_zero_point()) {
        check_operand(check_encoding(affine.zero_point(), scales, rules, depth + 1), "zero point");
    }
    const ElementType type = wider(scale, v1::ELEMENT_TYPE_F32);
    check_array_size(checked_count(shape), type, rules.buffers.limits);
    return type;
}

Array decode_affine(const v1::Affine& affine, const Shape& shape, const TensorSource& source, std::uint8_t* place) {
    const ElementType type = wider(result_type(affine.scale(), source), v1::ELEMENT_TYPE_F32);
    Array out = Array::with_room(type, element_count(shape), place);
    if (type == v1::ELEMENT_TYPE_F64) {
        scale_all<double>(affine, shape, source, out);
    } else {
        scale_all<float>(affine, shape, source, out);
    }
    return out;
}

}  // namespace qmodel
