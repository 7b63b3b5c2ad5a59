#ifndef QMODEL_READER_H
#define QMODEL_READER_H

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "qmodel/error.h"
#include "qmodel/limits.h"
#include "qmodel/tensor.h"
#include "qmodel/v1/manifest.pb.h"

namespace qmodel {

class Reader;

/// How a file is opened and decoded.
struct Options {
    Limits limits;
    /// Files in which a delta may find its base; those before are looked at first.
    std::vector<Reader> bases;
    /// Threads that decode one tensor, the calling one included; 0: as many as the machine runs at once.
    unsigned threads = 0;
};

/// One golden sample, decoded (spec/golden.md).
struct GoldenOutput {
    std::string name;
    Tensor expected;
    float absolute_tolerance;
    float relative_tolerance;
};
struct GoldenSample {
    std::vector<std::pair<std::string, Tensor>> inputs;  ///< One for each input of the graph, in its order.
    std::vector<GoldenOutput> outputs;
};

/// An opened file. Copies share it; all members may be called from several threads at once.
///
/// Opening checks everything that needs no payload (spec/container.md, "Opening from the end"), the graph and the
/// golden samples as a reader that runs networks must, and touches the pages of the manifest and the two ends of the
/// file alone.
class Reader {
public:
    /// Maps the file at `path`, which nobody may change or cut short while a Reader of it lives (spec/security.md).
    /// Throws Error of any kind; invalid_input when the file cannot be read.
    static Reader open(const std::filesystem::path& path, const Options& options = {});

    /// Reads a file that is in memory already: `size` bytes at `data`, which must outlive all copies of the Reader.
    static Reader open(const void* data, std::size_t size, const Options& options = {});

    /// All tensors, sorted by the bytes of their names.
    const std::vector<TensorInfo>& tensors() const noexcept;

    /// What is known about one tensor. Throws invalid_input when there is none of this name.
    const TensorInfo& info(std::string_view name) const;

    /// Decodes one tensor. Throws invalid_input when there is none of this name, corrupt when its payload is damaged.
    Tensor tensor(std::string_view name) const;

    /// Decodes several tensors at once, in the order of their names here: small ones side by side, the chunks of large
    /// ones on all threads. Throws as tensor() does, for the first that cannot be decoded.
    std::vector<Tensor> load(const std::vector<std::string>& names) const;

    /// Decodes one tensor to float32; see to_floats for the conversion. Throws as tensor() does.
    std::vector<float> floats(std::string_view name) const;

    /// Decodes one tensor to float32 into memory of the caller's. Throws as tensor() does, and invalid_input when
    /// `count` is not the tensor's number of elements. What `out` holds after an error is not specified.
    void floats(std::string_view name, float* out, std::uint64_t count) const;

    /// The sum of the first `terms` terms alone, where a tensor is a sum of at least that many (spec/encodings/sum.md,
    /// "Coarse values"). Throws invalid_input otherwise.
    Tensor coarse(std::string_view name, unsigned terms) const;

    /// Keys with values, sorted by the bytes of the keys.
    std::vector<std::pair<std::string, std::string>> metadata() const;

    /// Golden samples, decoded. Throws corrupt when a payload is damaged.
    std::vector<GoldenSample> golden() const;

    /// The manifest as it is in the file.
    const v1::Manifest& manifest() const noexcept;

    /// What is no error and yet worth saying, as that the file follows a newer minor version.
    const std::vector<std::string>& warnings() const noexcept;

private:
    friend void verify(const Reader& reader);
    struct File;
    explicit Reader(std::shared_ptr<const File> file);
    std::shared_ptr<const File> file_;
};

/// Checks all that a verifier must (spec/container.md, "Canonical form"): every chunk, tensor and golden sample,
/// padding, features, that nothing is unused. Throws Error of the kind that the first broken rule has.
void verify(const Reader& reader);

}  // namespace qmodel

#endif
