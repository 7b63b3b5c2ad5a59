// Opening a file of 1 GiB and reading one of its tensors touches the pages of that tensor, and few others.

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "qmodel/reader.h"
#include "reader/large_file.h"
#include "support/expect.h"

namespace {

using expectations::expect;

constexpr int tensors = 256;
constexpr std::uint32_t chunk_bytes = 4 << 20;

/// Bytes of a mapped file that this process holds in memory, by /proc/self/smaps.
std::uint64_t resident_bytes(const std::filesystem::path& path) {
    std::ifstream maps("/proc/self/smaps");
    std::string line;
    bool is_file = false;
    std::uint64_t kilobytes = 0;
    while (std::getline(maps, line)) {
        if (line.find('-') != std::string::npos && line.find(" r") != std::string::npos) {
            is_file = line.find(path.string()) != std::string::npos;
        } else if (is_file && line.rfind("Rss:", 0) == 0) {
            kilobytes += std::stoull(line.substr(4));
        }
    }
    return kilobytes << 10;
}

void test_pages(const std::filesystem::path& path) {
    // The system maps what is in its cache anyway in blocks of 64 KiB around a page.
    constexpr std::uint64_t around = 4 * (64 << 10);
    const qmodel::Reader reader = qmodel::Reader::open(path);
    expect(reader.tensors().size() == tensors, "all tensors are found");
    const std::uint64_t opened = resident_bytes(path);
    expect(opened > 0 && opened <= around,
           "opening touches the ends of the file: " + std::to_string(opened) + " bytes");
    const std::vector<float> values = reader.floats("t0100");
    expect(values.size() == chunk_bytes / sizeof(float) && values[0] == 100, "the tensor is the one asked for");
    const std::uint64_t read = resident_bytes(path);
    expect(read >= chunk_bytes && read <= chunk_bytes + 2 * around,
           "reading a tensor touches its chunk: " + std::to_string(read) + " bytes");
}

}  // namespace

int main() {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("qmodel-large-" + std::to_string(::getpid()) + ".qmodel");
    large_file::write(path, tensors, chunk_bytes);
    test_pages(path);
    std::filesystem::remove(path);
    return expectations::finish("mapped_pages_test");
}
