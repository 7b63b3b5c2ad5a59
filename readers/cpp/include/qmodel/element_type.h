#ifndef QMODEL_ELEMENT_TYPE_H
#define QMODEL_ELEMENT_TYPE_H

#include <string>

#include "qmodel/v1/types.pb.h"

namespace qmodel {

/// The element types of spec/types.md, numbered as in the schema: v1::ELEMENT_TYPE_F32, v1::ELEMENT_TYPE_S4, …
using ElementType = v1::ElementType;

/// Bits of one element in a file: 1 to 32, or 64.
int bits_of(ElementType type) noexcept;

/// Bytes of one element in storage (spec/types.md, "Storage"): 1, 2, 4 or 8.
int storage_bytes(ElementType type) noexcept;

bool is_float(ElementType type) noexcept;
bool is_unsigned_integer(ElementType type) noexcept;
bool is_signed_integer(ElementType type) noexcept;
bool is_integer(ElementType type) noexcept;

/// The type's name as in spec/types.md: "f32", "s4", "bool".
std::string name_of(ElementType type);

}  // namespace qmodel

#endif
