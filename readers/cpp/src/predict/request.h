#ifndef QMODEL_PREDICT_REQUEST_H
#define QMODEL_PREDICT_REQUEST_H

#include <cstdint>
#include <string>
#include <vector>

#include "qmodel/image_input.h"

namespace qmodel::predict {

/// Images with the labels that belong to them, if there are any.
struct Request {
    std::string pixels;
    std::size_t count;
    std::size_t height;
    std::size_t width;
    std::size_t channels;
    std::vector<std::uint32_t> labels;

    /// Images first to first + number - 1.
    Images images(std::size_t first, std::size_t number) const;
};

/// Images of an IDX file of 3 axes (count, height, width) or 4, the channels last, and labels of one of 1 axis, if a path
/// is given. Throws Error as parse_idx and read_file, and invalid_input when they do not fit together.
Request read_idx_request(const std::string& images_path, const std::string& labels_path);

/// A serialized qmodel.prediction.v1.PredictRequest. Throws corrupt when it is none, invalid_input when it does not fit
/// together.
Request read_proto_request(const std::string& path);

}  // namespace qmodel::predict

#endif
