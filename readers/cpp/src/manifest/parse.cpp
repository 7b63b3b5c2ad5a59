#include "manifest/parse.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>

#include "fail.h"
#include "manifest/counts.h"
#include "manifest/features.h"
#include "manifest/names.h"
#include "sizes.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

constexpr std::uint32_t known_major = 1;
constexpr std::uint32_t known_minor = 0;

void parse(ByteView content, v1::Manifest& manifest) {
    // What is wrong with a file is told by an exception, not on the process's standard error.
    const google::protobuf::LogSilencer silence;
    if (!manifest.ParseFromArray(content.data, static_cast<int>(content.size))) {
        corrupt("the manifest is no message of the schema");
    }
}

void check_version(const v1::Manifest& manifest, std::vector<std::string>& warnings) {
    const std::string version =
        std::to_string(manifest.version_major()) + "." + std::to_string(manifest.version_minor());
    if (manifest.version_major() != known_major) unsupported("the file has format version " + version);
    if (manifest.version_minor() > known_minor) {
        warnings.push_back("the file has format version " + version + ": what is newer than 1.0 in it is not seen");
    }
}

std::string serialized(const v1::Manifest& manifest) {
    std::string bytes;
    google::protobuf::io::StringOutputStream text(&bytes);
    google::protobuf::io::CodedOutputStream stream(&text);
    stream.SetSerializationDeterministic(true);
    manifest.SerializeToCodedStream(&stream);
    stream.Trim();
    return bytes;
}

/// spec/manifest.md, "Serialization": what protobuf writes, and no unknown fields.
void check_serialization(ByteView content, v1::Manifest& manifest) {
    if (manifest.version_minor() > known_minor) {
        manifest.DiscardUnknownFields();
        return;
    }
    const std::size_t size = manifest.ByteSizeLong();
    manifest.DiscardUnknownFields();
    if (manifest.ByteSizeLong() != size) corrupt("the manifest has fields that its version does not define");
    const std::string bytes = serialized(manifest);
    if (bytes.size() != content.size || !std::equal(content.data, content.data + content.size, view_of(bytes).data)) {
        non_canonical("the manifest is not in canonical form");
    }
}

void check_at_least_zero(const char* what, float value) {
    if (!(value >= 0)) corrupt(std::string(what) + " is negative or no number");
}

void check_quality(const v1::ModelQuality& quality) {
    check_at_least_zero("relative_mse", quality.relative_mse());
    for (const v1::Evaluation& evaluation : quality.evaluations()) {
        check_text("name of a data set", evaluation.dataset());
        if (evaluation.samples() == 0) corrupt("an evaluation of no samples");
        NameOrder order("metric");
        for (const v1::Metric& metric : evaluation.metrics()) order.take(metric.name());
    }
}

void check_tensors(const v1::Manifest& manifest) {
    NameOrder order("tensor");
    for (const v1::Tensor& tensor : manifest.tensors()) {
        order.take(tensor.name());
        check_shape(tensor.shape());
        check_element_type(tensor.element_type());
        if (!tensor.has_encoding()) corrupt("tensor " + quoted(tensor.name()) + " has no encoding");
        if (!tensor.has_quality()) continue;
        check_at_least_zero("relative_mse", tensor.quality().relative_mse());
        check_at_least_zero("max_abs_error", tensor.quality().max_abs_error());
    }
}

void check_content(const v1::Manifest& manifest) {
    NameOrder features("feature");
    for (const std::string& name : manifest.required_features()) features.take(name);
    check_text("producer", manifest.producer());
    check_tensors(manifest);
    NameOrder keys("metadata key");
    for (const v1::Property& property : manifest.metadata()) keys.take(property.key());
    if (manifest.has_quality()) check_quality(manifest.quality());
}

}  // namespace

void check_shape(const google::protobuf::RepeatedField<std::uint64_t>& shape) {
    constexpr int most_axes = 32;
    if (shape.size() > most_axes) corrupt("an array of " + std::to_string(shape.size()) + " axes");
    std::uint64_t product = 1;
    for (const std::uint64_t length : shape) {
        if (length > most_elements / product) corrupt("an array of more than 2^60 - 1 elements");
        product *= std::max<std::uint64_t>(length, 1);
    }
}

void parse_manifest(ByteView content, const Limits& limits, v1::Manifest& manifest,
                    std::vector<std::string>& warnings) {
    const ManifestCounts counts = count_fields(content);
    const bool fits = counts.tensors <= limits.tensors && counts.chunks <= limits.chunks;
    // A manifest of too many tensors is not parsed; what a reader says of its version and features comes first all the
    // same.
    parse(fits ? content : view_of(counts.version_and_features), manifest);
    check_version(manifest, warnings);
    check_required_features(manifest);
    if (!fits) {
        beyond_limit("the file has " + std::to_string(counts.tensors) + " tensors and " +
                     std::to_string(counts.chunks) + " chunks");
    }
    check_serialization(content, manifest);
    check_content(manifest);
}

}  // namespace qmodel
