#ifndef QMODEL_SRC_BUFFERS_CONVOLUTIONAL_CODE_H
#define QMODEL_SRC_BUFFERS_CONVOLUTIONAL_CODE_H

#include <cstdint>
#include <vector>

namespace qmodel {

/// Whether there is a trellis of so many states: a power of two from 4 to 2048.
bool has_trellis(std::uint32_t states) noexcept;

/// The state behind each state w and parity of k: entry 2 * w + (k mod 2) (spec/encodings/trellis.md, "States").
/// The quantizer of a state is its lowest bit.
std::vector<std::uint16_t> trellis_transitions(std::uint32_t states);

}  // namespace qmodel

#endif
