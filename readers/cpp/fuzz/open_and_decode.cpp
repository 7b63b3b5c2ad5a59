// Any bytes as a file: opening, decoding every tensor and verifying must end with values or with an Error.
#include <cstddef>
#include <cstdint>

#include "qmodel/reader.h"

namespace {

qmodel::Options small_options() {
    qmodel::Options options;
    options.limits = {std::uint64_t{1} << 20, 1'000, 1'000, std::uint64_t{1} << 20};
    options.threads = 1;
    return options;
}

template <typename Use>
void refused_at_most(Use use) {
    try {
        use();
    } catch (const qmodel::Error&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    refused_at_most([&] {
        const qmodel::Reader reader = qmodel::Reader::open(data, size, small_options());
        for (const qmodel::TensorInfo& info : reader.tensors()) {
            refused_at_most([&] { reader.tensor(info.name); });
            refused_at_most([&] { reader.floats(info.name); });
        }
        refused_at_most([&] { reader.golden(); });
        qmodel::verify(reader);
    });
    return 0;
}
