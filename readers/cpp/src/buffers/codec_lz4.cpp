#ifdef QMODEL_WITH_LZ4

#include <lz4.h>

#include "buffers/codec_libraries.h"
#include "fail.h"

namespace qmodel {

namespace {

/// Looks at the offsets of a block before liblz4 does, some versions of which take 0 for one and copy memory that was
/// never written.
class BlockScan {
public:
    explicit BlockScan(ByteView block) noexcept : block_(block) {}

    bool has_offset_of_zero() noexcept {
        while (at_ < block_.size) {
            const unsigned token = block_.data[at_++];
            skip(length(token >> 4));
            if (at_ + 2 > block_.size) return false;
            if (load<std::uint16_t>(block_.data + at_) == 0) return true;
            at_ += 2;
            length(token & 15);
        }
        return false;
    }

private:
    std::size_t length(unsigned start) noexcept {
        std::size_t found = start;
        if (start != 15) return found;
        while (at_ < block_.size) {
            const unsigned byte = block_.data[at_++];
            found += byte;
            if (byte != 255) break;
        }
        return found;
    }

    void skip(std::size_t count) noexcept { at_ = count > block_.size - at_ ? block_.size : at_ + count; }

    ByteView block_;
    std::size_t at_ = 0;
};

}  // namespace

void decompress_lz4(ByteView payload, std::uint8_t* out, std::size_t size) {
    if (BlockScan(payload).has_offset_of_zero()) corrupt("an LZ4 block has a match at offset 0");
    // Neither exceeds 1 GiB: a chunk, and the packed bits of one.
    const int found = LZ4_decompress_safe(reinterpret_cast<const char*>(payload.data), reinterpret_cast<char*>(out),
                                          static_cast<int>(payload.size), static_cast<int>(size));
    if (found < 0 || static_cast<std::size_t>(found) != size)
        corrupt("a payload is not one LZ4 block of the expected size");
}

}  // namespace qmodel

#endif
