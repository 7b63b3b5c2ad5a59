#ifndef QMODEL_SRC_BUFFERS_RANS_EXCEPTIONS_H
#define QMODEL_SRC_BUFFERS_RANS_EXCEPTIONS_H

#include "buffers/rans/payload.h"
#include "buffers/rans/tables.h"
#include "qmodel/element_type.h"

namespace qmodel {

/// What indices stand for, escapes among them, as storage or as the scaled values of a trellis.
///
/// Lanes are decoded to elements in which markers stand for escapes: values that no index has, or NaNs where scaled
/// values are wanted.
class Exceptions {
public:
    /// `step`: of a trellis whose values are wanted; null for storage.
    Exceptions(const RansTables& tables, ElementType type, const float* step) noexcept;

    /// Bytes of an exception in a payload; 0 where the stream has no escapes.
    std::size_t bytes() const noexcept;

    /// Bytes of an element.
    std::size_t element_bytes() const noexcept { return is_scaled_ ? 4 : storage_; }

    /// What lanes are decoded to for an index.
    std::uint32_t value_bits(std::uint32_t index, std::uint32_t q) const noexcept;

    /// Puts exceptions where the markers are; `used` exceptions were before, returns how many now. Throws corrupt.
    std::uint64_t place(std::uint8_t* decoded, std::uint64_t count, const RansPayload& payload,
                        std::uint64_t used) const;

private:
    bool has_escapes() const noexcept { return tables_.escapes != 0; }
    float scaled(std::int64_t code, std::uint32_t q) const noexcept;

    /// The next exception, checked against the lowest bits that its escape tells.
    std::int64_t next(const RansPayload& payload, std::uint64_t used, std::uint32_t kept) const;

    template <typename T>
    std::uint64_t place_in(T* decoded, std::uint64_t count, const RansPayload& payload, std::uint64_t used) const;

    const RansTables& tables_;
    ElementType type_;
    std::size_t storage_;
    bool is_scaled_;
    float step_;
    std::uint32_t first_marker_;  ///< The bits of the first of all markers, which stand behind each other.
    std::uint32_t last_marker_;   ///< As a distance from the first.
};

}  // namespace qmodel

#endif
