#include "qmodel/bytes.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace qmodel {

namespace {

constexpr std::size_t cache_line = 64;
constexpr std::size_t huge_page = std::size_t{2} << 20;

}  // namespace

Bytes::Bytes(std::size_t size) : size_(size) {
    if (size == 0) return;
    const std::size_t alignment = size >= 2 * huge_page ? huge_page : cache_line;
    if (size > SIZE_MAX - alignment) throw std::bad_alloc();
    const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
    data_.reset(static_cast<std::uint8_t*>(std::aligned_alloc(alignment, rounded)));
    if (!data_) throw std::bad_alloc();
    // Large arrays are written once, from one end to the other: fewer page faults than weights.
    if (alignment == huge_page) madvise(data_.get(), rounded, MADV_HUGEPAGE);
}

void Bytes::Free::operator()(std::uint8_t* block) const noexcept {
    std::free(block);
}

}  // namespace qmodel
