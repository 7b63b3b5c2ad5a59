#ifndef QMODEL_IMAGE_INPUT_H
#define QMODEL_IMAGE_INPUT_H

#include <cstddef>
#include <cstdint>

#include "qmodel/tensor.h"
#include "qmodel/v1/graph.pb.h"

namespace qmodel {

/// Pixels of `count` images of one size: row after row, channels innermost.
struct Images {
    const std::uint8_t* pixels;
    std::size_t count;
    std::size_t height;
    std::size_t width;
    std::size_t channels;
};

/// Makes images an input of the network as the file says: (pixel * scale - mean) / std in float32, then the axes in the
/// order of the layout (spec/graph.md, "Image inputs"). Throws invalid_input when the images have a number of channels
/// that the layout, the means or the deviations do not allow.
Tensor prepare_images(const v1::ImageInput& how, const Images& images);

}  // namespace qmodel

#endif
