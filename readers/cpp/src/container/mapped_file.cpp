#include "container/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "fail.h"

namespace qmodel {

namespace {

[[noreturn]] void cannot_read(const std::filesystem::path& path) {
    const std::string reason = std::error_code(errno, std::generic_category()).message();
    invalid_input("cannot read " + path.string() + ": " + reason);
}

/// A descriptor that is closed once the file is mapped.
class Descriptor {
public:
    explicit Descriptor(const std::filesystem::path& path) : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (number_ < 0) cannot_read(path);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { ::close(number_); }
    int number() const noexcept { return number_; }

private:
    int number_;
};

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
    const Descriptor file(path);
    struct stat found {};
    if (::fstat(file.number(), &found) != 0) cannot_read(path);
    if (!S_ISREG(found.st_mode)) invalid_input("cannot read " + path.string() + ": it is no regular file");
    size_ = static_cast<std::size_t>(found.st_size);
    if (size_ == 0) return;
    void* place = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.number(), 0);
    if (place == MAP_FAILED) cannot_read(path);
    data_ = static_cast<const std::uint8_t*>(place);
    // Without it the system reads ahead into tensors that nobody asked for; see announce().
    ::madvise(place, size_, MADV_RANDOM);
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
}

void MappedFile::announce(std::size_t offset, std::size_t size) const noexcept {
    constexpr std::size_t worthwhile = 64 << 10;
    if (data_ == nullptr || size < worthwhile) return;
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t start = offset / page * page;
    ::madvise(const_cast<std::uint8_t*>(data_) + start, offset + size - start, MADV_WILLNEED);
}

}  // namespace qmodel
