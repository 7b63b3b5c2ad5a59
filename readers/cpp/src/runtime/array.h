#ifndef QMODEL_RUNTIME_ARRAY_H
#define QMODEL_RUNTIME_ARRAY_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "qmodel/tensor.h"
#include "runtime/memory.h"

namespace qmodel::runtime {

/// Lengths of the axes of an array, outermost first.
using Lengths = std::vector<std::int64_t>;

/// The number of elements. The lengths are those of an array that exists.
std::int64_t count_of(const Lengths& lengths) noexcept;

/// Elements between neighbours along each axis of a row-major array.
Lengths row_major_strides(const Lengths& lengths);

/// As "(2, 3)".
std::string text_of(const Lengths& lengths);

/// A value of a running network: a row-major array, or nothing for an optional input left out. Copies share elements.
class Array {
public:
    Array() = default;

    /// A new array, its elements not initialized. Throws corrupt for a negative length, limit when it is too large for
    /// the run; a length of 0 counts as 1 there, so that loops over the axes of an empty array end.
    Array(ElementType element_type, Lengths lengths, Memory& memory);

    /// An array over the elements of a tensor, which it keeps alive and never changes. Throws limit for an empty tensor
    /// whose other lengths are so large that a loop over them would not end.
    explicit Array(std::shared_ptr<const Tensor> tensor);

    explicit operator bool() const noexcept { return bytes_ != nullptr; }

    ElementType element_type() const noexcept { return element_type_; }
    const Lengths& lengths() const noexcept { return lengths_; }
    std::int64_t rank() const noexcept { return static_cast<std::int64_t>(lengths_.size()); }
    std::int64_t count() const noexcept { return count_of(lengths_); }
    std::size_t element_bytes() const noexcept { return static_cast<std::size_t>(storage_bytes(element_type_)); }
    std::size_t size() const noexcept { return static_cast<std::size_t>(count()) * element_bytes(); }

    const std::uint8_t* bytes() const noexcept { return bytes_; }
    std::uint8_t* mutable_bytes() noexcept { return writable_; }

    /// The elements; T must be the type of their storage.
    template <typename T>
    const T* as() const noexcept {
        return reinterpret_cast<const T*>(bytes_);
    }
    template <typename T>
    T* mutable_as() noexcept {
        return reinterpret_cast<T*>(writable_);
    }

    /// The elements as float32. Throws unsupported when they are of another type.
    const float* floats() const;

    /// The elements of a list of integers, s64 or s32. Throws corrupt when they are of another type.
    std::vector<std::int64_t> integers() const;

    /// Whether nothing else shares the elements, so that they may be overwritten.
    bool is_own() const noexcept { return writable_ != nullptr && owner_.use_count() == 1; }

    /// The same elements in another shape. Throws corrupt when it has another number of elements, limit as above.
    Array reshaped(Lengths lengths) const;

    /// A copy that outlives the run.
    Tensor to_tensor() const;

private:
    ElementType element_type_ = v1::ELEMENT_TYPE_UNSPECIFIED;
    Lengths lengths_;
    std::shared_ptr<const void> owner_;
    const std::uint8_t* bytes_ = nullptr;
    std::uint8_t* writable_ = nullptr;
};

}  // namespace qmodel::runtime

#endif
