#include <algorithm>

#include "buffers/bits.h"
#include "container/sha256.h"
#include "fail.h"
#include "reader/file.h"
#include "scratch.h"
#include "sizes.h"

namespace qmodel {

namespace {

constexpr int most_deltas_followed = 8;

/// How many deltas this thread resolves, one inside the other.
thread_local int depth = 0;

class OneDeeper {
public:
    OneDeeper() {
        if (depth >= most_deltas_followed) beyond_limit("deltas are followed through at most 8 files");
        ++depth;
    }
    OneDeeper(const OneDeeper&) = delete;
    OneDeeper& operator=(const OneDeeper&) = delete;
    ~OneDeeper() { --depth; }
};

template <typename Number>
void add_number(Sha256& sha, Number number) {
    std::uint8_t bytes[sizeof(Number)];
    store(bytes, number);
    sha.add({bytes, sizeof bytes});
}

/// spec/encodings/delta.md, "Digest".
Digest digest_of_values(const TensorInfo& info, const Array& values) {
    constexpr std::uint64_t piece = std::uint64_t{1} << 16;
    const std::string name = name_of(info.element_type);
    Sha256 sha;
    add_number(sha, static_cast<std::uint8_t>(name.size()));
    sha.add(view_of(name));
    add_number(sha, static_cast<std::uint32_t>(info.shape.size()));
    for (const std::uint64_t length : info.shape) add_number(sha, length);
    const auto element = static_cast<std::uint64_t>(storage_bytes(info.element_type));
    Scratch packed(piece * element);
    for (std::uint64_t first = 0; first < values.count(); first += piece) {
        const std::uint64_t count = std::min(piece, values.count() - first);
        pack(values.data() + first * element, info.element_type, count, packed.data());
        sha.add({packed.data(), packed_bytes(count, bits_of(info.element_type))});
    }
    return sha.finish();
}

std::string hexadecimal(const std::string& bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        text += digits[static_cast<unsigned char>(byte) >> 4];
        text += digits[static_cast<unsigned char>(byte) & 15];
    }
    return text;
}

}  // namespace

std::optional<Digest> Reader::File::known_digest(std::size_t number) const {
    const std::lock_guard<std::mutex> lock(digests_mutex_);
    const auto found = digests_.find(number);
    return found == digests_.end() ? std::nullopt : std::optional<Digest>(found->second);
}

std::optional<Array> Reader::File::matching(std::size_t number, const Digest& wanted) const {
    const auto known = known_digest(number);
    if (known && *known != wanted) return std::nullopt;
    Array values = decode(number);
    if (!known) {
        const Digest digest = digest_of_values(infos[number], values);
        const std::lock_guard<std::mutex> lock(digests_mutex_);
        digests_.emplace(number, digest);
        if (digest != wanted) return std::nullopt;
    }
    return values;
}

/// What has the name comes first, then whatever has type and shape.
Array Reader::File::base(const v1::Delta& delta, const Shape& shape) const {
    const OneDeeper deeper;
    Digest wanted;
    std::copy_n(view_of(delta.base_digest()).data, wanted.size(), wanted.begin());
    const auto suits = [&](const TensorInfo& info) {
        return info.element_type == delta.base_type() && info.shape == shape;
    };
    for (const Reader& reader : options.bases) {
        const auto number = reader.file_->number_of(delta.base_name());
        if (!number || !suits(reader.file_->infos[*number])) continue;
        if (auto found = reader.file_->matching(*number, wanted)) return std::move(*found);
    }
    for (const Reader& reader : options.bases) {
        for (std::size_t number = 0; number < reader.file_->infos.size(); ++number) {
            const TensorInfo& info = reader.file_->infos[number];
            if (info.name == delta.base_name() || !suits(info)) continue;
            try {
                if (auto found = reader.file_->matching(number, wanted)) return std::move(*found);
            } catch (const Error&) {
                // A damaged tensor that is probably not the one is no reason to stop.
            }
        }
    }
    unsupported("it is a delta against tensor " + quoted(delta.base_name()) + " of another file, with the SHA-256 " +
                hexadecimal(delta.base_digest()) + ", which none of the bases given holds; give that file as a base");
}

}  // namespace qmodel
