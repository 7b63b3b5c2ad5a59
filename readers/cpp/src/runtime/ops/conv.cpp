// Conv: as matrix products of gathered receptive fields, or directly where each channel has its own kernel.
#include <algorithm>

#include "fail.h"
#include "runtime/gemm.h"
#include "runtime/ops/operators.h"
#include "runtime/windows.h"

namespace qmodel::runtime::ops {

namespace {

/// Columns of one matrix product; images with fewer positions are gathered together.
constexpr std::int64_t kColumns = 512;

/// The numbers of one convolution; the output is (batch, groups * out_channels, ...).
struct Sizes {
    std::int64_t batch;
    std::int64_t groups;
    std::int64_t in_channels;   ///< Of one group.
    std::int64_t out_channels;  ///< Of one group.
    std::int64_t in_plane;      ///< Elements of one channel.
    std::int64_t out_plane;
    std::int64_t kernel;
};

void check(const Call& call) {
    const Lengths& x = call.input(0).lengths();
    const Lengths& w = call.input(1).lengths();
    const std::int64_t groups = call.attributes.integer("group", 1);
    const std::string shapes = "X " + text_of(x) + " and W " + text_of(w) + " in " + std::to_string(groups) + " groups";
    if (x.size() < 3 || w.size() != x.size() || groups < 1 || x[1] % groups != 0 || w[1] != x[1] / groups ||
        w[0] % groups != 0) {
        corrupt(shapes + " do not fit");
    }
    if (call.input(2) && call.input(2).lengths() != Lengths{w[0]}) {
        corrupt("B must have shape " + text_of({w[0]}) + ", got " + text_of(call.input(2).lengths()));
    }
}

/// Sets each channel to its bias, or to 0 without one.
void start_with_bias(const float* bias, const Sizes& sizes, float* out) {
    const std::int64_t channels = sizes.groups * sizes.out_channels;
    for (std::int64_t plane = 0; plane < sizes.batch * channels; ++plane) {
        const float value = bias == nullptr ? 0.0F : bias[plane % channels];
        std::fill_n(out + plane * sizes.out_plane, sizes.out_plane, value);
    }
}

/// One input channel for each group: every output channel is a sum of shifted, scaled copies of one input channel.
void convolve_directly(const float* x, const float* w, const Sizes& sizes, const Windows& windows, float* out) {
    const std::int64_t channels = sizes.groups * sizes.out_channels;
    for (std::int64_t channel = 0; channel < channels; ++channel) {
        const float* source = x + channel / sizes.out_channels * sizes.in_plane;
        float* target = out + channel * sizes.out_plane;
        for_each_element(windows.kernel, [&](const Lengths& element, std::int64_t number) {
            const float factor = w[channel * sizes.kernel + number];
            for_each_span(windows, element, [&](std::int64_t o, std::int64_t i, std::int64_t count, std::int64_t step) {
                for (std::int64_t image = 0; image < sizes.batch; ++image) {
                    const float* from = source + image * sizes.groups * sizes.in_plane + i;
                    float* to = target + image * channels * sizes.out_plane + o;
                    for (std::int64_t n = 0; n < count; ++n) to[n] += factor * from[n * step];
                }
            });
        });
    }
}

/// Receptive fields side by side: row (channel, kernel element), column (image, position).
void gather_fields(const float* x, std::int64_t images, std::int64_t image_stride, const Sizes& sizes,
                   const Windows& windows, float* fields) {
    const std::int64_t columns = images * sizes.out_plane;
    for (std::int64_t channel = 0; channel < sizes.in_channels; ++channel) {
        for_each_element(windows.kernel, [&](const Lengths& element, std::int64_t number) {
            float* row = fields + (channel * sizes.kernel + number) * columns;
            std::fill_n(row, columns, 0.0F);
            for_each_span(windows, element, [&](std::int64_t o, std::int64_t i, std::int64_t count, std::int64_t step) {
                for (std::int64_t image = 0; image < images; ++image) {
                    const float* from = x + image * image_stride + channel * sizes.in_plane + i;
                    float* to = row + image * sizes.out_plane + o;
                    for (std::int64_t n = 0; n < count; ++n) to[n] = from[n * step];
                }
            });
        });
    }
}

/// Adds the products (channel; image, position) to the output (image, channel, position).
void scatter_products(const float* products, std::int64_t images, std::int64_t image_stride, const Sizes& sizes,
                      float* out) {
    for (std::int64_t image = 0; image < images; ++image) {
        for (std::int64_t channel = 0; channel < sizes.out_channels; ++channel) {
            const float* from = products + (channel * images + image) * sizes.out_plane;
            float* to = out + image * image_stride + channel * sizes.out_plane;
            for (std::int64_t n = 0; n < sizes.out_plane; ++n) to[n] += from[n];
        }
    }
}

void convolve_by_products(Call& call, const float* x, const float* w, const Sizes& sizes, const Windows& windows,
                          float* out) {
    const std::int64_t depth = sizes.in_channels * sizes.kernel;
    const std::int64_t at_once = std::clamp<std::int64_t>(kColumns / sizes.out_plane, 1, sizes.batch);
    Array fields = call.make_floats({depth, at_once * sizes.out_plane});
    Array products = call.make_floats({sizes.out_channels, at_once * sizes.out_plane});
    const std::int64_t in_image = sizes.groups * sizes.in_channels * sizes.in_plane;
    const std::int64_t out_image = sizes.groups * sizes.out_channels * sizes.out_plane;
    for (std::int64_t first = 0; first < sizes.batch; first += at_once) {
        const std::int64_t images = std::min(at_once, sizes.batch - first);
        const std::int64_t columns = images * sizes.out_plane;
        for (std::int64_t group = 0; group < sizes.groups; ++group) {
            const float* source = x + first * in_image + group * sizes.in_channels * sizes.in_plane;
            gather_fields(source, images, in_image, sizes, windows, fields.mutable_as<float>());
            multiply_matrices({w + group * sizes.out_channels * depth, depth, 1}, {fields.floats(), columns, 1},
                              sizes.out_channels, columns, depth, products.mutable_as<float>());
            float* target = out + first * out_image + group * sizes.out_channels * sizes.out_plane;
            scatter_products(products.floats(), images, out_image, sizes, target);
        }
    }
}

std::vector<Array> convolve(Call& call) {
    check(call);
    const Lengths& x = call.input(0).lengths();
    const Lengths& w = call.input(1).lengths();
    const Windows windows = conv_windows(call.attributes, {x.begin() + 2, x.end()}, {w.begin() + 2, w.end()});
    const std::int64_t groups = call.attributes.integer("group", 1);
    Lengths lengths{x[0], w[0]};
    lengths.insert(lengths.end(), windows.out_space.begin(), windows.out_space.end());
    Array made = call.make_floats(lengths);
    if (made.count() == 0) return {made};
    const Sizes sizes{x[0],
                      groups,
                      x[1] / groups,
                      w[0] / groups,
                      count_of(windows.space),
                      count_of(windows.out_space),
                      count_of(windows.kernel)};
    const float* bias = call.input(2) ? call.input(2).floats() : nullptr;
    float* out = made.mutable_as<float>();
    start_with_bias(bias, sizes, out);
    if (sizes.in_channels == 1 && sizes.groups > 1) {
        convolve_directly(call.input(0).floats(), call.input(1).floats(), sizes, windows, out);
    } else {
        convolve_by_products(call, call.input(0).floats(), call.input(1).floats(), sizes, windows, out);
    }
    return {made};
}

}  // namespace

std::vector<Operator> conv() {
    return {{"Conv",
             1,
             kNewest,
             2,
             3,
             1,
             {{"auto_pad", AttributeType::text},
              {"dilations", AttributeType::integers},
              {"group", AttributeType::integer},
              {"kernel_shape", AttributeType::integers},
              {"pads", AttributeType::integers},
              {"strides", AttributeType::integers}},
             convolve}};
}

}  // namespace qmodel::runtime::ops
