#ifndef QMODEL_SRC_READER_FILE_H
#define QMODEL_SRC_READER_FILE_H

#include <array>
#include <map>
#include <mutex>
#include <optional>

#include "container/mapped_file.h"
#include "encodings/encoding.h"
#include "qmodel/reader.h"

namespace qmodel {

using Digest = std::array<std::uint8_t, 32>;

/// An opened file, which all copies of its Reader share.
struct Reader::File : public TensorSource {
    /// Of a path, or of bytes that outlive it. Throws what Reader::open throws.
    File(const std::filesystem::path& path, const Options& options);
    File(ByteView bytes, const Options& options);

    ByteView chunk(std::uint32_t index) const override;
    unsigned threads() const noexcept override { return threads_; }
    ElementType type_of(const std::string& name) const override;
    Array tensor(const std::string& name) const override;
    Array base(const v1::Delta& delta, const Shape& shape) const override;

    /// The number of a tensor, if there is one of this name.
    std::optional<std::size_t> number_of(std::string_view name) const;

    /// Decodes a tensor to its element type: to `place` where that is given.
    Array decode(std::size_t number, std::uint8_t* place = nullptr) const;

    /// Decodes the first terms of a tensor that is a sum.
    Array decode_coarse(std::size_t number, int terms) const;

    MappedFile mapped;
    ByteView bytes;
    v1::Manifest manifest;
    std::vector<TensorInfo> infos;
    std::vector<std::string> warnings;
    Options options;

private:
    void open();
    void check_tensors() const;
    const v1::Tensor& message(std::size_t number) const { return manifest.tensors(static_cast<int>(number)); }

    /// The digest of a tensor (spec/encodings/delta.md, "Digest"), if it was computed before.
    std::optional<Digest> known_digest(std::size_t number) const;

    /// A tensor, if it has a digest.
    std::optional<Array> matching(std::size_t number, const Digest& wanted) const;

    unsigned threads_ = 1;
    mutable std::mutex digests_mutex_;
    mutable std::map<std::size_t, Digest> digests_;
};

/// Calls action, and adds what it is about to the message of what it throws. Memory that is not to be had is a limit.
template <typename Action>
auto told_of(const std::string& what, const Action& action) {
    try {
        return action();
    } catch (const Error& error) {
        throw Error(error.kind(), what + ": " + error.what());
    } catch (const std::bad_alloc&) {
        throw Error(ErrorKind::limit, what + ": there is not enough memory");
    } catch (const std::length_error&) {
        throw Error(ErrorKind::limit, what + ": there is not enough memory");
    }
}

}  // namespace qmodel

#endif
