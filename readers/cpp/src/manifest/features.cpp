#include "manifest/features.h"

#include "buffers/codecs.h"
#include "fail.h"
#include "manifest/tree.h"

namespace qmodel {

namespace {

const char* node_feature(const v1::Encoding& encoding) {
    switch (encoding.node_case()) {
        case v1::Encoding::kAffine: return "affine";
        case v1::Encoding::kCodebook: return "codebook";
        case v1::Encoding::kSparse: return "sparse";
        case v1::Encoding::kTrellis: return "trellis";
        case v1::Encoding::kLowRank: return "low_rank";
        case v1::Encoding::kSum: return "sum";
        case v1::Encoding::kHashed: return "hashed";
        case v1::Encoding::kTransform: return "transform";
        case v1::Encoding::kDelta: return "delta";
        case v1::Encoding::kAlias: return "alias";
        default: return nullptr;
    }
}

const char* filter_feature(v1::Filter filter) {
    switch (filter) {
        case v1::FILTER_BYTE_SHUFFLE: return "byte_shuffle";
        case v1::FILTER_BIT_PLANES: return "bit_planes";
        case v1::FILTER_FLOAT_PLANES: return "float_planes";
        default: return nullptr;
    }
}

class Features : public TreeVisitor {
public:
    std::set<std::string> names;

    void node(const v1::Encoding& encoding) override { add(node_feature(encoding)); }

    void buffer(const v1::Buffer& found) override {
        if (found.has_rans()) add("rans");
        if (found.has_arithmetic()) add("arithmetic");
        if (found.has_split()) add("split");
        if (!found.has_packed()) return;
        add(filter_feature(found.packed().filter()));
        add(codec_name(found.packed().codec()));
    }

private:
    void add(const char* name) {
        if (name != nullptr) names.insert(name);
    }
};

bool is_implemented(const std::string& name) {
    static const std::set<std::string> always = {
        "affine", "codebook", "sparse", "trellis", "low_rank",     "sum",        "hashed",       "transform",
        "delta",  "alias",    "rans",   "split",   "byte_shuffle", "bit_planes", "float_planes", "arithmetic"};
    return always.count(name) != 0 || has_codec(name);
}

}  // namespace

std::set<std::string> used_features(const v1::Manifest& manifest) {
    Features features;
    features.visit_tensors(manifest);
    features.visit_golden(manifest);
    return features.names;
}

void check_required_features(const v1::Manifest& manifest) {
    for (const std::string& name : manifest.required_features()) {
        if (!is_implemented(name)) unsupported("the file needs a reader that has the feature " + quoted(name));
    }
}

}  // namespace qmodel
