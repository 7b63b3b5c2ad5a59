#include "sizes.h"

#include <algorithm>

#include "fail.h"

namespace qmodel {

std::uint64_t element_count(const Shape& shape) noexcept {
    std::uint64_t count = 1;
    for (const std::uint64_t length : shape) count *= length;
    return count;
}

std::uint64_t checked_count(const Shape& shape) {
    if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return 0;
    std::uint64_t count = 1;
    for (const std::uint64_t length : shape) {
        if (length > most_elements / count) beyond_limit("an array of more than 2^60 - 1 elements");
        count *= length;
    }
    return count;
}

void check_array_size(std::uint64_t count, ElementType type, const Limits& limits) {
    const auto bytes = static_cast<std::uint64_t>(storage_bytes(type));
    if (count > limits.array_bytes / bytes) {
        beyond_limit("an array of " + std::to_string(count) + " elements of " + name_of(type) +
                     " exceeds the limit of " + std::to_string(limits.array_bytes) + " bytes");
    }
}

}  // namespace qmodel
