#include "encodings/nodes.h"
#include "fail.h"
#include "sizes.h"
#include "types/convert.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

constexpr int least_terms = 2;
constexpr int most_terms = 16;

template <typename Float>
void add(const Array& term, Array& sum) {
    const Float* from = term.as<Float>();
    Float* to = sum.room_as<Float>();
    for (std::uint64_t i = 0; i < sum.count(); ++i) to[i] = to[i] + from[i];
}

/// The sum so far, in `type` and in memory that can be written: `place`, where it is wanted there.
Array writable(Array sum, ElementType type, std::uint8_t* place) {
    sum = as_operands(std::move(sum), type);
    if (sum.room() != nullptr && (place == nullptr || sum.room() == place)) return sum;
    Array copy = Array::with_room(type, sum.count(), place);
    if (sum.count() != 0) std::memcpy(copy.room(), sum.data(), sum.byte_count());
    return copy;
}

}  // namespace

ElementType check_sum(const v1::Sum& sum, const Shape& shape, const EncodingRules& rules, int depth) {
    if (sum.terms_size() < least_terms || sum.terms_size() > most_terms) corrupt("a sum has not 2 to 16 terms");
    ElementType type = v1::ELEMENT_TYPE_F32;
    for (const v1::Encoding& term : sum.terms()) {
        const ElementType found = check_encoding(term, shape, rules, depth + 1);
        check_operand(found, "a term");
        type = wider(type, found);
    }
    check_array_size(checked_count(shape), type, rules.buffers.limits);
    return type;
}

Array decode_terms(const v1::Sum& sum, const Shape& shape, const TensorSource& source, int terms, std::uint8_t* place) {
    // The sum moves to a wider type with the term that has it: before that it cannot be where the result will be.
    ElementType last = v1::ELEMENT_TYPE_F32;
    for (int term = 0; term < terms; ++term) last = wider(last, result_type(sum.terms(term), source));
    ElementType type = wider(result_type(sum.terms(0), source), v1::ELEMENT_TYPE_F32);
    Array total = decode_encoding(sum.terms(0), shape, source);
    total = writable(std::move(total), type, type == last ? place : nullptr);
    for (int term = 1; term < terms; ++term) {
        Array next = decode_encoding(sum.terms(term), shape, source);
        type = wider(type, next.type());
        total = writable(std::move(total), type, type == last ? place : nullptr);
        next = as_operands(std::move(next), type);
        if (type == v1::ELEMENT_TYPE_F64) {
            add<double>(next, total);
        } else {
            add<float>(next, total);
        }
    }
    return total;
}

}  // namespace qmodel
