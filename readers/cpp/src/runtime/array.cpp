#include "runtime/array.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "fail.h"

namespace qmodel::runtime {

namespace {

constexpr std::size_t kMostAxes = 64;
constexpr std::uint64_t kMostElements = std::uint64_t{1} << 40;
const std::uint8_t kNothing = 0;

/// Elements with their share of the run's memory.
struct Block {
    Block(std::size_t size, Memory& budget) : memory(budget), taken(size) {
        memory.take(taken);
        try {
            bytes = Bytes(std::max<std::size_t>(size, 1));
        } catch (...) {
            memory.give_back(taken);
            throw;
        }
    }
    ~Block() { memory.give_back(taken); }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

    Memory& memory;
    std::size_t taken;
    Bytes bytes;
};

/// The size of an array in bytes, each length of 0 counted as 1 for the check. Throws as Array's constructor.
std::size_t checked_size(ElementType element_type, const Lengths& lengths, std::uint64_t limit) {
    if (lengths.size() > kMostAxes) beyond_limit("an array of more than 64 axes");
    const auto element = static_cast<std::uint64_t>(storage_bytes(element_type));
    std::uint64_t largest = limit / element;
    for (const std::int64_t length : lengths) {
        if (length < 0) corrupt("an array of lengths " + text_of(lengths) + " cannot be");
        if (static_cast<std::uint64_t>(length) > largest) {
            beyond_limit("an array of lengths " + text_of(lengths) + " and type " + name_of(element_type) +
                         " is more than the run's limit of " + std::to_string(limit) + " bytes");
        }
        largest /= static_cast<std::uint64_t>(std::max<std::int64_t>(length, 1));
    }
    return static_cast<std::size_t>(static_cast<std::uint64_t>(count_of(lengths)) * element);
}

}  // namespace

std::int64_t count_of(const Lengths& lengths) noexcept {
    std::int64_t count = 1;
    if (std::find(lengths.begin(), lengths.end(), 0) != lengths.end()) return 0;
    for (const std::int64_t length : lengths) count *= length;
    return count;
}

Lengths row_major_strides(const Lengths& lengths) {
    Lengths strides(lengths.size());
    std::int64_t stride = 1;
    for (std::size_t axis = lengths.size(); axis-- > 0;) {
        strides[axis] = stride;
        stride *= std::max<std::int64_t>(lengths[axis], 1);
    }
    return strides;
}

std::string text_of(const Lengths& lengths) {
    std::string text = "(";
    for (const std::int64_t length : lengths) text += (text.size() > 1 ? ", " : "") + std::to_string(length);
    return text + ")";
}

Array::Array(ElementType element_type, Lengths lengths, Memory& memory)
    : element_type_(element_type), lengths_(std::move(lengths)) {
    const std::size_t size = checked_size(element_type_, lengths_, memory.limit());
    auto block = std::make_shared<Block>(size, memory);
    writable_ = block->bytes.data();
    bytes_ = writable_;
    owner_ = std::move(block);
}

Array::Array(std::shared_ptr<const Tensor> tensor)
    : element_type_(tensor->element_type), lengths_(tensor->shape.begin(), tensor->shape.end()) {
    checked_size(element_type_, lengths_, kMostElements * element_bytes());
    bytes_ = tensor->storage.empty() ? &kNothing : tensor->storage.data();
    owner_ = std::move(tensor);
}

const float* Array::floats() const {
    if (element_type_ != v1::ELEMENT_TYPE_F32) {
        unsupported("this reader computes it in f32, got " + name_of(element_type_));
    }
    return as<float>();
}

std::vector<std::int64_t> Array::integers() const {
    if (rank() > 1) corrupt("wanted a list of integers, got shape " + text_of(lengths_));
    if (element_type_ == v1::ELEMENT_TYPE_S64) return {as<std::int64_t>(), as<std::int64_t>() + count()};
    if (element_type_ == v1::ELEMENT_TYPE_S32) return {as<std::int32_t>(), as<std::int32_t>() + count()};
    corrupt("wanted integers of type s64 or s32, got " + name_of(element_type_));
}

Array Array::reshaped(Lengths lengths) const {
    checked_size(element_type_, lengths, kMostElements * element_bytes());
    if (count_of(lengths) != count()) {
        corrupt(text_of(lengths_) + " cannot become " + text_of(lengths));
    }
    Array other = *this;
    other.lengths_ = std::move(lengths);
    return other;
}

Tensor Array::to_tensor() const {
    Tensor tensor{element_type_, {lengths_.begin(), lengths_.end()}, Bytes(size())};
    if (size() > 0) std::memcpy(tensor.storage.data(), bytes_, size());
    return tensor;
}

}  // namespace qmodel::runtime
