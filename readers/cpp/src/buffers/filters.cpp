#include "buffers/filters.h"

#include "buffers/bits.h"
#include "cpu.h"
#include "fail.h"
#include "sizes.h"

namespace qmodel {

namespace {

/// Byte j of element i is at place j * count + i.
struct MergeBytes {
    template <typename T>
    QMODEL_INLINE void operator()(const std::uint8_t* planes, std::uint64_t count, T* out) const {
        for (std::uint64_t i = 0; i < count; ++i) {
            T value = 0;
            for (std::size_t byte = 0; byte < sizeof(T); ++byte) {
                value = static_cast<T>(value | static_cast<T>(static_cast<T>(planes[byte * count + i]) << 8 * byte));
            }
            out[i] = value;
        }
    }
};

/// Exponent bytes in plane 0, then the remainder's bytes, the most significant first.
template <typename T>
void merge_float_planes(const std::uint8_t* planes, std::uint64_t count, int exponent_place, T* out) {
    const T low_mask = static_cast<T>((T{1} << exponent_place) - 1);
    for (std::uint64_t i = 0; i < count; ++i) {
        T remainder = 0;
        for (std::size_t plane = 1; plane < sizeof(T); ++plane) {
            remainder = static_cast<T>(static_cast<T>(remainder << 8) | planes[plane * count + i]);
        }
        const T exponent = static_cast<T>(static_cast<T>(planes[i]) << exponent_place);
        const T above = static_cast<T>(static_cast<T>(remainder >> exponent_place) << (exponent_place + 7) << 1);
        out[i] = static_cast<T>(above | exponent | (remainder & low_mask));
    }
}

void unshuffle(const std::uint8_t* planes, ElementType type, std::uint64_t count, std::uint8_t* out) {
    switch (storage_bytes(type)) {
        case 2: return for_this_cpu(MergeBytes{}, planes, count, reinterpret_cast<std::uint16_t*>(out));
        case 4: return for_this_cpu(MergeBytes{}, planes, count, reinterpret_cast<std::uint32_t*>(out));
        default: return for_this_cpu(MergeBytes{}, planes, count, reinterpret_cast<std::uint64_t*>(out));
    }
}

void merge_floats(const std::uint8_t* planes, ElementType type, std::uint64_t count, std::uint8_t* out) {
    switch (type) {
        case v1::ELEMENT_TYPE_F64: return merge_float_planes(planes, count, 52, reinterpret_cast<std::uint64_t*>(out));
        case v1::ELEMENT_TYPE_F32: return merge_float_planes(planes, count, 23, reinterpret_cast<std::uint32_t*>(out));
        default: return merge_float_planes(planes, count, 7, reinterpret_cast<std::uint16_t*>(out));
    }
}

/// Eight elements of one byte of each plane.
template <typename T>
void merge_planes(const std::uint8_t* planes, int bits, std::uint64_t groups, bool is_signed, T* out) {
    const std::uint64_t sign = is_signed ? std::uint64_t{1} << (bits - 1) : 0;
    for (std::uint64_t group = 0; group < groups; ++group) {
        std::uint64_t codes[8] = {};
        for (int bit = 0; bit < bits; ++bit) {
            const std::uint64_t plane = planes[static_cast<std::uint64_t>(bit) * groups + group];
            for (std::size_t i = 0; i < 8; ++i) codes[i] |= (plane >> i & 1) << bit;
        }
        for (std::size_t i = 0; i < 8; ++i) out[8 * group + i] = static_cast<T>((codes[i] ^ sign) - sign);
    }
}

void unfilter_bit_planes(const std::uint8_t* planes, ElementType type, std::uint64_t count, std::uint8_t* out) {
    const int bits = bits_of(type);
    const std::uint64_t groups = count / 8;
    const std::uint64_t left = count % 8;
    const std::uint8_t* rest = planes + groups * static_cast<std::uint64_t>(bits);
    const bool is_signed = is_signed_integer(type);
    switch (storage_bytes(type)) {
        case 1: merge_planes(planes, bits, groups, is_signed, out); break;
        case 2: merge_planes(planes, bits, groups, is_signed, reinterpret_cast<std::uint16_t*>(out)); break;
        case 4: merge_planes(planes, bits, groups, is_signed, reinterpret_cast<std::uint32_t*>(out)); break;
        default: merge_planes(planes, bits, groups, is_signed, reinterpret_cast<std::uint64_t*>(out)); break;
    }
    if (left == 0) return;
    check_unused_bits(rest, bits, left);
    unpack(rest, type, left, out + 8 * groups * static_cast<std::uint64_t>(storage_bytes(type)));
}

}  // namespace

bool filter_suits(v1::Filter filter, ElementType type) {
    const int bits = bits_of(type);
    switch (filter) {
        case v1::FILTER_UNSPECIFIED: return true;
        case v1::FILTER_BYTE_SHUFFLE: return bits == 16 || bits == 32 || bits == 64;
        case v1::FILTER_BIT_PLANES: return bits >= 2;
        case v1::FILTER_FLOAT_PLANES: return is_float(type) && bits >= 16;
        default: corrupt("filter number " + std::to_string(static_cast<int>(filter)) + " does not exist");
    }
}

void unfilter(v1::Filter filter, const std::uint8_t* filtered, ElementType type, std::uint64_t count,
              std::uint8_t* out) {
    switch (filter) {
        case v1::FILTER_BYTE_SHUFFLE: return unshuffle(filtered, type, count, out);
        case v1::FILTER_BIT_PLANES: return unfilter_bit_planes(filtered, type, count, out);
        case v1::FILTER_FLOAT_PLANES: return merge_floats(filtered, type, count, out);
        default: check_unused_bits(filtered, bits_of(type), count); return unpack(filtered, type, count, out);
    }
}

}  // namespace qmodel
