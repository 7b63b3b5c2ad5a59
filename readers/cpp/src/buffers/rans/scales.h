#ifndef QMODEL_SRC_BUFFERS_RANS_SCALES_H
#define QMODEL_SRC_BUFFERS_RANS_SCALES_H

#include <string>
#include <vector>

namespace qmodel {

/// The scales of `count` rows or columns (spec/buffers/rans.md, "Scales"), none for no bytes. Throws corrupt when the
/// bytes are not so many scales.
std::vector<std::int8_t> read_scales(const std::string& bytes, std::uint64_t count);

}  // namespace qmodel

#endif
