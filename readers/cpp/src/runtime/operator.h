#ifndef QMODEL_RUNTIME_OPERATOR_H
#define QMODEL_RUNTIME_OPERATOR_H

#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "runtime/array.h"
#include "runtime/attributes.h"
#include "runtime/memory.h"

namespace qmodel::runtime {

/// One application of an operator.
struct Call {
    std::vector<Array> inputs;  ///< As many as the operator can have, those left out without a value.
    Attributes attributes;
    Array value;               ///< The tensor that an attribute names, if there is one.
    std::size_t output_count;  ///< How many outputs the node names.
    Memory& memory;

    const Array& input(std::size_t position) const { return inputs.at(position); }
    Array make(ElementType element_type, Lengths lengths) { return Array(element_type, std::move(lengths), memory); }
    Array make_floats(Lengths lengths) { return make(v1::ELEMENT_TYPE_F32, std::move(lengths)); }

    /// An array of floats in the shape of an input: the input itself where nobody else reads it.
    Array make_floats_like(std::size_t position) {
        Array& source = inputs.at(position);
        return source.is_own() ? source : make_floats(source.lengths());
    }
};

constexpr int kNewest = std::numeric_limits<int>::max();
constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

/// The meaning of an operator in a range of versions of the operator set. A function gets what keeps the rules here,
/// checks shapes and types itself, and throws Error when they do not fit.
struct Operator {
    const char* name;
    int since;
    int until;
    std::size_t required_inputs;
    std::size_t most_inputs;
    std::size_t most_outputs;
    std::vector<AttributeRule> attributes;
    std::vector<Array> (*function)(Call& call);
    /// Throws unsupported, before anything runs, for what the operator has and this reader lacks. May be left out.
    void (*check)(const Attributes& attributes, std::size_t output_count) = nullptr;
};

}  // namespace qmodel::runtime

#endif
