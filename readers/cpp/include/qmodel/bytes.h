#ifndef QMODEL_BYTES_H
#define QMODEL_BYTES_H

#include <cstddef>
#include <cstdint>
#include <memory>

namespace qmodel {

/// A block of memory that starts at a multiple of 64, is not initialized, and moves but does not copy.
class Bytes {
public:
    Bytes() noexcept = default;
    explicit Bytes(std::size_t size);

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    std::uint8_t* data() noexcept { return data_.get(); }
    const std::uint8_t* data() const noexcept { return data_.get(); }

    /// The block as an array of T: size() / sizeof(T) elements.
    template <typename T>
    T* as() noexcept {
        return reinterpret_cast<T*>(data_.get());
    }
    template <typename T>
    const T* as() const noexcept {
        return reinterpret_cast<const T*>(data_.get());
    }

private:
    struct Free {
        void operator()(std::uint8_t* block) const noexcept;
    };
    std::unique_ptr<std::uint8_t, Free> data_;
    std::size_t size_ = 0;
};

}  // namespace qmodel

#endif
