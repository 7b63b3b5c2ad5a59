#include <algorithm>
#include <cstring>

#include "encodings/nodes.h"
#include "fail.h"
#include "parallel.h"
#include "sizes.h"

namespace qmodel {

namespace {

constexpr std::uint32_t most_entries = 65536;
constexpr std::uint32_t longest_vector = 64;
constexpr int widest_index = 16;
constexpr std::uint64_t thread_piece = std::uint64_t{1} << 18;

Shape entries_shape(const v1::Codebook& codebook) {
    return {codebook.groups(), codebook.entry_count(), codebook.vector_length()};
}

/// Copies entries to where their indices stand.
class LookUp {
public:
    LookUp(const v1::Codebook& codebook, std::uint64_t vectors, const Array& entries)
        : entries_(entries),
          entry_count_(codebook.entry_count()),
          vectors_of_group_(std::max<std::uint64_t>(vectors / codebook.groups(), 1)),
          element_bytes_(static_cast<std::size_t>(storage_bytes(entries.type()))),
          vector_bytes_(codebook.vector_length() * element_bytes_) {}

    std::size_t vector_bytes() const noexcept { return vector_bytes_; }

    /// Vectors from `start` on; throws corrupt for an index that no entry has.
    template <typename Index>
    void copy(const Index* indices, std::uint64_t start, std::uint64_t count, std::uint8_t* out) const {
        std::uint32_t largest = 0;
        for (std::uint64_t i = 0; i < count; ++i) largest = std::max<std::uint32_t>(largest, indices[i]);
        if (largest >= entry_count_) {
            corrupt("codebook index " + std::to_string(largest) + " in a palette of " + std::to_string(entry_count_));
        }
        for (std::uint64_t done = 0; done < count;) {
            const std::uint64_t group = (start + done) / vectors_of_group_;
            const std::uint64_t end = std::min(count, (group + 1) * vectors_of_group_ - start);
            const std::uint8_t* palette = entries_.data() + group * entry_count_ * vector_bytes_;
            copy_from(palette, indices + done, end - done, out + done * vector_bytes_);
            done = end;
        }
    }

private:
    template <typename Index>
    void copy_from(const std::uint8_t* palette, const Index* indices, std::uint64_t count, std::uint8_t* out) const {
        switch (vector_bytes_) {
            case 1: return copy_sized<1>(palette, indices, count, out);
            case 2: return copy_sized<2>(palette, indices, count, out);
            case 4: return copy_sized<4>(palette, indices, count, out);
            case 8: return copy_sized<8>(palette, indices, count, out);
            case 16: return copy_sized<16>(palette, indices, count, out);
            default:
                for (std::uint64_t i = 0; i < count; ++i, out += vector_bytes_) {
                    std::memcpy(out, palette + indices[i] * vector_bytes_, vector_bytes_);
                }
        }
    }

    template <std::size_t bytes, typename Index>
    static void copy_sized(const std::uint8_t* palette, const Index* indices, std::uint64_t count, std::uint8_t* out) {
        for (std::uint64_t i = 0; i < count; ++i) std::memcpy(out + i * bytes, palette + indices[i] * bytes, bytes);
    }

    const Array& entries_;
    std::uint64_t entry_count_;
    std::uint64_t vectors_of_group_;
    std::size_t element_bytes_;
    std::size_t vector_bytes_;
};

}  // namespace

ElementType check_codebook(const v1::Codebook& codebook, const Shape& shape, const EncodingRules& rules, int depth) {
    const std::uint32_t length = codebook.vector_length();
    if (!codebook.has_indices()) corrupt("a codebook has no indices");
    const ElementType index_type = codebook.indices().element_type();
    if (!is_unsigned_integer(index_type) || bits_of(index_type) > widest_index) {
        corrupt("indices of a codebook are not unsigned integers of at most 16 bits");
    }
    if (codebook.entry_count() < 1 || codebook.entry_count() > most_entries)
        corrupt("palettes have not 1 to 65,536 entries");
    if (length < 1 || length > longest_vector) corrupt("vectors of a codebook have not 1 to 64 elements");
    if (length > 1 && (shape.empty() || shape.back() % length != 0)) corrupt("vectors of a codebook span rows");
    const std::uint64_t vectors = checked_count(shape) / length;
    if (codebook.groups() < 1 || vectors % codebook.groups() != 0)
        corrupt("vectors cannot be divided among the palettes");
    if (codebook.groups() > most_elements / (std::uint64_t{codebook.entry_count()} * length)) {
        corrupt("palettes of more than 2^60 - 1 elements");
    }
    check_buffer(codebook.indices(), vectors, rules.buffers);
    const ElementType type = check_child(codebook.has_entries(), codebook.entries(), entries_shape(codebook), rules,
                                         depth, "a codebook's entries");
    check_array_size(checked_count(shape), type, rules.buffers.limits);
    return type;
}

Array decode_codebook(const v1::Codebook& codebook, const Shape& shape, const TensorSource& source,
                      std::uint8_t* place) {
    const Array entries = decode_encoding(codebook.entries(), entries_shape(codebook), source);
    Array out = Array::with_room(entries.type(), element_count(shape), place);
    const LookUp look_up(codebook, codebook.indices().count(), entries);
    const bool is_narrow = storage_bytes(codebook.indices().element_type()) == 1;
    for_each_chunk(
        codebook.indices(), source, [&](const std::uint8_t* indices, std::uint64_t start, std::uint64_t count) {
            parallel_for(divided_up(count, thread_piece), source.threads(), [&](std::size_t piece) {
                const std::uint64_t first = piece * thread_piece;
                const std::uint64_t length = std::min(thread_piece, count - first);
                std::uint8_t* to = out.room() + (start + first) * look_up.vector_bytes();
                if (is_narrow) {
                    look_up.copy(indices + first, start + first, length, to);
                } else {
                    look_up.copy(reinterpret_cast<const std::uint16_t*>(indices) + first, start + first, length, to);
                }
            });
        });
    return out;
}

}  // namespace qmodel
