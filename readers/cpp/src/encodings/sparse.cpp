#include <cstring>
#include <vector>

#include "encodings/nodes.h"
#include "fail.h"
#include "sizes.h"

namespace qmodel {

namespace {

constexpr std::uint32_t longest_group = 64;

/// Calls action with each element of an array of unsigned integers, in order.
template <typename Action>
void for_each_number(const Array& array, const Action& action) {
    const auto visit = [&](const auto* numbers) {
        for (std::uint64_t i = 0; i < array.count(); ++i) action(i, std::uint64_t{numbers[i]});
    };
    switch (storage_bytes(array.type())) {
        case 1: return visit(array.as<std::uint8_t>());
        case 2: return visit(array.as<std::uint16_t>());
        case 4: return visit(array.as<std::uint32_t>());
        default: return visit(array.as<std::uint64_t>());
    }
}

/// The pattern of a checked array, the rules on its elements checked.
class Pattern {
public:
    Pattern(const v1::Sparse& sparse, std::uint64_t size, const TensorSource& source) : sparse_(sparse), size_(size) {
        if (sparse.has_bitmap()) {
            elements_ = load_buffer(sparse.bitmap(), source);
            check_bitmap();
        } else if (sparse.has_gaps()) {
            elements_ = load_buffer(sparse.gaps(), source);
            check_gaps();
        } else {
            elements_ = load_buffer(sparse.positions(), source);
            check_positions();
        }
    }

    /// Calls action(k, i) for the k-th kept position i.
    template <typename Action>
    void for_each_kept(const Action& action) const {
        if (sparse_.has_bitmap()) {
            std::uint64_t kept = 0;
            for_each_number(elements_, [&](std::uint64_t i, std::uint64_t bit) {
                if (bit != 0) action(kept++, i);
            });
        } else if (sparse_.has_gaps()) {
            std::uint64_t next = 0;
            for_each_number(elements_, [&](std::uint64_t k, std::uint64_t gap) {
                action(k, next + gap);
                next += gap + 1;
            });
        } else {
            for_each_number(elements_, [&](std::uint64_t k, std::uint64_t place) {
                action(k, k / sparse_.n() * sparse_.m() + place);
            });
        }
    }

private:
    void check_bitmap() const {
        std::uint64_t kept = 0;
        for_each_number(elements_, [&](std::uint64_t, std::uint64_t bit) { kept += bit; });
        if (kept != sparse_.kept()) corrupt("a bitmap keeps another number of elements than there are values");
    }

    void check_gaps() const {
        std::uint64_t next = 0;
        for_each_number(elements_, [&](std::uint64_t, std::uint64_t gap) {
            if (gap >= size_ - next) corrupt("gaps lead out of the array");
            next += gap + 1;
        });
    }

    void check_positions() const {
        std::uint64_t before = 0;
        for_each_number(elements_, [&](std::uint64_t k, std::uint64_t place) {
            const bool is_first = k % sparse_.n() == 0;
            if (place >= sparse_.m() || (!is_first && place <= before))
                corrupt("places of a group do not ascend, or leave it");
            before = place;
        });
    }

    const v1::Sparse& sparse_;
    std::uint64_t size_;
    Array elements_;
};

template <typename T>
void scatter(const Pattern& pattern, const Array& values, Array& out) {
    const T* from = values.as<T>();
    T* to = out.room_as<T>();
    pattern.for_each_kept([&](std::uint64_t k, std::uint64_t i) { to[i] = from[k]; });
}

void check_pattern(const v1::Sparse& sparse, const Shape& shape, std::uint64_t size, const EncodingRules& rules) {
    const int patterns = (sparse.has_bitmap() ? 1 : 0) + (sparse.has_gaps() ? 1 : 0) + (sparse.has_positions() ? 1 : 0);
    if (patterns != 1) corrupt("a sparse array has not exactly one pattern");
    if (sparse.kept() > size) corrupt("a sparse array keeps more elements than it has");
    if (!sparse.has_positions() && (sparse.n() != 0 || sparse.m() != 0)) corrupt("n and m without positions");
    if (sparse.has_bitmap()) {
        check_buffer(sparse.bitmap(), size, rules.buffers);
        if (sparse.bitmap().element_type() != v1::ELEMENT_TYPE_BOOL) corrupt("a bitmap is not of bool");
        return;
    }
    const v1::Buffer& numbers = sparse.has_gaps() ? sparse.gaps() : sparse.positions();
    check_buffer(numbers, sparse.kept(), rules.buffers);
    if (!is_unsigned_integer(numbers.element_type())) corrupt("gaps or positions are not unsigned integers");
    if (sparse.has_gaps()) return;
    const bool has_groups = sparse.m() >= 2 && sparse.m() <= longest_group && sparse.n() >= 1 &&
                            sparse.n() <= sparse.m() && !shape.empty() && shape.back() % sparse.m() == 0;
    if (!has_groups || sparse.kept() != size / sparse.m() * sparse.n()) corrupt("n of m does not fit a sparse array");
}

}  // namespace

ElementType check_sparse(const v1::Sparse& sparse, const Shape& shape, const EncodingRules& rules, int depth) {
    const std::uint64_t size = checked_count(shape);
    check_pattern(sparse, shape, size, rules);
    const ElementType type =
        check_child(sparse.has_values(), sparse.values(), {sparse.kept()}, rules, depth, "values of a sparse array");
    if (type == v1::ELEMENT_TYPE_E8M0) corrupt("a sparse array of e8m0, which has no zero");
    check_array_size(size, type, rules.buffers.limits);
    return type;
}

Array decode_sparse(const v1::Sparse& sparse, const Shape& shape, const TensorSource& source, std::uint8_t* place) {
    const std::uint64_t size = element_count(shape);
    const Pattern pattern(sparse, size, source);
    const Array values = decode_encoding(sparse.values(), {sparse.kept()}, source);
    Array out = Array::with_room(values.type(), size, place);
    if (size == 0) return out;
    std::memset(out.room(), 0, out.byte_count());
    switch (storage_bytes(values.type())) {
        case 1: scatter<std::uint8_t>(pattern, values, out); break;
        case 2: scatter<std::uint16_t>(pattern, values, out); break;
        case 4: scatter<std::uint32_t>(pattern, values, out); break;
        default: scatter<std::uint64_t>(pattern, values, out); break;
    }
    return out;
}

}  // namespace qmodel
