#include "predict/file_bytes.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <istream>
#include <memory>

#include "fail.h"

namespace qmodel::predict {

namespace {

void check_size(std::uint64_t size, const std::string& path) {
    if (size > kMostFileBytes) beyond_limit(path + ": holds more than " + std::to_string(kMostFileBytes) + " bytes");
}

std::string read_all(std::istream& stream, const std::string& path) {
    std::string content;
    std::array<char, 1 << 16> block;
    while (stream.read(block.data(), block.size()) || stream.gcount() > 0) {
        content.append(block.data(), static_cast<std::size_t>(stream.gcount()));
        check_size(content.size(), path);
    }
    if (stream.bad()) invalid_input(path + ": cannot be read: " + std::strerror(errno));
    return content;
}

/// A gzip stream being unpacked.
class Unpacking {
public:
    explicit Unpacking(const std::string& path) : path_(path) {
        constexpr int kGzip = 16;
        if (inflateInit2(&stream_, MAX_WBITS + kGzip) != Z_OK) throw std::bad_alloc();
    }
    ~Unpacking() { inflateEnd(&stream_); }
    Unpacking(const Unpacking&) = delete;
    Unpacking& operator=(const Unpacking&) = delete;

    /// Unpacks all of it: the members of a gzip file stand one after another (RFC 1952, 2.2).
    std::string run(const std::string& packed) {
        std::string content;
        std::array<char, 1 << 16> block;
        for (std::size_t place = 0; place < packed.size() || stream_.avail_in > 0 || has_more_;) {
            if (stream_.avail_in == 0 && place < packed.size()) place += feed(packed, place);
            stream_.next_out = reinterpret_cast<Bytef*>(block.data());
            stream_.avail_out = static_cast<uInt>(block.size());
            const int result = inflate(&stream_, Z_NO_FLUSH);
            content.append(block.data(), block.size() - stream_.avail_out);
            check_size(content.size(), path_);
            has_more_ = stream_.avail_out == 0;
            is_whole_ = result == Z_STREAM_END;
            if (is_whole_) {
                has_more_ = false;
                inflateReset(&stream_);
            } else if (result != Z_OK) {
                break;
            }
        }
        if (!is_whole_) corrupt(path_ + ": the gzip stream is damaged or cut short");
        return content;
    }

private:
    std::size_t feed(const std::string& packed, std::size_t place) {
        constexpr std::size_t kMost = std::size_t{1} << 30;
        const std::size_t size = std::min(kMost, packed.size() - place);
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data() + place));
        stream_.avail_in = static_cast<uInt>(size);
        return size;
    }

    const std::string& path_;
    z_stream stream_{};
    bool has_more_ = false;
    bool is_whole_ = false;
};

}  // namespace

std::string read_file(const std::string& path) {
    std::string content;
    if (path == "-") {
        content = read_all(std::cin, "the standard input");
    } else {
        std::ifstream file(path, std::ios::binary);
        if (!file) invalid_input(path + ": " + std::strerror(errno));
        content = read_all(file, path);
    }
    const bool is_gzip = content.size() >= 2 && content[0] == '\x1f' && content[1] == '\x8b';
    return is_gzip ? Unpacking(path).run(content) : content;
}

}  // namespace qmodel::predict
