#ifndef QMODEL_LIMITS_H
#define QMODEL_LIMITS_H

#include <cstdint>

namespace qmodel {

/// What a reader is willing to spend on one file (spec/limits.md, "Limits of a reader"); beyond is ErrorKind::limit.
struct Limits {
    std::uint64_t manifest_bytes = std::uint64_t{64} << 20;  ///< Content of the manifest; never more than 256 MiB.
    std::uint64_t tensors = 1'000'000;
    std::uint64_t chunks = 4'000'000;
    std::uint64_t array_bytes = std::uint64_t{16} << 30;     ///< Size of one array in storage, stored or computed.
    std::uint64_t multiplications = std::uint64_t{1} << 44;  ///< Of one matrix product (spec/encodings/low-rank.md).
};

}  // namespace qmodel

#endif
