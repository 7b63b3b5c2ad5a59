// Any network that a file can hold: running it must end with outputs or with an Error.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "qmodel/reader.h"
#include "qmodel/session.h"

namespace {

qmodel::Options small_options() {
    qmodel::Options options;
    options.limits = {std::uint64_t{1} << 20, 1'000, 1'000, std::uint64_t{1} << 18};
    options.threads = 1;
    return options;
}

/// Lengths that a file leaves open are 2.
qmodel::Tensor make_input(const qmodel::v1::Value& value) {
    constexpr std::uint64_t kMostLength = 64;
    qmodel::Tensor tensor{value.element_type(), {}, {}};
    for (const auto& dimension : value.shape().dimensions()) {
        tensor.shape.push_back(dimension.has_size() ? std::min(dimension.size(), kMostLength) : 2);
    }
    if (tensor.shape.size() > 4) tensor.shape.clear();
    const std::size_t size = tensor.count() * static_cast<std::size_t>(qmodel::storage_bytes(tensor.element_type));
    tensor.storage = qmodel::Bytes(size);
    std::fill_n(tensor.storage.data(), size, std::uint8_t{1});
    return tensor;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const qmodel::Reader reader = qmodel::Reader::open(data, size, small_options());
        const qmodel::Session session(reader, {std::uint64_t{1} << 20});
        qmodel::NamedTensors inputs;
        for (const auto& value : reader.manifest().graph().inputs())
            inputs.emplace_back(value.name(), make_input(value));
        session.run(inputs);
    } catch (const qmodel::Error&) {
    }
    return 0;
}
