/** How images become one input of a graph (spec/graph.md, Image inputs). */

import { ImageLayout, type ImageInput } from "../v1/qmodel/v1/graph_pb.js";
import { newFloats, type FloatArray } from "./array.js";
import { invalidInput } from "../errors.js";

/** Images: shape (N, height, width) or (N, height, width, channels), row-major. */
export interface Images {
    readonly shape: readonly number[];
    readonly data: ArrayLike<number>;
}

/**
 * The input that images stand for: (pixel · scale - mean[c]) / std[c], each step rounded to binary32.
 *
 * @returns floats, in the shape of the layout.
 * @throws QModelError `invalid_input`: the images have another number of axes, or more channels than mean, std or the
 *     layout allow.
 */
export function prepareImages(image: ImageInput, images: Images): FloatArray {
    const [count, height, width, channels] = sizesOf(images);
    const mean = perChannel(image, "mean", channels);
    const std = perChannel(image, "std", channels);
    const made = newFloats(shapeOf(image, count, height, width, channels));
    const isPlanar = image.layout === ImageLayout.NCHW;
    const pixels = height * width;
    for (let k = 0; k < made.data.length; k++) {
        const channel = k % channels;
        let value = Math.fround(Math.fround(images.data[k]!) * image.scale);
        if (mean) {
            value = Math.fround(value - mean(channel));
        }
        if (std) {
            value = Math.fround(value / std(channel));
        }
        const pixel = Math.floor(k / channels);
        const [picture, place] = [Math.floor(pixel / pixels), pixel % pixels];
        made.data[isPlanar ? (picture * channels + channel) * pixels + place : k] = value;
    }
    return made;
}

function sizesOf({ shape, data }: Images): [number, number, number, number] {
    if (shape.length !== 3 && shape.length !== 4) {
        throw invalidInput(`images must have shape (N, height, width[, channels]), got (${shape.join(", ")})`);
    }
    const [count, height, width, channels = 1] = shape as [number, number, number, number?];
    if (data.length !== count * height * width * channels) {
        throw invalidInput(`images of shape (${shape.join(", ")}) cannot have ${data.length} elements`);
    }
    return [count, height, width, channels];
}

function perChannel(
    image: ImageInput,
    what: "mean" | "std",
    channels: number,
): ((channel: number) => number) | undefined {
    const numbers = image[what];
    if (numbers.length > 1 && numbers.length !== channels) {
        throw invalidInput(`${what} has ${numbers.length} entries, images have ${channels} channels`);
    }
    return numbers.length === 0 ? undefined : (channel) => numbers[numbers.length === 1 ? 0 : channel]!;
}

function shapeOf(image: ImageInput, count: number, height: number, width: number, channels: number): number[] {
    switch (image.layout) {
        case ImageLayout.NCHW:
            return [count, channels, height, width];
        case ImageLayout.NHWC:
            return [count, height, width, channels];
        case ImageLayout.NHW:
            if (channels !== 1) {
                throw invalidInput(`the layout has one channel, images have ${channels}`);
            }
            return [count, height, width];
        case ImageLayout.FLAT:
            return [count, height * width * channels];
        default:
            throw invalidInput(`image layout ${image.layout} is unknown`);
    }
}
