#include "reader/large_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

#include "container/crc32c.h"
#include "container/framing.h"
#include "qmodel/v1/file.pb.h"

namespace large_file {

namespace {

using qmodel::FieldHeader;

class Output {
public:
    explicit Output(const std::filesystem::path& path)
        : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600)) {
        if (file_ < 0) throw std::runtime_error("cannot write " + path.string());
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output() { ::close(file_); }

    void write_at(std::uint64_t offset, const void* bytes, std::size_t size) const {
        if (::pwrite(file_, bytes, size, static_cast<off_t>(offset)) != static_cast<ssize_t>(size)) {
            throw std::runtime_error("cannot write a large file");
        }
    }

private:
    int file_;
};

void write_chunk(const Output& file, qmodel::v1::Manifest& manifest, std::uint64_t& position, std::uint32_t size,
                 float first) {
    const std::uint64_t gap = qmodel::gap_before(position, size);
    if (gap != 0) {
        const std::uint8_t frame[] = {qmodel::padding_tag, static_cast<std::uint8_t>(gap - 2)};
        file.write_at(position, frame, sizeof frame);
    }
    const FieldHeader header(qmodel::chunk_tag, size);
    file.write_at(position + gap, header.bytes.data(), header.size);
    position += gap + header.size;
    std::vector<std::uint8_t> data(size);
    qmodel::store(data.data(), first);
    file.write_at(position, data.data(), sizeof first);
    qmodel::v1::Chunk& entry = *manifest.add_chunks();
    entry.set_offset(position);
    entry.set_size(size);
    entry.set_crc32c(qmodel::crc32c({data.data(), data.size()}));
    position += size;
}

void add_tensor(qmodel::v1::Manifest& manifest, int number, std::uint64_t count) {
    qmodel::v1::Tensor& tensor = *manifest.add_tensors();
    const std::string digits = std::to_string(number);
    tensor.set_name("t" + std::string(4 - digits.size(), '0') + digits);
    tensor.add_shape(count);
    tensor.set_element_type(qmodel::v1::ELEMENT_TYPE_F32);
    qmodel::v1::Buffer& buffer = *tensor.mutable_encoding()->mutable_plain()->mutable_buffer();
    buffer.set_element_type(qmodel::v1::ELEMENT_TYPE_F32);
    buffer.set_count(count);
    buffer.mutable_packed();
    buffer.mutable_chunks()->add_index(static_cast<std::uint32_t>(number));
}

}  // namespace

void write(const std::filesystem::path& path, int tensors, std::uint32_t chunk_bytes) {
    const Output file(path);
    file.write_at(0, qmodel::signature.data(), qmodel::signature.size());
    std::uint64_t position = qmodel::signature.size();
    qmodel::v1::Manifest manifest;
    manifest.set_version_major(1);
    for (int number = 0; number < tensors; ++number) {
        write_chunk(file, manifest, position, chunk_bytes, static_cast<float>(number));
        add_tensor(manifest, number, chunk_bytes / sizeof(float));
    }
    const std::string content = manifest.SerializeAsString();
    const FieldHeader header(qmodel::manifest_tag, static_cast<std::uint32_t>(content.size()));
    file.write_at(position, header.bytes.data(), header.size);
    position += header.size;
    file.write_at(position, content.data(), content.size());
    qmodel::v1::Trailer trailer;
    trailer.set_manifest_offset(position);
    trailer.set_manifest_size(static_cast<std::uint32_t>(content.size()));
    trailer.set_manifest_crc32c(qmodel::crc32c(qmodel::view_of(content)));
    trailer.set_magic(0x4C444D51);
    const std::string end = "\x7a\x18" + trailer.SerializeAsString();
    file.write_at(position + content.size(), end.data(), end.size());
}

}  // namespace large_file
