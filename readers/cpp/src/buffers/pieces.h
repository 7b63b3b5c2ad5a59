#ifndef QMODEL_SRC_BUFFERS_PIECES_H
#define QMODEL_SRC_BUFFERS_PIECES_H

#include <cstddef>
#include <cstdint>

namespace qmodel {

/// Gives elements piece by piece, in their order.
class PieceReader {
public:
    PieceReader() = default;
    PieceReader(const PieceReader&) = delete;
    PieceReader& operator=(const PieceReader&) = delete;
    virtual ~PieceReader() = default;

    /// The storage of the next `count` elements: in `room`, which has space for so many, or where they are already.
    /// Throws corrupt.
    virtual const std::uint8_t* next(std::uint64_t count, std::uint8_t* room) = 0;
};

/// Elements that are in storage already, and stay there.
class StoredPieces : public PieceReader {
public:
    StoredPieces(const std::uint8_t* elements, std::size_t element_bytes) noexcept
        : elements_(elements), bytes_(element_bytes) {}

    const std::uint8_t* next(std::uint64_t count, std::uint8_t*) override {
        const std::uint8_t* piece = elements_;
        elements_ += count * bytes_;
        return piece;
    }

private:
    const std::uint8_t* elements_;
    std::size_t bytes_;
};

}  // namespace qmodel

#endif
