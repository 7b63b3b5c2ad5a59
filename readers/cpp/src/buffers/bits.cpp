#include "buffers/bits.h"

#include <algorithm>

#include "cpu.h"
#include "fail.h"
#include "sizes.h"

namespace qmodel {

namespace {

/// The codes of eight elements of at most 7 bits, each in a byte, with the sign extended.
QMODEL_INLINE std::uint64_t extended(std::uint64_t codes, std::uint64_t sign_bits) noexcept {
    constexpr std::uint64_t top_bits = 0x8080808080808080;
    return sign_bits == 0 ? codes : (((codes ^ sign_bits) | top_bits) - sign_bits) ^ top_bits;
}

constexpr std::uint64_t each_byte = 0x0101010101010101;

#if defined(__x86_64__)

/// Groups of eight elements as long as eight bytes can be loaded; returns how many elements those were.
QMODEL_WIDE_TARGET std::uint64_t spread_groups(const std::uint8_t* packed, std::size_t size, int bits,
                                               std::uint64_t count, bool is_signed, std::uint8_t* out) {
    const std::uint64_t fields = each_byte * ((1U << bits) - 1);
    const std::uint64_t signs = is_signed ? each_byte << (bits - 1) : 0;
    const auto step = static_cast<std::size_t>(bits);
    std::uint64_t done = 0;
    for (std::size_t at = 0; done + 8 <= count && at + 8 <= size; at += step, done += 8) {
        const std::uint64_t codes = __builtin_ia32_pdep_di(load<std::uint64_t>(packed + at), fields);
        store(out + done, extended(codes, signs));
    }
    return done;
}

#endif

/// Elements one by one, from a multiple of eight on.
template <typename T>
void unpack_from(const std::uint8_t* packed, std::size_t size, int bits, std::uint64_t first, std::uint64_t count,
                 bool is_signed, T* out) {
    const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
    const std::uint64_t sign = is_signed ? std::uint64_t{1} << (bits - 1) : 0;
    const auto width = static_cast<std::uint64_t>(bits);
    std::uint64_t i = first;
    for (; i < count && i * width / 8 + 8 <= size; ++i) {
        const std::uint64_t code = load<std::uint64_t>(packed + i * width / 8) >> i * width % 8 & mask;
        out[i] = static_cast<T>((code ^ sign) - sign);
    }
    for (; i < count; ++i) {
        const std::uint64_t code = unpacked_number({packed, size}, bits, i);
        out[i] = static_cast<T>((code ^ sign) - sign);
    }
}

void unpack_narrow(const std::uint8_t* packed, std::size_t size, int bits, std::uint64_t count, bool is_signed,
                   std::uint8_t* out) {
    std::uint64_t done = 0;
#if defined(__x86_64__)
    if (has_wide_vectors()) done = spread_groups(packed, size, bits, count, is_signed, out);
#endif
    unpack_from(packed, size, bits, done, count, is_signed, out);
}

template <typename T>
std::uint64_t code_at(const std::uint8_t* storage, std::uint64_t i) noexcept {
    return load<T>(storage + i * sizeof(T));
}

}  // namespace

void unpack(const std::uint8_t* packed, ElementType type, std::uint64_t count, std::uint8_t* out) {
    const int bits = bits_of(type);
    const std::size_t size = packed_bytes(count, bits);
    if (count == 0) return;
    if (bits % 8 == 0 && bits != 24) {
        std::memcpy(out, packed, size);
    } else if (bits < 8) {
        unpack_narrow(packed, size, bits, count, is_signed_integer(type), out);
    } else if (bits < 16) {
        unpack_from(packed, size, bits, 0, count, is_signed_integer(type), reinterpret_cast<std::uint16_t*>(out));
    } else {
        unpack_from(packed, size, bits, 0, count, is_signed_integer(type), reinterpret_cast<std::uint32_t*>(out));
    }
}

void pack(const std::uint8_t* storage, ElementType type, std::uint64_t count, std::uint8_t* out) {
    const int bits = bits_of(type);
    if (count == 0) return;
    if (bits % 8 == 0 && bits != 24) {
        std::memcpy(out, storage, packed_bytes(count, bits));
        return;
    }
    const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
    const int bytes = storage_bytes(type);
    std::uint64_t window = 0;
    int filled = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t code = bytes == 1   ? code_at<std::uint8_t>(storage, i)
                                   : bytes == 2 ? code_at<std::uint16_t>(storage, i)
                                                : code_at<std::uint32_t>(storage, i);
        window |= (code & mask) << filled;
        filled += bits;
        for (; filled >= 8; filled -= 8, window >>= 8) *out++ = static_cast<std::uint8_t>(window);
    }
    if (filled != 0) *out = static_cast<std::uint8_t>(window);
}

void check_unused_bits(const std::uint8_t* packed, int bits, std::uint64_t count) {
    const std::uint64_t used = count % 8 * static_cast<std::uint64_t>(bits) % 8;
    if (used != 0 && packed[packed_bytes(count, bits) - 1] >> used != 0) {
        corrupt("unused bits behind the last element are not 0");
    }
}

}  // namespace qmodel
