#ifndef QMODEL_SRC_VIEW_H
#define QMODEL_SRC_VIEW_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace qmodel {

/// Bytes that belong to someone else.
struct ByteView {
    const std::uint8_t* data = nullptr;
    std::size_t size = 0;

    /// `count` bytes from `offset` on, which are there.
    ByteView part(std::size_t offset, std::size_t count) const noexcept { return {data + offset, count}; }
};

inline ByteView view_of(const std::string& bytes) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

/// A number at any address, little-endian as this machine.
template <typename T>
T load(const void* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

template <typename T>
void store(void* to, T value) noexcept {
    std::memcpy(to, &value, sizeof value);
}

}  // namespace qmodel

#endif
