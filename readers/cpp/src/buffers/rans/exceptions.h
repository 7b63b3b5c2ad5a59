#ifndef QMODEL_SRC_BUFFERS_RANS_EXCEPTIONS_H
#define QMODEL_SRC_BUFFERS_RANS_EXCEPTIONS_H

#include "buffers/rans/payload.h"
#include "buffers/rans/tables.h"
#include "qmodel/element_type.h"

namespace qmodel {

/// What indices stand for, escapes among them, as storage or as the scaled values of a trellis.
///
/// Lanes are decoded to elements that tell escapes from all others: to indices where a stream of storage has escapes,
/// and to values that are NaN where one of scaled values has them.
class Exceptions {
public:
    /// `step`: of a trellis whose values are wanted; null for storage.
    Exceptions(const RansTables& tables, ElementType type, const float* step) noexcept;

    /// Bytes of an exception in a payload; 0 where the stream has no escapes.
    std::size_t bytes() const noexcept;

    /// Bytes of an element that is handed out, and of one that lanes are decoded to.
    std::size_t element_bytes() const noexcept { return is_scaled_ ? 4 : storage_; }
    std::size_t decoded_bytes() const noexcept { return translates() ? 2 : element_bytes(); }

    /// Whether lanes are decoded to indices.
    bool translates() const noexcept { return has_escapes() && !is_scaled_; }

    /// What lanes are decoded to for an index.
    std::uint32_t value_bits(std::uint32_t index, std::uint32_t q) const noexcept;

    /// Makes storage of indices; `used` exceptions were before, returns how many now. Throws corrupt.
    std::uint64_t translate(const std::uint16_t* indices, std::uint64_t count, const RansPayload& payload,
                            std::uint64_t used, std::uint8_t* out) const;

    /// Puts scaled exceptions where the NaNs are; as above.
    std::uint64_t place(float* values, std::uint64_t count, const RansPayload& payload, std::uint64_t used) const;

private:
    bool has_escapes() const noexcept { return tables_.escapes != 0; }
    float scaled(std::int64_t code, std::uint32_t q) const noexcept;

    /// The next exception, checked against the lowest bits that its escape tells.
    std::int64_t next(const RansPayload& payload, std::uint64_t used, std::uint32_t kept) const;

    template <typename T>
    std::uint64_t translate_to(const std::uint16_t* indices, std::uint64_t count, const RansPayload& payload,
                               std::uint64_t used, T* out) const;

    const RansTables& tables_;
    ElementType type_;
    std::size_t storage_;
    bool is_scaled_;
    float step_;
};

}  // namespace qmodel

#endif
