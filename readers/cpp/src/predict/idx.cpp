#include "predict/idx.h"

#include "fail.h"

namespace qmodel::predict {

namespace {

constexpr std::size_t kFrame = 4;  // before the lengths
constexpr unsigned kUnsignedBytes = 8;

unsigned byte_at(const std::string& content, std::size_t place) {
    return static_cast<unsigned char>(content[place]);
}

bool is_known_type(unsigned type) {
    return type >= 8 && type <= 14 && type != 10;
}

std::vector<std::uint32_t> lengths_of(const std::string& content, std::size_t axes) {
    std::vector<std::uint32_t> lengths;
    for (std::size_t axis = 0; axis < axes; ++axis) {
        std::uint32_t length = 0;
        for (std::size_t n = 0; n < 4; ++n) length = length << 8 | byte_at(content, kFrame + 4 * axis + n);
        lengths.push_back(length);
    }
    return lengths;
}

/// Whether the lengths multiply to `size`; products beyond it are never computed.
bool multiply_to(const std::vector<std::uint32_t>& lengths, std::uint64_t size) {
    std::uint64_t product = 1;
    for (const std::uint32_t length : lengths) {
        if (length == 0) return size == 0;
        if (product > size / length) return false;
        product *= length;
    }
    return product == size;
}

}  // namespace

IdxArray parse_idx(const std::string& content, const std::string& path) {
    if (content.size() < kFrame || byte_at(content, 0) != 0 || byte_at(content, 1) != 0 ||
        !is_known_type(byte_at(content, 2)) || byte_at(content, 3) == 0) {
        corrupt(path + ": is no IDX file as that of the MNIST digits");
    }
    if (byte_at(content, 2) != kUnsignedBytes) unsupported(path + ": wanted unsigned bytes, it holds another type");
    const std::size_t axes = byte_at(content, 3);
    const std::size_t start = kFrame + 4 * axes;
    if (content.size() < start) corrupt(path + ": ends within the lengths of its axes");
    IdxArray array{lengths_of(content, axes), content.substr(start)};
    if (!multiply_to(array.lengths, array.elements.size())) {
        corrupt(path + ": holds " + std::to_string(array.elements.size()) + " elements, not those of its lengths");
    }
    return array;
}

}  // namespace qmodel::predict
