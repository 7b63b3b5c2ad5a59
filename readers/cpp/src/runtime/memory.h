#ifndef QMODEL_RUNTIME_MEMORY_H
#define QMODEL_RUNTIME_MEMORY_H

#include <cstdint>

namespace qmodel::runtime {

/// How many bytes the arrays of one run may take; belongs to one thread.
class Memory {
public:
    explicit Memory(std::uint64_t limit) noexcept : limit_(limit) {}
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    std::uint64_t limit() const noexcept { return limit_; }

    /// Throws limit when the run would then have more than it may.
    void take(std::uint64_t bytes);
    void give_back(std::uint64_t bytes) noexcept { used_ -= bytes; }

private:
    std::uint64_t limit_;
    std::uint64_t used_ = 0;
};

}  // namespace qmodel::runtime

#endif
