/** Runs the network of a file: `import { Network } from "qmodel/runtime"`. */

export type { BoolArray, FloatArray, IntArray, Kind, LongArray, RuntimeArray } from "./array.js";
export { compare, type Deviation, type Expected } from "./comparison.js";
export { replay, type ReplayedOutput } from "./golden.js";
export { prepareImages, type Images } from "./images.js";
export { Network, type Observer } from "./network.js";
export { NEWEST_OPSET, OLDEST_OPSET, operatorNames } from "./registry.js";
export { arrayOf } from "./tensors.js";
