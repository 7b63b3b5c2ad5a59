#ifndef QMODEL_SRC_BUFFERS_RANS_CONTEXTS_H
#define QMODEL_SRC_BUFFERS_RANS_CONTEXTS_H

#include <cstdint>
#include <vector>

#include "buffers/rans/tables.h"
#include "qmodel/v1/buffer.pb.h"

namespace qmodel {

/// Checks a context model for a buffer of `count` elements (spec/buffers/rans.md, "Contexts"). Throws corrupt.
void check_contexts(const v1::ContextModel& context, std::uint64_t count);

/// How many cells a context model has; 1 without one.
std::uint32_t cells_of(const v1::Rans& rans) noexcept;

/// What the separable context says of each element: its class, or with neighbours the bucket that they are looked up
/// in.
class SeparableClasses {
public:
    /// `class_of_bucket` has an entry for each separable bucket.
    SeparableClasses(const v1::ContextModel& context, std::uint64_t count,
                     const std::vector<std::uint8_t>& class_of_bucket);

    /// Those of the elements of the buffer from `start` on.
    void fill(std::uint64_t start, std::size_t count, std::uint8_t* classes) const;

private:
    std::uint64_t columns_;
    std::vector<std::uint8_t> patterns_;        ///< One row for each scale that rows have.
    std::vector<std::uint8_t> pattern_of_row_;  ///< Empty: all rows are alike.
};

/// Which neighbours count, and how much.
struct NeighbourReach {
    static constexpr std::size_t most = 4;

    std::uint64_t distance[most] = {1, 1, 1, 1};
    std::uint32_t weight[most] = {0, 0, 0, 0};  ///< 0: does not count.

    /// Leaves out what reaches farther back than a lane is long, so that all others need no more than so much history.
    void limit(std::uint64_t lane_length) noexcept;

    /// The least power of two above all distances.
    std::size_t ring() const noexcept;
};

/// How the magnitudes of elements before it choose the class of an element.
struct Neighbours {
    NeighbourReach reach;
    std::uint32_t sums = 1;                  ///< Number of weighted sums there can be.
    std::vector<std::uint8_t> class_of_sum;  ///< For each separable bucket, for each sum.
    std::vector<std::uint8_t> magnitudes;    ///< For each quantizer, for each index.
};

/// The neighbour part of a checked context; `is_signed` is that of the element type.
Neighbours make_neighbours(const v1::NeighbourContext& context, const RansTables& tables, std::uint32_t quantizers,
                           bool is_signed);

}  // namespace qmodel

#endif
