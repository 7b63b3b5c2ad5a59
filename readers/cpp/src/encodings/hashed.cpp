#include <algorithm>

#include "encodings/nodes.h"
#include "fail.h"
#include "parallel.h"
#include "sizes.h"

namespace qmodel {

namespace {

constexpr std::uint64_t most_buckets = std::uint64_t{1} << 32;
constexpr std::uint64_t thread_piece = std::uint64_t{1} << 16;

/// spec/encodings/hashed.md, "Hash".
std::uint32_t mixed(std::uint32_t x, std::uint32_t key) noexcept {
    x ^= x >> 16;
    x *= 0x85EBCA6B;
    x ^= key;
    x ^= x >> 13;
    x *= 0xC2B2AE35;
    return x ^ x >> 16;
}

/// Elements from `start` on; all of them have the same upper 32 bits of their index.
template <typename Bits>
void spread(const Bits* buckets, std::uint64_t bucket_count, std::uint32_t seed, int sign_place, std::uint64_t start,
            std::uint64_t count, Bits* out) {
    const std::uint32_t first_key = mixed(seed ^ static_cast<std::uint32_t>(start >> 32) * 0x9E3779B9, 0);
    const std::uint32_t second_key = mixed(first_key + 0x9E3779B9, 0);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint32_t hash = mixed(static_cast<std::uint32_t>(start + i) ^ first_key, second_key);
        const Bits sign = static_cast<Bits>(static_cast<Bits>(hash & 1) << sign_place);
        out[i] = static_cast<Bits>(buckets[hash * bucket_count >> 32] ^ sign);
    }
}

template <typename Bits>
void spread_all(const v1::Hashed& hashed, const Array& buckets, unsigned threads, Array& out) {
    const int sign_place = bits_of(buckets.type()) - 1;
    parallel_for(divided_up(out.count(), thread_piece), threads, [&](std::size_t piece) {
        const std::uint64_t start = piece * thread_piece;
        spread(buckets.as<Bits>(), hashed.bucket_count(), hashed.seed(), sign_place, start,
               std::min(thread_piece, out.count() - start), out.room_as<Bits>() + start);
    });
}

}  // namespace

ElementType check_hashed(const v1::Hashed& hashed, const Shape& shape, const EncodingRules& rules, int depth) {
    if (hashed.bucket_count() < 1 || hashed.bucket_count() > most_buckets) corrupt("hashed has not 1 to 2^32 buckets");
    const ElementType type = check_child(hashed.has_buckets(), hashed.buckets(), {hashed.bucket_count()}, rules, depth,
                                         "the buckets of hashed");
    if (!is_float(type) || type == v1::ELEMENT_TYPE_E8M0) corrupt("hashed buckets are " + name_of(type));
    check_array_size(checked_count(shape), type, rules.buffers.limits);
    return type;
}

Array decode_hashed(const v1::Hashed& hashed, const Shape& shape, const TensorSource& source, std::uint8_t* place) {
    const Array buckets = decode_encoding(hashed.buckets(), {hashed.bucket_count()}, source);
    Array out = Array::with_room(buckets.type(), element_count(shape), place);
    switch (storage_bytes(buckets.type())) {
        case 1: spread_all<std::uint8_t>(hashed, buckets, source.threads(), out); break;
        case 2: spread_all<std::uint16_t>(hashed, buckets, source.threads(), out); break;
        case 4: spread_all<std::uint32_t>(hashed, buckets, source.threads(), out); break;
        default: spread_all<std::uint64_t>(hashed, buckets, source.threads(), out); break;
    }
    return out;
}

}  // namespace qmodel
