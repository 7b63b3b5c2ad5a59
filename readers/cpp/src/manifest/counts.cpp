#include "manifest/counts.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "qmodel/v1/manifest.pb.h"

namespace qmodel {

ManifestCounts count_fields(ByteView content) {
    using google::protobuf::internal::WireFormatLite;
    ManifestCounts counts;
    google::protobuf::io::CodedInputStream stream(content.data, static_cast<int>(content.size));
    for (int start = 0;; start = stream.CurrentPosition()) {
        const std::uint32_t tag = stream.ReadTag();
        if (tag == 0 || !WireFormatLite::SkipField(&stream, tag)) return counts;
        const int field = WireFormatLite::GetTagFieldNumber(tag);
        if (field == v1::Manifest::kTensorsFieldNumber) ++counts.tensors;
        if (field == v1::Manifest::kChunksFieldNumber) ++counts.chunks;
        if (field <= v1::Manifest::kRequiredFeaturesFieldNumber) {
            const auto size = static_cast<std::size_t>(stream.CurrentPosition() - start);
            counts.version_and_features.append(reinterpret_cast<const char*>(content.data) + start, size);
        }
    }
}

}  // namespace qmodel
