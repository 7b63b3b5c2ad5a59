#include <algorithm>

#include "buffers/codecs.h"
#include "fail.h"

namespace qmodel {

namespace {

[[noreturn]] void damaged() {
    corrupt("a payload is not one LZO1X stream of the expected size");
}

/// Decodes one stream; each length is compared with what is left before anything is copied.
class LzoDecoder {
public:
    LzoDecoder(ByteView stream, std::uint8_t* out, std::size_t size) noexcept : in_(stream), out_(out), size_(size) {}

    void decode() {
        if (in_.size != 0 && in_.data[0] > 17) {
            const std::size_t count = in_.data[at_++] - 17U;
            literals(count);
            state_ = std::min<std::size_t>(count, 4);
        }
        while (instruction()) {
        }
        if (at_ != in_.size || filled_ != size_) damaged();
    }

private:
    /// Returns false behind the end marker.
    bool instruction() {
        const std::size_t t = byte();
        if (t >= 64) {
            const std::size_t length = t >= 128 ? (t >> 5 & 3) + 5 : (t >> 5 & 1) + 3;
            match(length, 8 * byte() + (t >> 2 & 7) + 1, t & 3);
        } else if (t >= 32) {
            const std::size_t length = long_length(t & 31, 31) + 2;
            const std::size_t word = two_bytes();
            match(length, word / 4 + 1, word % 4);
        } else if (t >= 16) {
            const std::size_t length = long_length(t & 7, 7) + 2;
            const std::size_t word = two_bytes();
            const std::size_t distance = 16384 + 16384 * (t >> 3 & 1) + word / 4;
            if (distance == 16384) {
                if (t != 0x11 || word != 0) damaged();
                return false;
            }
            match(length, distance, word % 4);
        } else if (state_ == 0) {
            literals(long_length(t, 15) + 3);
            state_ = 4;
        } else {
            const bool is_far = state_ == 4;
            match(is_far ? 3 : 2, 4 * byte() + (t >> 2) + (is_far ? 2049 : 1), t & 3);
        }
        return true;
    }

    /// L, or U(x) where it is 0 (spec/buffers/lzo.md, "Decoding").
    std::size_t long_length(std::size_t length, std::size_t x) {
        if (length != 0) return length;
        std::size_t value = byte();
        for (; value == 0; value = byte()) x += 255;
        return x + value;
    }

    std::size_t byte() {
        if (at_ == in_.size) damaged();
        return in_.data[at_++];
    }

    std::size_t two_bytes() {
        const std::size_t low = byte();
        return low | byte() << 8;
    }

    void literals(std::size_t count) {
        if (count > in_.size - at_ || count > size_ - filled_) damaged();
        if (count != 0) std::memcpy(out_ + filled_, in_.data + at_, count);
        at_ += count;
        filled_ += count;
    }

    void match(std::size_t length, std::size_t distance, std::size_t behind) {
        if (distance > filled_ || length > size_ - filled_) damaged();
        for (const std::size_t end = filled_ + length; filled_ < end; ++filled_) {
            out_[filled_] = out_[filled_ - distance];
        }
        literals(behind);
        state_ = behind;
    }

    ByteView in_;
    std::uint8_t* out_;
    std::size_t size_;
    std::size_t at_ = 0;
    std::size_t filled_ = 0;
    std::size_t state_ = 0;
};

}  // namespace

void decompress_lzo(ByteView payload, std::uint8_t* out, std::size_t size) {
    LzoDecoder(payload, out, size).decode();
}

}  // namespace qmodel
