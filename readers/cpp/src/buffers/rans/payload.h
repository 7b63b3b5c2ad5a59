#ifndef QMODEL_SRC_BUFFERS_RANS_PAYLOAD_H
#define QMODEL_SRC_BUFFERS_RANS_PAYLOAD_H

#include <cstdint>

#include "view.h"

namespace qmodel {

/// The parts of a payload (spec/buffers/rans.md, "Payload").
class RansPayload {
public:
    /// Throws corrupt. `exception_bytes` is 0 where the stream has no escapes.
    RansPayload(ByteView payload, std::uint64_t lanes, std::size_t exception_bytes);

    /// The bytes of the words of the next lane; of the last lane all that are left. Throws corrupt.
    ByteView next_lane();

    std::uint64_t exception_count() const noexcept { return exception_count_; }

    /// An exception as the bytes have it: sign not extended.
    std::uint64_t exception(std::uint64_t number) const noexcept;

private:
    void read_lengths(ByteView rest, std::size_t position);

    std::uint64_t lanes_;
    std::uint64_t lane_ = 0;
    std::size_t exception_bytes_;
    std::uint64_t exception_count_ = 0;
    std::uint64_t shortest_ = 0;
    int width_ = 0;
    ByteView lengths_;
    ByteView words_;
    ByteView exceptions_;
};

}  // namespace qmodel

#endif
