#include <algorithm>

#include "buffers/arithmetic/arithmetic.h"
#include "buffers/buffer.h"
#include "buffers/codecs.h"
#include "buffers/filters.h"
#include "buffers/rans/rans.h"
#include "buffers/split.h"
#include "fail.h"
#include "sizes.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

constexpr std::size_t most_inline_bytes = 1024;
constexpr int deepest_buffer = 4;

void check_packed(const v1::Buffer& buffer) {
    const v1::Packed& packed = buffer.packed();
    if (!filter_suits(packed.filter(), buffer.element_type())) {
        corrupt("a filter is not for elements of " + name_of(buffer.element_type()));
    }
    if (packed.codec() == v1::BYTE_CODEC_UNSPECIFIED) return;
    const char* name = codec_name(packed.codec());
    if (name == nullptr) {
        corrupt("byte codec number " + std::to_string(static_cast<int>(packed.codec())) + " does not exist");
    }
    if (!has_codec(name)) unsupported(std::string("this reader was built without ") + name);
}

void check_coding(const v1::Buffer& buffer, const BufferRules& rules, int depth) {
    switch (buffer.coding_case()) {
        case v1::Buffer::kPacked: return check_packed(buffer);
        case v1::Buffer::kRans: return check_rans(buffer.rans(), buffer.element_type(), buffer.count());
        case v1::Buffer::kArithmetic: return check_arithmetic(buffer.arithmetic(), buffer.element_type());
        case v1::Buffer::kSplit: return check_split(buffer, rules, depth);
        default: corrupt("a buffer has no coding");
    }
}

/// A payload of `count` elements that takes `size` bytes.
void check_payload_size(const v1::Buffer& buffer, std::uint64_t count, std::uint64_t size) {
    const std::uint64_t packed = packed_bytes(count, bits_of(buffer.element_type()));
    if (packed > most_chunk_bytes) corrupt("the elements of a chunk take more than 1 GiB of packed bits");
    const bool is_fixed = buffer.has_packed() && buffer.packed().codec() == v1::BYTE_CODEC_UNSPECIFIED;
    if (is_fixed && size != packed) {
        corrupt("a payload has " + std::to_string(size) + " bytes, its elements need " + std::to_string(packed));
    }
}

void check_chunks(const v1::Buffer& buffer, const BufferRules& rules) {
    const v1::ChunkRun& run = buffer.chunks();
    const auto chunks = static_cast<std::uint64_t>(run.index_size());
    const std::uint64_t per_chunk = run.elements_per_chunk();
    if (chunks == 0) corrupt("a run of no chunks");
    if (chunks == 1 && per_chunk != 0) corrupt("one chunk with a number of elements for each");
    if (chunks > 1) {
        const bool fits = per_chunk != 0 && per_chunk % 8 == 0 && divided_up(buffer.count(), per_chunk) == chunks;
        if (!fits) corrupt("a run of chunks does not hold the elements of its buffer");
    }
    std::uint64_t left = buffer.count();
    for (const std::uint32_t index : run.index()) {
        if (index >= static_cast<std::uint64_t>(rules.chunks.size())) {
            corrupt("chunk " + std::to_string(index) + " is not in the chunk table");
        }
        const std::uint64_t count = chunks == 1 ? left : std::min(per_chunk, left);
        check_payload_size(buffer, count, rules.chunks.Get(static_cast<int>(index)).size());
        left -= count;
    }
}

void check_location(const v1::Buffer& buffer, const BufferRules& rules) {
    const bool has_payload = buffer.count() != 0 && !buffer.has_split();
    if (!has_payload) {
        if (buffer.location_case() != v1::Buffer::LOCATION_NOT_SET)
            corrupt("a buffer without a payload says where it is");
        return;
    }
    switch (buffer.location_case()) {
        case v1::Buffer::kInline:
            if (buffer.inline_().size() > most_inline_bytes) corrupt("an inline payload of more than 1,024 bytes");
            return check_payload_size(buffer, buffer.count(), buffer.inline_().size());
        case v1::Buffer::kChunks: return check_chunks(buffer, rules);
        default: corrupt("a buffer has no location");
    }
}

}  // namespace

void check_buffer(const v1::Buffer& buffer, std::uint64_t count, const BufferRules& rules, int depth) {
    if (depth > deepest_buffer) corrupt("buffers are nested deeper than 4");
    check_element_type(buffer.element_type());
    if (buffer.count() != count) {
        corrupt("a buffer has " + std::to_string(buffer.count()) + " elements, " + std::to_string(count) +
                " are needed");
    }
    check_array_size(count, buffer.element_type(), rules.limits);
    check_coding(buffer, rules, depth);
    check_location(buffer, rules);
}

}  // namespace qmodel
