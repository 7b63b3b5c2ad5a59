#ifndef QMODEL_TESTS_READER_LARGE_FILE_H
#define QMODEL_TESTS_READER_LARGE_FILE_H

#include <filesystem>
#include <string>

namespace large_file {

/// Writes a file of `tensors` tensors of f32, named t0000, t0001, …, each one chunk of `chunk_bytes` bytes that are all
/// zero but for the first four, the tensor's number as an f32. It takes no more of the disk than that (a sparse file).
void write(const std::filesystem::path& path, int tensors, std::uint32_t chunk_bytes);

}  // namespace large_file

#endif
