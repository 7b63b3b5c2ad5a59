#include "buffers/split.h"

#include <algorithm>
#include <vector>

#include "fail.h"
#include "parallel.h"
#include "scratch.h"
#include "sizes.h"

namespace qmodel {

namespace {

constexpr int most_planes = 8;
constexpr int most_shift_bits = 16;

bool can_be_split(ElementType type) noexcept {
    return is_float(type) &&
           (bits_of(type) >= 16 || type == v1::ELEMENT_TYPE_F8E4M3 || type == v1::ELEMENT_TYPE_F8E5M2);
}

std::vector<const v1::Buffer*> parts_of(const v1::Split& split) {
    std::vector<const v1::Buffer*> parts = {&split.leading()};
    for (const v1::Buffer& plane : split.remainder()) parts.push_back(&plane);
    return parts;
}

void check_shift(const v1::Buffer& shift, std::uint64_t count, const BufferRules& rules, int depth) {
    check_buffer(shift, count, rules, depth);
    if (!is_signed_integer(shift.element_type()) || bits_of(shift.element_type()) > most_shift_bits) {
        corrupt("shifts of split floats are not signed integers of at most 16 bits");
    }
}

void check_shifts(const v1::Split& split, std::uint64_t count, const BufferRules& rules, int depth) {
    const bool has_shifts = split.has_row_shift() || split.has_column_shift();
    if ((split.columns() != 0) != has_shifts || split.columns() > count) {
        corrupt("split floats have rows without shifts, shifts without rows, or rows longer than all");
    }
    if (split.has_row_shift()) check_shift(split.row_shift(), divided_up(count, split.columns()), rules, depth);
    if (split.has_column_shift()) check_shift(split.column_shift(), split.columns(), rules, depth);
}

/// Gives the elements of one part that belong to a piece of the whole.
class PartReader {
public:
    /// `length` is that of all pieces but the last.
    PartReader(const v1::Buffer& part, std::uint64_t length, const ChunkSource& source)
        : run_(part, source), bytes_(static_cast<std::size_t>(storage_bytes(part.element_type()))) {
        if (!part.has_split() && (run_.size() > 1 || length == part.count())) {
            decoder_ = make_decoder(part);
        } else {
            whole_ = load_buffer(part, source);
        }
    }

    std::size_t element_bytes() const noexcept { return bytes_; }

    /// The elements of piece `number`, in `scratch` or where they are already.
    const std::uint8_t* read(std::size_t number, std::uint64_t start, std::uint64_t count,
                             std::uint8_t* scratch) const {
        if (!decoder_) return whole_.data() + start * bytes_;
        decoder_->decode(run_.payload(number), start, count, scratch);
        return scratch;
    }

private:
    PayloadRun run_;
    std::size_t bytes_;
    std::unique_ptr<PayloadDecoder> decoder_;
    Array whole_;
};

/// out[i] = out[i] + (elements[i] << place): planes into what is the remainder.
template <typename From, typename To>
void add_plane(const From* elements, std::uint64_t count, int place, To* out) {
    for (std::uint64_t i = 0; i < count; ++i) out[i] = static_cast<To>(out[i] | static_cast<To>(elements[i]) << place);
}

template <typename To>
void add_plane_of(const std::uint8_t* elements, std::size_t bytes, std::uint64_t count, int place, To* out) {
    switch (bytes) {
        case 1: return add_plane(elements, count, place, out);
        case 2: return add_plane(reinterpret_cast<const std::uint16_t*>(elements), count, place, out);
        case 4: return add_plane(reinterpret_cast<const std::uint32_t*>(elements), count, place, out);
        default: return add_plane(reinterpret_cast<const std::uint64_t*>(elements), count, place, out);
    }
}

/// Puts the floats of a checked buffer together, whose bits are of type T.
template <typename T>
class Assembly {
public:
    Assembly(const v1::Buffer& buffer, const ChunkSource& source)
        : split_(buffer.split()), source_(source), count_(buffer.count()), length_(buffer.count()) {
        for (const v1::Buffer* part : parts_of(split_)) {
            if (part->chunks().elements_per_chunk() != 0) length_ = part->chunks().elements_per_chunk();
        }
        for (const v1::Buffer* part : parts_of(split_)) {
            readers_.emplace_back(*part, length_, source);
            widths_.push_back(bits_of(part->element_type()));
        }
        if (split_.has_row_shift()) row_shift_ = load_buffer(split_.row_shift(), source);
        if (split_.has_column_shift()) column_shift_ = load_buffer(split_.column_shift(), source);
    }

    void run(T* out) const {
        parallel_for(divided_up(count_, length_), source_.threads(), [&](std::size_t number) {
            const std::uint64_t start = number * length_;
            put_together(number, start, std::min(length_, count_ - start), out + start);
        });
    }

private:
    /// spec/buffers/split.md, "Backwards": below the sign of the remainder stand the leading bits.
    void put_together(std::size_t number, std::uint64_t start, std::uint64_t count, T* out) const {
        Scratch scratch(count * sizeof(std::uint64_t));
        std::fill_n(out, count, T{0});
        int place = 0;
        for (std::size_t plane = 1; plane < readers_.size(); ++plane) {
            const std::uint8_t* elements = readers_[plane].read(number, start, count, scratch.data());
            add_plane_of(elements, readers_[plane].element_bytes(), count, place, out);
            place += widths_[plane];
        }
        Scratch leading_room(count * sizeof(T));
        T* leading = leading_room.as<T>();
        std::fill_n(leading, count, T{0});
        add_plane_of(readers_[0].read(number, start, count, scratch.data()), readers_[0].element_bytes(), count, 0,
                     leading);
        if (split_.columns() != 0) add_shifts(start, count, leading);
        const int low_bits = place - 1;
        const T low_mask = static_cast<T>((T{1} << low_bits) - 1);
        const T leading_mask = static_cast<T>((std::uint64_t{1} << widths_[0]) - 1);
        const int sign_shift = widths_[0];
        for (std::uint64_t i = 0; i < count; ++i) {
            const T sign = static_cast<T>(static_cast<T>(out[i] & ~low_mask) << sign_shift);
            const T middle = static_cast<T>(static_cast<T>(leading[i] & leading_mask) << low_bits);
            out[i] = static_cast<T>(sign | middle | (out[i] & low_mask));
        }
    }

    void add_shifts(std::uint64_t start, std::uint64_t count, T* leading) const {
        std::uint64_t row = start / split_.columns();
        std::uint64_t column = start % split_.columns();
        for (std::uint64_t i = 0; i < count; ++i) {
            leading[i] = static_cast<T>(leading[i] + shift_at(row_shift_, row) + shift_at(column_shift_, column));
            if (++column == split_.columns()) {
                column = 0;
                ++row;
            }
        }
    }

    /// A shift modulo 2^bits; 0 where there are none.
    static T shift_at(const Array& shifts, std::uint64_t place) noexcept {
        if (shifts.count() == 0) return 0;
        if (storage_bytes(shifts.type()) == 1) return static_cast<T>(shifts.as<std::int8_t>()[place]);
        return static_cast<T>(shifts.as<std::int16_t>()[place]);
    }

    const v1::Split& split_;
    const ChunkSource& source_;
    std::uint64_t count_;
    std::uint64_t length_;
    std::vector<PartReader> readers_;
    std::vector<int> widths_;
    Array row_shift_;
    Array column_shift_;
};

}  // namespace

void check_split(const v1::Buffer& buffer, const BufferRules& rules, int depth) {
    const v1::Split& split = buffer.split();
    if (!can_be_split(buffer.element_type())) corrupt(name_of(buffer.element_type()) + " cannot be split");
    if (!split.has_leading() || split.remainder_size() < 1 || split.remainder_size() > most_planes) {
        corrupt("split floats lack their leading bits, or do not have 1 to 8 planes");
    }
    int bits = 0;
    std::uint64_t length = 0;
    for (const v1::Buffer* part : parts_of(split)) {
        check_buffer(*part, buffer.count(), rules, depth + 1);
        if (!is_unsigned_integer(part->element_type())) corrupt("parts of split floats are not unsigned integers");
        bits += bits_of(part->element_type());
        const std::uint64_t per_chunk = part->chunks().elements_per_chunk();
        if (per_chunk == 0) continue;
        if (length != 0 && length != per_chunk) corrupt("parts of split floats have chunks of different lengths");
        length = per_chunk;
    }
    if (bits != bits_of(buffer.element_type())) corrupt("parts of split floats have too many bits, or too few");
    check_shifts(split, buffer.count(), rules, depth + 1);
}

Array load_split(const v1::Buffer& buffer, const ChunkSource& source, std::uint8_t* place) {
    Array array = Array::with_room(buffer.element_type(), buffer.count(), place);
    if (buffer.count() == 0) return array;
    switch (storage_bytes(buffer.element_type())) {
        case 1: Assembly<std::uint8_t>(buffer, source).run(array.room_as<std::uint8_t>()); break;
        case 2: Assembly<std::uint16_t>(buffer, source).run(array.room_as<std::uint16_t>()); break;
        case 4: Assembly<std::uint32_t>(buffer, source).run(array.room_as<std::uint32_t>()); break;
        default: Assembly<std::uint64_t>(buffer, source).run(array.room_as<std::uint64_t>()); break;
    }
    return array;
}

}  // namespace qmodel
