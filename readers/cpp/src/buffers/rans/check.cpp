#include "buffers/convolutional_code.h"
#include "buffers/rans/contexts.h"
#include "buffers/rans/rans.h"
#include "fail.h"
#include "sizes.h"
#include "types/type_rules.h"

namespace qmodel {

void check_rans(const v1::Rans& rans, ElementType type, std::uint64_t count) {
    constexpr std::uint64_t shortest_run = 32;
    if (rans.run_length() < shortest_run || rans.run_length() > most_elements) {
        corrupt("runs of " + std::to_string(rans.run_length()) + " elements");
    }
    if (rans.total_bits() < 10 || rans.total_bits() > 16) {
        corrupt("frequencies that sum to 2^" + std::to_string(rans.total_bits()));
    }
    if (rans.trellis_states() != 0 && !has_trellis(rans.trellis_states())) {
        corrupt("a trellis of " + std::to_string(rans.trellis_states()) + " states");
    }
    if (!is_codable(type)) corrupt("rans is not for elements of " + name_of(type));
    if (rans.trellis_states() != 0 && !is_signed_integer(type)) corrupt("codes of a trellis are not signed");
    if (rans.tables().size() > 65536) corrupt("tables of more than 65,536 bytes");
    if (rans.has_context()) check_contexts(rans.context(), count);
}

}  // namespace qmodel
