// Mutates a file behind its checksums: they are made right again, so that what is below them is reached.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>

#include "container/crc32c.h"
#include "field_mutation.h"
#include "qmodel/v1/manifest.pb.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

constexpr std::size_t kTrailer = 26;  // spec/container.md, "Trailer"

/// A file taken apart: what stands before the manifest's field, and the manifest.
struct Parts {
    std::string body;
    std::string manifest;
};

bool take_apart(const std::string& file, Parts& parts) {
    if (file.size() < kTrailer + 12) return false;
    std::uint64_t offset = 0;
    std::uint32_t size = 0;
    std::memcpy(&offset, file.data() + file.size() - 23, sizeof offset);
    std::memcpy(&size, file.data() + file.size() - 14, sizeof size);
    if (offset > file.size() || size > file.size() - offset || offset < 12) return false;
    std::size_t frame = 2;
    for (std::uint32_t rest = size; rest >= 128; rest >>= 7) ++frame;
    if (offset < frame) return false;
    parts = {file.substr(0, offset - frame), file.substr(offset, size)};
    return true;
}

std::string varint(std::size_t number) {
    std::string bytes;
    for (; number >= 128; number >>= 7) bytes += static_cast<char>(number % 128 + 128);
    return bytes + static_cast<char>(number);
}

template <typename Number>
std::string fixed(Number number) {
    return std::string(reinterpret_cast<const char*>(&number), sizeof number);
}

std::uint32_t checksum(const char* data, std::size_t size) {
    return qmodel::crc32c({reinterpret_cast<const std::uint8_t*>(data), size});
}

std::string sealed(const Parts& parts) {
    std::string file = parts.body + '\x22' + varint(parts.manifest.size());
    const std::uint64_t offset = file.size();
    file += parts.manifest;
    file += std::string("\x7a\x18\x09") + fixed(offset);
    file += '\x15' + fixed(static_cast<std::uint32_t>(parts.manifest.size()));
    file += '\x1d' + fixed(checksum(parts.manifest.data(), parts.manifest.size()));
    return file + "\x25QMDL";
}

std::string mutated(std::string bytes, std::size_t most) {
    const std::size_t size = bytes.size();
    bytes.resize(std::max(most, size));
    bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, bytes.size()));
    return bytes;
}

/// Changes bytes of a chunk, and its checksum in the table.
void mutate_chunk(Parts& parts, std::mt19937& random) {
    qmodel::v1::Manifest manifest;
    if (!manifest.ParseFromString(parts.manifest) || manifest.chunks_size() == 0) return;
    auto& chunk = *manifest.mutable_chunks(static_cast<int>(random() % static_cast<unsigned>(manifest.chunks_size())));
    if (chunk.offset() > parts.body.size() || chunk.size() > parts.body.size() - chunk.offset()) return;
    std::string data = mutated(parts.body.substr(chunk.offset(), chunk.size()), chunk.size());
    data.resize(chunk.size());
    parts.body.replace(chunk.offset(), chunk.size(), data);
    chunk.set_crc32c(checksum(data.data(), data.size()));
    parts.manifest = manifest.SerializeAsString();
}

void mutate_message(Parts& parts, std::mt19937& random) {
    qmodel::v1::Manifest manifest;
    if (!manifest.ParseFromString(parts.manifest)) return;
    for (unsigned times = 1 + random() % 3; times > 0; --times) mutate_field(manifest, random);
    parts.manifest = manifest.SerializeAsString();
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    std::mt19937 random(seed);
    Parts parts;
    const unsigned choice = random() % 8;
    if (choice == 0 || !take_apart(std::string(reinterpret_cast<const char*>(data), size), parts)) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    if (choice == 1) {
        parts.manifest = mutated(parts.manifest, parts.manifest.size() + 8);
    } else if (choice <= 3) {
        mutate_chunk(parts, random);
    } else {
        mutate_message(parts, random);
    }
    const std::string file = sealed(parts);
    if (file.size() > max_size) return size;
    std::memcpy(data, file.data(), file.size());
    return file.size();
}
