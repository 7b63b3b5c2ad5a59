#include "qmodel/image_input.h"

#include <string>
#include <vector>

#include "fail.h"

namespace qmodel {

namespace {

using Numbers = google::protobuf::RepeatedField<float>;

/// One number for each channel from a list of none, one or as many.
std::vector<float> per_channel(const Numbers& given, float otherwise, std::size_t channels, const char* name) {
    if (given.empty()) return std::vector<float>(channels, otherwise);
    if (given.size() == 1) return std::vector<float>(channels, given[0]);
    if (static_cast<std::size_t>(given.size()) != channels) {
        invalid_input(std::string(name) + " has " + std::to_string(given.size()) + " entries, the images have " +
                      std::to_string(channels) + " channels");
    }
    return {given.begin(), given.end()};
}

Shape shape_of(v1::ImageLayout layout, const Images& images) {
    const Shape::value_type count = images.count;
    switch (layout) {
        case v1::IMAGE_LAYOUT_NCHW: return {count, images.channels, images.height, images.width};
        case v1::IMAGE_LAYOUT_NHWC: return {count, images.height, images.width, images.channels};
        case v1::IMAGE_LAYOUT_FLAT: return {count, images.height * images.width * images.channels};
        case v1::IMAGE_LAYOUT_NHW: break;
        default: corrupt("the image input has no layout that there is");
    }
    if (images.channels != 1) {
        invalid_input("the network takes images of one channel, not of " + std::to_string(images.channels));
    }
    return {count, images.height, images.width};
}

}  // namespace

Tensor prepare_images(const v1::ImageInput& how, const Images& images) {
    const std::vector<float> mean = per_channel(how.mean(), 0.0F, images.channels, "mean");
    const std::vector<float> deviation = per_channel(how.std(), 1.0F, images.channels, "std");
    Tensor input{v1::ELEMENT_TYPE_F32, shape_of(how.layout(), images), Bytes()};
    const std::size_t plane = images.height * images.width;
    input.storage = Bytes(images.count * plane * images.channels * sizeof(float));
    float* target = input.storage.as<float>();
    const bool channels_first = how.layout() == v1::IMAGE_LAYOUT_NCHW;
    const std::size_t pixel_step = channels_first ? 1 : images.channels;
    const std::size_t channel_step = channels_first ? plane : 1;
    for (std::size_t image = 0; image < images.count; ++image) {
        const std::size_t first = image * plane * images.channels;
        for (std::size_t pixel = 0; pixel < plane; ++pixel) {
            for (std::size_t channel = 0; channel < images.channels; ++channel) {
                float value = static_cast<float>(images.pixels[first + pixel * images.channels + channel]);
                value = value * how.scale();
                value = value - mean[channel];
                target[first + pixel * pixel_step + channel * channel_step] = value / deviation[channel];
            }
        }
    }
    return input;
}

}  // namespace qmodel
