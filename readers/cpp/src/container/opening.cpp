#include "container/opening.h"

#include "container/crc32c.h"
#include "container/framing.h"
#include "fail.h"
#include "sizes.h"

namespace qmodel {

namespace {

constexpr std::uint64_t most_manifest_bytes = std::uint64_t{256} << 20;

struct Trailer {
    std::uint64_t manifest_offset;
    std::uint32_t manifest_size;
    std::uint32_t manifest_crc32c;
};

Trailer read_trailer(const std::uint8_t* bytes) {
    const bool is_trailer = bytes[0] == 0x7A && bytes[1] == 0x18 && bytes[2] == 0x09 && bytes[11] == 0x15 &&
                            bytes[16] == 0x1D && bytes[21] == 0x25 && load<std::uint32_t>(bytes + 22) == 0x4C444D51;
    if (!is_trailer) corrupt("the file does not end with a trailer: it is damaged or cut short");
    return {load<std::uint64_t>(bytes + 3), load<std::uint32_t>(bytes + 12), load<std::uint32_t>(bytes + 17)};
}

}  // namespace

ManifestPlace find_manifest(ByteView file, const Limits& limits) {
    if (file.size < smallest_file || std::memcmp(file.data, signature.data(), signature.size()) != 0) {
        corrupt("not a .qmodel file: its first bytes are not the signature");
    }
    const std::uint64_t end = file.size - trailer_size;
    const Trailer trailer = read_trailer(file.data + end);
    const FieldHeader header(manifest_tag, trailer.manifest_size);
    const std::uint64_t offset = trailer.manifest_offset;
    if (offset > end || end - offset != trailer.manifest_size || offset < signature.size() + header.size) {
        corrupt("the trailer places the manifest where it cannot be");
    }
    if (trailer.manifest_size > limits.manifest_bytes || trailer.manifest_size > most_manifest_bytes) {
        beyond_limit("the manifest has " + std::to_string(trailer.manifest_size) + " bytes");
    }
    if (!header.stands_before(file, offset)) corrupt("the frame of the manifest is damaged");
    const ByteView content = file.part(offset, trailer.manifest_size);
    if (crc32c(content) != trailer.manifest_crc32c) corrupt("the manifest's checksum does not match its data");
    return {content, offset - header.size};
}

void check_chunk_table(const v1::Manifest& manifest, std::uint64_t end_of_chunks) {
    std::uint64_t position = signature.size();
    for (int number = 0; number < manifest.chunks_size(); ++number) {
        const v1::Chunk& chunk = manifest.chunks(number);
        if (chunk.size() == 0 || chunk.size() > most_chunk_bytes) {
            corrupt("chunk " + std::to_string(number) + " has " + std::to_string(chunk.size()) + " bytes");
        }
        const std::uint64_t header = FieldHeader(chunk_tag, chunk.size()).size;
        const std::uint64_t offset = position + gap_before(position, chunk.size()) + header;
        if (chunk.offset() != offset) {
            corrupt("chunk " + std::to_string(number) + " is not placed at offset " + std::to_string(offset));
        }
        position = offset + chunk.size();
    }
    if (position > end_of_chunks) corrupt("the chunks end behind the start of the manifest");
    if (position < end_of_chunks) non_canonical("there is something between the chunks and the manifest");
}

ByteView checked_chunk(ByteView file, const v1::Chunk& chunk, std::uint64_t number) {
    const std::string name = "chunk " + std::to_string(number);
    if (!FieldHeader(chunk_tag, chunk.size()).stands_before(file, chunk.offset())) {
        corrupt(name + ": its frame is damaged");
    }
    const ByteView data = file.part(chunk.offset(), chunk.size());
    if (crc32c(data) != chunk.crc32c()) corrupt(name + ": its checksum does not match its data");
    return data;
}

}  // namespace qmodel
