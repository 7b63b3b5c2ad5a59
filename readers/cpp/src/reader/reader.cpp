#include "qmodel/reader.h"

#include <algorithm>
#include <cstring>

#include "fail.h"
#include "parallel.h"
#include "reader/file.h"
#include "sizes.h"
#include "types/convert.h"

namespace qmodel {

namespace {

Tensor tensor_of(const TensorInfo& info, const Array& array) {
    Tensor tensor{info.element_type, info.shape, Bytes(array.byte_count())};
    if (array.count() != 0) std::memcpy(tensor.storage.data(), array.data(), array.byte_count());
    return tensor;
}

Tensor decoded(const v1::GoldenValue& value, const ChunkSource& source) {
    const Shape shape(value.shape().begin(), value.shape().end());
    return tensor_of({value.name(), shape, value.values().element_type()}, load_buffer(value.values(), source));
}

}  // namespace

std::vector<float> to_floats(const Tensor& tensor) {
    std::vector<float> values(tensor.count());
    const Array array = Array::viewing(tensor.element_type, tensor.count(), tensor.storage.data());
    to_operands(array, 0, array.count(), values.data());
    return values;
}

Reader::Reader(std::shared_ptr<const File> file) : file_(std::move(file)) {}

Reader Reader::open(const std::filesystem::path& path, const Options& options) {
    return Reader(std::make_shared<File>(path, options));
}

Reader Reader::open(const void* data, std::size_t size, const Options& options) {
    return Reader(std::make_shared<File>(ByteView{static_cast<const std::uint8_t*>(data), size}, options));
}

const std::vector<TensorInfo>& Reader::tensors() const noexcept {
    return file_->infos;
}

const TensorInfo& Reader::info(std::string_view name) const {
    const auto number = file_->number_of(name);
    if (!number) invalid_input("there is no tensor " + quoted(std::string(name)));
    return file_->infos[*number];
}

Tensor Reader::tensor(std::string_view name) const {
    const TensorInfo& found = info(name);
    return told_of("tensor " + quoted(found.name), [&] {
        const auto bytes = static_cast<std::size_t>(storage_bytes(found.element_type));
        Tensor tensor{found.element_type, found.shape, Bytes(element_count(found.shape) * bytes)};
        // An array without elements has no memory that could be its place.
        std::uint8_t none = 0;
        file_->decode(file_->number_of(name).value(), tensor.storage.empty() ? &none : tensor.storage.data());
        return tensor;
    });
}

std::vector<Tensor> Reader::load(const std::vector<std::string>& names) const {
    constexpr std::uint64_t large = std::uint64_t{1} << 21;
    std::vector<Tensor> tensors(names.size());
    const auto is_large = [&](std::size_t number) { return element_count(info(names[number]).shape) >= large; };
    parallel_for(names.size(), file_->threads(), [&](std::size_t number) {
        if (!is_large(number)) tensors[number] = tensor(names[number]);
    });
    for (std::size_t number = 0; number < names.size(); ++number) {
        if (is_large(number)) tensors[number] = tensor(names[number]);
    }
    return tensors;
}

std::vector<float> Reader::floats(std::string_view name) const {
    std::vector<float> values(element_count(info(name).shape));
    floats(name, values.data(), values.size());
    return values;
}

void Reader::floats(std::string_view name, float* out, std::uint64_t count) const {
    const TensorInfo& found = info(name);
    if (count != element_count(found.shape))
        invalid_input("tensor " + quoted(found.name) + " has another number of elements");
    const std::size_t number = file_->number_of(name).value();
    if (found.element_type == v1::ELEMENT_TYPE_F32 && count != 0) {
        file_->decode(number, reinterpret_cast<std::uint8_t*>(out));
    } else {
        to_operands(file_->decode(number), 0, count, out);
    }
}

Tensor Reader::coarse(std::string_view name, unsigned terms) const {
    const TensorInfo& found = info(name);
    const int wanted = static_cast<int>(std::min(terms, 1U << 16));
    return tensor_of(found, file_->decode_coarse(file_->number_of(name).value(), wanted));
}

std::vector<std::pair<std::string, std::string>> Reader::metadata() const {
    std::vector<std::pair<std::string, std::string>> found;
    for (const v1::Property& property : file_->manifest.metadata())
        found.emplace_back(property.key(), property.value());
    return found;
}

std::vector<GoldenSample> Reader::golden() const {
    return told_of("golden samples", [this] {
        std::vector<GoldenSample> samples;
        for (const v1::GoldenSample& message : file_->manifest.golden()) {
            GoldenSample& sample = samples.emplace_back();
            for (const v1::GoldenValue& input : message.inputs()) {
                sample.inputs.emplace_back(input.name(), decoded(input, *file_));
            }
            for (const v1::GoldenOutput& output : message.outputs()) {
                sample.outputs.push_back({output.expected().name(), decoded(output.expected(), *file_),
                                          output.absolute_tolerance(), output.relative_tolerance()});
            }
        }
        return samples;
    });
}

const v1::Manifest& Reader::manifest() const noexcept {
    return file_->manifest;
}

const std::vector<std::string>& Reader::warnings() const noexcept {
    return file_->warnings;
}

}  // namespace qmodel
