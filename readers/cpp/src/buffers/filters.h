#ifndef QMODEL_SRC_BUFFERS_FILTERS_H
#define QMODEL_SRC_BUFFERS_FILTERS_H

#include "qmodel/element_type.h"
#include "qmodel/v1/buffer.pb.h"

namespace qmodel {

/// Whether a filter is for elements of a type; throws corrupt where it does not exist (spec/buffers/packed.md,
/// "Filters").
bool filter_suits(v1::Filter filter, ElementType type);

/// Undoes a filter: packed_bytes(count, bits) bytes to `count` elements of storage, count at least 1.
/// Throws corrupt when unused bits are not 0.
void unfilter(v1::Filter filter, const std::uint8_t* filtered, ElementType type, std::uint64_t count,
              std::uint8_t* out);

}  // namespace qmodel

#endif
