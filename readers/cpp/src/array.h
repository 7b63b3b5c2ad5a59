#ifndef QMODEL_SRC_ARRAY_H
#define QMODEL_SRC_ARRAY_H

#include <cstddef>
#include <cstdint>

#include "qmodel/bytes.h"
#include "qmodel/element_type.h"

namespace qmodel {

/// Elements in storage (spec/types.md), which belong to the array, to the mapped file or to the caller.
class Array {
public:
    /// Room for `count` elements: at `place` where that is given, else of the array's own.
    static Array with_room(ElementType type, std::uint64_t count, std::uint8_t* place = nullptr);

    /// Elements that are there already and stay there.
    static Array viewing(ElementType type, std::uint64_t count, const std::uint8_t* data);

    ElementType type() const noexcept { return type_; }
    std::uint64_t count() const noexcept { return count_; }
    std::size_t byte_count() const noexcept;

    const std::uint8_t* data() const noexcept { return data_; }
    template <typename T>
    const T* as() const noexcept {
        return reinterpret_cast<const T*>(data_);
    }

    /// The elements for writing; null for a view.
    std::uint8_t* room() noexcept { return room_; }
    template <typename T>
    T* room_as() noexcept {
        return reinterpret_cast<T*>(room_);
    }

    /// The same elements under the name of a type that is stored alike.
    void retype(ElementType type) noexcept { type_ = type; }

private:
    ElementType type_ = v1::ELEMENT_TYPE_UNSPECIFIED;
    std::uint64_t count_ = 0;
    const std::uint8_t* data_ = nullptr;
    std::uint8_t* room_ = nullptr;
    Bytes own_;
};

}  // namespace qmodel

#endif
