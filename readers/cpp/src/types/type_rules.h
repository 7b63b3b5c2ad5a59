#ifndef QMODEL_SRC_TYPES_TYPE_RULES_H
#define QMODEL_SRC_TYPES_TYPE_RULES_H

#include <cstdint>

#include "qmodel/element_type.h"

namespace qmodel {

/// Throws corrupt for a number that is no element type of the schema.
void check_element_type(int number);

/// Whether a file may store values of `from` for a tensor of `to` (spec/types.md, "Conversion").
bool is_convertible(ElementType from, ElementType to) noexcept;

/// Whether a type can be computed with (spec/encodings/README.md, "Operands").
bool is_operand(ElementType type) noexcept;

/// f64 where one of the two is, else f32.
ElementType wider(ElementType one, ElementType other) noexcept;

/// Types whose values the entropy codings take: integers of at most 32 bits, bool, floats that storage holds as bits.
bool is_codable(ElementType type) noexcept;

/// The least and the greatest value of a codable type, its bits taken as an unsigned integer where it is a float.
std::int64_t least_value(ElementType type) noexcept;
std::int64_t greatest_value(ElementType type) noexcept;

}  // namespace qmodel

#endif
