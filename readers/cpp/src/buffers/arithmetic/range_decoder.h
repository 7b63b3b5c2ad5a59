#ifndef QMODEL_SRC_BUFFERS_ARITHMETIC_RANGE_DECODER_H
#define QMODEL_SRC_BUFFERS_ARITHMETIC_RANGE_DECODER_H

#include "fail.h"
#include "view.h"

namespace qmodel::arithmetic {

/// Bits of known odds from the bytes of a payload (spec/buffers/arithmetic.md, "The range coder").
class RangeDecoder {
public:
    /// Throws corrupt for a number that is not below the first range.
    explicit RangeDecoder(ByteView payload) : payload_(payload) {
        for (int byte = 0; byte < 4; ++byte) offset_ = offset_ << 8 | next_byte();
        if (offset_ >= range_) corrupt("an arithmetic payload begins outside the range");
    }

    /// A bit that is 1 with probability p / 65,536, p from 1 to 65,535. Throws corrupt far behind the end.
    std::uint32_t bit(std::uint32_t p) {
        const std::uint32_t split = (range_ >> 16) * p;
        const bool is_one = offset_ < split;
        offset_ = is_one ? offset_ : offset_ - split;
        range_ = is_one ? split : range_ - split;
        while (range_ < 1U << 24) {
            range_ <<= 8;
            offset_ = offset_ << 8 | next_byte();
        }
        return is_one ? 1 : 0;
    }

    /// `count` plain bits, at most 32, the highest first.
    std::uint64_t plain(int count) {
        std::uint64_t number = 0;
        for (int i = 0; i < count; ++i) number = 2 * number + bit(32768);
        return number;
    }

    /// Throws corrupt unless the payload is the one that an encoder ends with here ("End").
    void check_end() const {
        const std::uint64_t size = payload_.size;
        if (size == 0 || size + 4 < taken_ || size > taken_) corrupt("an arithmetic payload is too long or too short");
        const std::uint64_t t = size - (taken_ - 4);
        const std::uint64_t last = payload_.data[size - 1];
        if (t == 0 || (t == 1 && size == 1 && last == 0)) return;
        const std::uint64_t w = std::uint64_t{1} << 8 * (4 - t);
        if (last == 0 || offset_ >= w || offset_ + (256 - last) * w < range_) {
            corrupt("an arithmetic payload does not end as its elements do");
        }
    }

private:
    std::uint32_t next_byte() {
        if (taken_ >= payload_.size + 4) corrupt("an arithmetic payload ends before its elements");
        const std::uint32_t byte = taken_ < payload_.size ? payload_.data[taken_] : 0;
        ++taken_;
        return byte;
    }

    ByteView payload_;
    std::uint64_t taken_ = 0;
    std::uint32_t range_ = 0xFFFFFFFF;
    std::uint32_t offset_ = 0;
};

}  // namespace qmodel::arithmetic

#endif
