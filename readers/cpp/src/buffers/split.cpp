#include "buffers/split.h"

#include <algorithm>
#include <vector>

#include "buffers/packed.h"
#include "buffers/split_merge.h"
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

// Of whole lanes of a rans stream, mostly, and few enough that all parts of them stay in a core's second cache.
constexpr std::uint64_t piece_length = std::uint64_t{1} << 16;

/// A part whose payload is decoded as a whole before its pieces are given out.
class DecodedPieces : public PieceReader {
public:
    DecodedPieces(const PayloadDecoder& decoder, ByteView payload, std::uint64_t start, std::uint64_t count,
                  std::size_t element_bytes)
        : elements_(count * element_bytes), pieces_(elements_.data(), element_bytes) {
        decoder.decode(payload, start, count, elements_.data());
    }

    const std::uint8_t* next(std::uint64_t count, std::uint8_t* room) override { return pieces_.next(count, room); }

private:
    Scratch elements_;
    StoredPieces pieces_;
};

/// One of the buffers that floats are split into.
class Part {
public:
    /// `chunk_length` is that of all chunks but the last.
    Part(const v1::Buffer& part, std::uint64_t chunk_length, const ChunkSource& source)
        : part_(part), run_(part, source), bytes_(static_cast<std::size_t>(storage_bytes(part.element_type()))) {
        if (run_.size() > 1 || chunk_length == part.count()) {
            decoder_ = make_decoder(part);
        } else {
            whole_ = load_buffer(part, source);
        }
    }

    std::size_t element_bytes() const noexcept { return bytes_; }
    int bits() const noexcept { return bits_of(part_.element_type()); }

    /// The elements of chunk `number`, in pieces of piece_length.
    std::unique_ptr<PieceReader> chunk(std::size_t number, std::uint64_t start, std::uint64_t count) const {
        if (!decoder_) return std::make_unique<StoredPieces>(whole_.data() + start * bytes_, bytes_);
        const ByteView payload = run_.payload(number);
        if (is_storage(part_, payload)) return std::make_unique<StoredPieces>(payload.data, bytes_);
        auto pieces = decoder_->pieces(payload, start, count, piece_length);
        if (pieces) return pieces;
        return std::make_unique<DecodedPieces>(*decoder_, payload, start, count, bytes_);
    }

private:
    const v1::Buffer& part_;
    PayloadRun run_;
    std::size_t bytes_;
    std::unique_ptr<PayloadDecoder> decoder_;
    Array whole_;
};

/// Puts the floats of a checked buffer together, whose bits are of type T.
template <typename T>
class Assembly {
public:
    Assembly(const v1::Buffer& buffer, const ChunkSource& source)
        : source_(source), count_(buffer.count()), chunk_length_(buffer.count()) {
        const v1::Split& split = buffer.split();
        for (const v1::Buffer* part : parts_of(split)) {
            if (part->chunks().elements_per_chunk() != 0) chunk_length_ = part->chunks().elements_per_chunk();
        }
        for (const v1::Buffer* part : parts_of(split)) parts_.emplace_back(*part, chunk_length_, source);
        shifts_.columns = split.columns();
        if (split.has_row_shift()) shifts_.of_rows = load_buffer(split.row_shift(), source);
        if (split.has_column_shift()) shifts_.of_columns = load_buffer(split.column_shift(), source);
    }

    void run(T* out) const {
        parallel_for(divided_up(count_, chunk_length_), source_.threads(), [&](std::size_t number) {
            const std::uint64_t start = number * chunk_length_;
            put_together(number, start, std::min(chunk_length_, count_ - start), out + start);
        });
    }

private:
    void put_together(std::size_t number, std::uint64_t start, std::uint64_t count, T* out) const {
        std::vector<std::unique_ptr<PieceReader>> chunks;
        for (const Part& part : parts_) chunks.push_back(part.chunk(number, start, count));
        Scratch room(room_for_pieces(count));
        std::vector<SplitPart> pieces(parts_.size());
        for (std::uint64_t first = 0; first < count; first += piece_length) {
            const std::uint64_t length = std::min(piece_length, count - first);
            std::uint8_t* place = room.data();
            for (std::size_t i = 0; i < parts_.size(); ++i) {
                pieces[i] = {chunks[i]->next(length, place), parts_[i].element_bytes(), parts_[i].bits()};
                place += room_for_piece(parts_[i], count);
            }
            merge_split(pieces, shifts_, start + first, length, out + first);
        }
    }

    /// Bytes for a piece of a chunk of `count` elements; a multiple of the size of all elements.
    static std::size_t room_for_piece(const Part& part, std::uint64_t count) noexcept {
        constexpr std::size_t largest_element = sizeof(std::uint64_t);
        const auto elements = static_cast<std::size_t>(std::min(piece_length, count));
        return (elements + largest_element - 1) / largest_element * largest_element * part.element_bytes();
    }

    std::size_t room_for_pieces(std::uint64_t count) const noexcept {
        std::size_t bytes = 0;
        for (const Part& part : parts_) bytes += room_for_piece(part, count);
        return bytes;
    }

    const ChunkSource& source_;
    std::uint64_t count_;
    std::uint64_t chunk_length_;
    std::vector<Part> parts_;
    SplitShifts shifts_;
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
