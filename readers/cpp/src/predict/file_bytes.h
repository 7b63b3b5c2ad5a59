#ifndef QMODEL_PREDICT_FILE_BYTES_H
#define QMODEL_PREDICT_FILE_BYTES_H

#include <cstdint>
#include <string>

namespace qmodel::predict {

/// Most bytes of a file of images or labels, unpacked.
constexpr std::uint64_t kMostFileBytes = std::uint64_t{4} << 30;

/// The content of a file, "-" for the standard input; one that gzip compressed is unpacked. Throws Error: invalid_input
/// when it cannot be read, corrupt when its gzip stream is damaged, limit when it holds more than kMostFileBytes.
std::string read_file(const std::string& path);

}  // namespace qmodel::predict

#endif
