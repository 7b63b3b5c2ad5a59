#include "buffers/convolutional_code.h"

namespace qmodel {

namespace {

struct ParityChecks {
    std::uint32_t states;
    std::uint32_t h0;
    std::uint32_t h1;
};

constexpr ParityChecks codes[] = {{4, 05, 02},          {8, 013, 04},        {16, 023, 010},    {32, 043, 024},
                                  {64, 0167, 026},      {128, 0247, 0102},   {256, 0523, 0212}, {512, 01243, 0432},
                                  {1024, 02621, 01012}, {2048, 04405, 03002}};

}  // namespace

bool has_trellis(std::uint32_t states) noexcept {
    for (const ParityChecks& code : codes) {
        if (code.states == states) return true;
    }
    return false;
}

std::vector<std::uint16_t> trellis_transitions(std::uint32_t states) {
    std::vector<std::uint16_t> next(2 * std::size_t{states});
    for (const ParityChecks& code : codes) {
        if (code.states != states) continue;
        for (std::uint32_t w = 0; w < states; ++w) {
            for (std::uint32_t parity = 0; parity < 2; ++parity) {
                const std::uint32_t q = w % 2;
                const std::uint32_t y = (parity + q) % 2;
                next[2 * w + parity] = static_cast<std::uint16_t>(w / 2 ^ q * (code.h0 / 2) ^ y * (code.h1 / 2));
            }
        }
    }
    return next;
}

}  // namespace qmodel
