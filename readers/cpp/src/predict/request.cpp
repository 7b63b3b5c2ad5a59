#include "predict/request.h"

#include <utility>

#include "fail.h"
#include "predict/file_bytes.h"
#include "predict/idx.h"
#include "prediction.pb.h"

namespace qmodel::predict {

namespace {

void check_labels(const Request& request, const std::string& path) {
    if (request.labels.empty() || request.labels.size() == request.count) return;
    invalid_input(path + ": holds " + std::to_string(request.labels.size()) + " labels, there are " +
                  std::to_string(request.count) + " images");
}

std::vector<std::uint32_t> read_labels(const std::string& path) {
    const IdxArray array = parse_idx(read_file(path), path);
    if (array.lengths.size() != 1) invalid_input(path + ": labels must have one axis");
    if (array.elements.empty()) invalid_input(path + ": holds no labels");
    std::vector<std::uint32_t> labels;
    for (const char label : array.elements) labels.push_back(static_cast<unsigned char>(label));
    return labels;
}

}  // namespace

Images Request::images(std::size_t first, std::size_t number) const {
    const std::size_t size = height * width * channels;
    return {reinterpret_cast<const std::uint8_t*>(pixels.data()) + first * size, number, height, width, channels};
}

Request read_idx_request(const std::string& images_path, const std::string& labels_path) {
    IdxArray array = parse_idx(read_file(images_path), images_path);
    const auto& lengths = array.lengths;
    if (lengths.size() != 3 && lengths.size() != 4) {
        invalid_input(images_path + ": images must have 3 axes, or 4 with channels, not " +
                      std::to_string(lengths.size()));
    }
    const std::size_t channels = lengths.size() == 4 ? lengths[3] : 1;
    if (array.elements.empty()) invalid_input(images_path + ": holds no images");
    Request request{std::move(array.elements), lengths[0], lengths[1], lengths[2], channels, {}};
    if (!labels_path.empty()) request.labels = read_labels(labels_path);
    check_labels(request, labels_path);
    return request;
}

Request read_proto_request(const std::string& path) {
    prediction::v1::PredictRequest message;
    if (!message.ParseFromString(read_file(path))) corrupt(path + ": is no qmodel.prediction.v1.PredictRequest");
    const prediction::v1::Images& images = message.images();
    const std::uint64_t channels = images.channels() == 0 ? 1 : images.channels();
    const std::uint64_t present = images.pixels().size();
    const std::uint64_t row = std::uint64_t{images.width()} * images.height();
    if (row == 0 || present == 0 || row > present / channels || present % (row * channels) != 0) {
        invalid_input(path + ": " + std::to_string(present) + " bytes of pixels are no images of " +
                      std::to_string(images.height()) + " x " + std::to_string(images.width()) + " x " +
                      std::to_string(channels));
    }
    Request request{images.pixels(), present / (row * channels),
                    images.height(), images.width(),
                    channels,        {message.labels().begin(), message.labels().end()}};
    check_labels(request, path);
    return request;
}

}  // namespace qmodel::predict
