#include "runtime/strided_copy.h"

#include "runtime/broadcasting.h"

namespace qmodel::runtime {

namespace {

template <typename Element>
void copy(const Array& source, std::int64_t first, const Lengths& strides, Array& target) {
    const Element* from = source.as<Element>() + first;
    Element* to = target.mutable_as<Element>();
    const std::int64_t run = strides.empty() ? 1 : target.lengths().back();
    const std::int64_t step = strides.empty() ? 0 : strides.back();
    for_each_run(target.lengths(), strides, strides, [&](std::int64_t offset, std::int64_t, std::int64_t position) {
        for (std::int64_t i = 0; i < run; ++i) to[position + i] = from[offset + i * step];
    });
}

}  // namespace

void copy_strided(const Array& source, std::int64_t first, const Lengths& strides, Array& target) {
    if (target.count() == 0) return;
    switch (target.element_bytes()) {
        case 1: return copy<std::uint8_t>(source, first, strides, target);
        case 2: return copy<std::uint16_t>(source, first, strides, target);
        case 4: return copy<std::uint32_t>(source, first, strides, target);
        default: return copy<std::uint64_t>(source, first, strides, target);
    }
}

}  // namespace qmodel::runtime
