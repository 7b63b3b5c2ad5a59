#ifndef QMODEL_SRC_CONTAINER_MAPPED_FILE_H
#define QMODEL_SRC_CONTAINER_MAPPED_FILE_H

#include <filesystem>

#include "view.h"

namespace qmodel {

/// A file in memory, page by page as it is read.
class MappedFile {
public:
    MappedFile() noexcept = default;
    /// Throws invalid_input when the file cannot be read.
    explicit MappedFile(const std::filesystem::path& path);
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    ByteView bytes() const noexcept { return {data_, size_}; }

    /// Tells the system that a part will be read from its start to its end.
    void announce(std::size_t offset, std::size_t size) const noexcept;

private:
    const std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace qmodel

#endif
