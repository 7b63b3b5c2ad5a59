#include "runtime/memory.h"

#include <string>

#include "fail.h"

namespace qmodel::runtime {

void Memory::take(std::uint64_t bytes) {
    if (bytes > limit_ - used_) {
        beyond_limit("an array of " + std::to_string(bytes) + " bytes beside " + std::to_string(used_) +
                     " in use is more than the run's limit of " + std::to_string(limit_));
    }
    used_ += bytes;
}

}  // namespace qmodel::runtime
