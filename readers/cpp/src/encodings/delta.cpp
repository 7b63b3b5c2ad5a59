#include "encodings/nodes.h"
#include "fail.h"
#include "manifest/names.h"
#include "sizes.h"
#include "types/convert.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

constexpr std::size_t digest_bytes = 32;

template <typename Bits>
void exclusive_or(const Array& base, const Array& residual, Array& out) {
    const Bits* one = base.as<Bits>();
    const Bits* other = residual.as<Bits>();
    Bits* to = out.room_as<Bits>();
    // Storage of a signed integer has its sign in all upper bits, and keeps it so.
    const auto width = static_cast<unsigned>(bits_of(base.type()));
    const std::uint64_t sign = is_signed_integer(base.type()) ? std::uint64_t{1} << (width - 1) : 0;
    const std::uint64_t mask = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
    for (std::uint64_t i = 0; i < out.count(); ++i) {
        const std::uint64_t bits = (std::uint64_t{one[i]} ^ std::uint64_t{other[i]}) & mask;
        to[i] = static_cast<Bits>((bits ^ sign) - sign);
    }
}

Array xor_of(const Array& base, const Array& residual, std::uint8_t* place) {
    Array out = Array::with_room(base.type(), base.count(), place);
    switch (storage_bytes(base.type())) {
        case 1: exclusive_or<std::uint8_t>(base, residual, out); break;
        case 2: exclusive_or<std::uint16_t>(base, residual, out); break;
        case 4: exclusive_or<std::uint32_t>(base, residual, out); break;
        default: exclusive_or<std::uint64_t>(base, residual, out); break;
    }
    return out;
}

template <typename Float>
void add(const Array& base, const Array& residual, Array& out) {
    const Float* one = base.as<Float>();
    const Float* other = residual.as<Float>();
    for (std::uint64_t i = 0; i < out.count(); ++i) out.room_as<Float>()[i] = one[i] + other[i];
}

Array sum_of(Array base, Array residual, std::uint8_t* place) {
    const ElementType type = wider(base.type(), residual.type());
    base = as_operands(std::move(base), type);
    residual = as_operands(std::move(residual), type);
    Array out = Array::with_room(type, base.count(), place);
    if (type == v1::ELEMENT_TYPE_F64) {
        add<double>(base, residual, out);
    } else {
        add<float>(base, residual, out);
    }
    return out;
}

bool is_unsigned_of_width(ElementType type, int bits) noexcept {
    return is_unsigned_integer(type) && bits_of(type) == bits;
}

}  // namespace

ElementType check_delta(const v1::Delta& delta, const Shape& shape, const EncodingRules& rules, int depth) {
    if (delta.base_digest().size() != digest_bytes) corrupt("the digest of a delta's base has not 32 bytes");
    check_text("name of a delta's base", delta.base_name());
    check_element_type(delta.base_type());
    const ElementType base = delta.base_type();
    const std::uint64_t count = checked_count(shape);
    check_array_size(count, base, rules.buffers.limits);
    const ElementType residual =
        check_child(delta.has_residual(), delta.residual(), shape, rules, depth, "the residual of a delta");
    if (delta.operation() == v1::DELTA_OPERATION_XOR) {
        if (!is_unsigned_of_width(residual, bits_of(base)))
            corrupt("exclusive or with a residual of " + name_of(residual));
        return base;
    }
    if (delta.operation() != v1::DELTA_OPERATION_ADD) corrupt("a delta of an operation that does not exist");
    if (!is_float(base) || !is_float(residual)) corrupt("a delta that adds what is not floats");
    check_array_size(count, wider(base, residual), rules.buffers.limits);
    return wider(base, residual);
}

Array decode_delta(const v1::Delta& delta, const Shape& shape, const TensorSource& source, std::uint8_t* place) {
    Array base = source.base(delta, shape);
    Array residual = decode_encoding(delta.residual(), shape, source);
    if (delta.operation() == v1::DELTA_OPERATION_XOR) return xor_of(base, residual, place);
    return sum_of(std::move(base), std::move(residual), place);
}

}  // namespace qmodel
