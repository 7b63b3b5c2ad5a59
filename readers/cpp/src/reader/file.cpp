#include "reader/file.h"

#include <algorithm>

#include "container/opening.h"
#include "fail.h"
#include "manifest/golden.h"
#include "manifest/graph.h"
#include "manifest/parse.h"
#include "manifest/tree.h"
#include "parallel.h"
#include "sizes.h"
#include "types/convert.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

/// Whether there is an alias in a tree that is not checked yet.
class AliasSearch : public TreeVisitor {
public:
    bool found = false;
    void node(const v1::Encoding& encoding) override { found = found || encoding.has_alias(); }
    void buffer(const v1::Buffer&) override {}
};

std::vector<bool> trees_with_alias(const v1::Manifest& manifest) {
    std::vector<bool> found;
    for (const v1::Tensor& tensor : manifest.tensors()) {
        AliasSearch search;
        search.visit(tensor.encoding());
        found.push_back(search.found);
    }
    return found;
}

}  // namespace

Reader::File::File(const std::filesystem::path& path, const Options& wanted)
    : mapped(path), bytes(mapped.bytes()), options(wanted), threads_(usable_threads(wanted.threads)) {
    told_of(path.string(), [this] { open(); });
}

Reader::File::File(ByteView content, const Options& wanted)
    : bytes(content), options(wanted), threads_(usable_threads(wanted.threads)) {
    told_of("bytes in memory", [this] { open(); });
}

/// spec/container.md, "Opening from the end".
void Reader::File::open() {
    const ManifestPlace place = find_manifest(bytes, options.limits);
    parse_manifest(place.content, options.limits, manifest, warnings);
    check_chunk_table(manifest, place.field_offset);
    for (const v1::Tensor& tensor : manifest.tensors()) {
        infos.push_back({tensor.name(), Shape(tensor.shape().begin(), tensor.shape().end()), tensor.element_type()});
    }
    check_tensors();
    if (manifest.has_graph()) {
        check_graph_messages(manifest.graph());
        check_graph_names(manifest.graph(), [this](const std::string& name) { return number_of(name).has_value(); });
    }
    check_golden(manifest, {manifest.chunks(), options.limits});
}

void Reader::File::check_tensors() const {
    const std::vector<bool> has_alias = trees_with_alias(manifest);
    const auto find = [this](const std::string& name) {
        const auto number = number_of(name);
        return number ? &message(*number) : nullptr;
    };
    const auto holds_alias = [&](const v1::Tensor& tensor) { return has_alias[*number_of(tensor.name())]; };
    const EncodingRules rules{{manifest.chunks(), options.limits}, find, holds_alias};
    for (std::size_t number = 0; number < infos.size(); ++number) {
        const TensorInfo& info = infos[number];
        told_of("tensor " + quoted(info.name), [&] {
            const v1::Encoding& encoding = message(number).encoding();
            const ElementType stored = check_encoding(encoding, info.shape, rules);
            check_array_size(element_count(info.shape), info.element_type, options.limits);
            const bool fits =
                encoding.has_alias() ? stored == info.element_type : is_convertible(stored, info.element_type);
            if (!fits) corrupt(name_of(stored) + " is stored for " + name_of(info.element_type));
        });
    }
}

std::optional<std::size_t> Reader::File::number_of(std::string_view name) const {
    const auto found = std::lower_bound(
        infos.begin(), infos.end(), name,
        [](const TensorInfo& info, std::string_view wanted) { return std::string_view(info.name) < wanted; });
    if (found == infos.end() || found->name != name) return std::nullopt;
    return static_cast<std::size_t>(found - infos.begin());
}

ByteView Reader::File::chunk(std::uint32_t index) const {
    const v1::Chunk& entry = manifest.chunks(static_cast<int>(index));
    mapped.announce(entry.offset(), entry.size());
    return checked_chunk(bytes, entry, index);
}

ElementType Reader::File::type_of(const std::string& name) const {
    return infos[number_of(name).value()].element_type;
}

Array Reader::File::tensor(const std::string& name) const {
    return decode(number_of(name).value());
}

Array Reader::File::decode(std::size_t number, std::uint8_t* place) const {
    const TensorInfo& info = infos[number];
    return told_of("tensor " + quoted(info.name), [&] {
        const v1::Encoding& encoding = message(number).encoding();
        const bool is_direct = result_type(encoding, *this) == info.element_type;
        Array array = decode_encoding(encoding, info.shape, *this, is_direct ? place : nullptr);
        return converted(std::move(array), info.element_type, place);
    });
}

Array Reader::File::decode_coarse(std::size_t number, int terms) const {
    const TensorInfo& info = infos[number];
    const v1::Encoding& encoding = message(number).encoding();
    if (!encoding.has_sum() || terms < 1 || terms > encoding.sum().terms_size()) {
        invalid_input("tensor " + quoted(info.name) + " is no sum of " + std::to_string(terms) + " terms");
    }
    return told_of("tensor " + quoted(info.name), [&] {
        return converted(decode_terms(encoding.sum(), info.shape, *this, terms), info.element_type);
    });
}

}  // namespace qmodel
