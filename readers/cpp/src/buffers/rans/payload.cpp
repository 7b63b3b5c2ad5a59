#include "buffers/rans/payload.h"

#include "buffers/bits.h"
#include "buffers/rans/bit_reader.h"
#include "fail.h"
#include "sizes.h"

namespace qmodel {

RansPayload::RansPayload(ByteView payload, std::uint64_t lanes, std::size_t exception_bytes)
    : lanes_(lanes), exception_bytes_(exception_bytes) {
    std::size_t position = 0;
    ByteView rest = payload;
    if (exception_bytes != 0) {
        exception_count_ = read_varint(payload, position);
        // At most 2^35 exceptions of 4 bytes.
        const std::uint64_t size = exception_count_ * exception_bytes;
        if (size > payload.size - position) corrupt("a rans payload is too short for its exceptions");
        exceptions_ = payload.part(payload.size - size, size);
        rest = payload.part(0, payload.size - size);
    }
    read_lengths(rest, position);
}

void RansPayload::read_lengths(ByteView rest, std::size_t position) {
    constexpr int widest = 31;
    if (lanes_ > 1) {
        if (position >= rest.size) corrupt("a rans payload ends before the lengths of its lanes");
        width_ = rest.data[position++];
        if (width_ > widest) corrupt("lengths of lanes have more than 31 bits");
        shortest_ = read_varint(rest, position);
        const std::uint64_t size = packed_bytes(lanes_ - 1, width_);
        if (size > rest.size - position) corrupt("a rans payload ends before the lengths of its lanes");
        lengths_ = rest.part(position, size);
        if (width_ != 0) check_unused_bits(lengths_.data, width_, lanes_ - 1);
        position += size;
    }
    words_ = rest.part(position, rest.size - position);
    if (words_.size % 2 != 0) corrupt("a rans payload has half a word");
}

ByteView RansPayload::next_lane() {
    ByteView lane = words_;
    if (++lane_ < lanes_) {
        const std::uint64_t above = width_ != 0 ? unpacked_number(lengths_, width_, lane_ - 1) : 0;
        const std::uint64_t size = 2 * (shortest_ + above);
        if (size > words_.size) corrupt("a rans payload has fewer words than its lanes");
        lane = words_.part(0, size);
    }
    words_ = words_.part(lane.size, words_.size - lane.size);
    return lane;
}

std::uint64_t RansPayload::exception(std::uint64_t number) const noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, exceptions_.data + number * exception_bytes_, exception_bytes_);
    return value;
}

}  // namespace qmodel
