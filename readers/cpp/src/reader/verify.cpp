#include <algorithm>
#include <vector>

#include "container/framing.h"
#include "fail.h"
#include "manifest/features.h"
#include "manifest/tree.h"
#include "reader/file.h"

namespace qmodel {

namespace {

/// All bytes between the signature, the chunks' data and the manifest (spec/container.md, "Canonical form").
void check_gaps(ByteView bytes, const v1::Manifest& manifest) {
    std::uint64_t position = signature.size();
    for (const v1::Chunk& chunk : manifest.chunks()) {
        const FieldHeader header(chunk_tag, chunk.size());
        if (!header.stands_before(bytes, chunk.offset())) corrupt("the frame of a chunk is damaged");
        const std::uint64_t gap = gap_before(position, chunk.size());
        if (gap != 0) {
            const std::uint8_t* padding = bytes.data + position;
            const bool is_zero = std::all_of(padding + 2, padding + gap, [](std::uint8_t byte) { return byte == 0; });
            if (padding[0] != padding_tag || padding[1] != gap - 2 || !is_zero) {
                non_canonical("the padding before a chunk is not what the specification wants");
            }
        }
        position = chunk.offset() + chunk.size();
    }
}

class UsedChunks : public TreeVisitor {
public:
    explicit UsedChunks(int chunks) : is_used(static_cast<std::size_t>(chunks)) {}
    std::vector<bool> is_used;

    void node(const v1::Encoding&) override {}
    void buffer(const v1::Buffer& found) override {
        for (const std::uint32_t index : found.chunks().index()) is_used[index] = true;
    }
};

void check_use(const v1::Manifest& manifest) {
    UsedChunks used(manifest.chunks_size());
    used.visit_tensors(manifest);
    used.visit_golden(manifest);
    if (std::find(used.is_used.begin(), used.is_used.end(), false) != used.is_used.end()) {
        non_canonical("a chunk belongs to no tensor and no golden sample");
    }
    const std::set<std::string> features = used_features(manifest);
    const bool is_listed = std::equal(features.begin(), features.end(), manifest.required_features().begin(),
                                      manifest.required_features().end());
    if (!is_listed) non_canonical("required_features are not exactly those that the file uses");
}

}  // namespace

void verify(const Reader& reader) {
    const Reader::File& file = *reader.file_;
    check_gaps(file.bytes, file.manifest);
    check_use(file.manifest);
    // One after the other, each on all threads: no more is in memory than the largest tensor takes.
    for (std::size_t number = 0; number < file.infos.size(); ++number) file.decode(number);
    reader.golden();
}

}  // namespace qmodel
