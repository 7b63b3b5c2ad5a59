/** Reads .qmodel files: entry point for Node and the browser. Files of a disk: `qmodel/node`. */

export { QModelError, type ErrorKind } from "./errors.js";
export { DEFAULT_LIMITS, type Limits } from "./limits.js";
export { BlobSource, BytesSource } from "./sources/memory.js";
export type { Source } from "./sources/source.js";
export type { Tensor, TensorInfo } from "./tensor.js";
export type { ElementTypeName, Storage } from "./types/element-type.js";
export type { Manifest } from "./v1/qmodel/v1/manifest_pb.js";
