#include "array.h"

namespace qmodel {

Array Array::with_room(ElementType type, std::uint64_t count, std::uint8_t* place) {
    Array array;
    array.type_ = type;
    array.count_ = count;
    if (place == nullptr) {
        array.own_ = Bytes(array.byte_count());
        place = array.own_.data();
    }
    array.data_ = array.room_ = place;
    return array;
}

Array Array::viewing(ElementType type, std::uint64_t count, const std::uint8_t* data) {
    Array array;
    array.type_ = type;
    array.count_ = count;
    array.data_ = data;
    return array;
}

std::size_t Array::byte_count() const noexcept {
    return count_ * static_cast<std::size_t>(storage_bytes(type_));
}

}  // namespace qmodel
