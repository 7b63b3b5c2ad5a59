/** Reads .qmodel files: entry point for Node and the browser. Files of a disk: `qmodel/node`. */

export { QModelError, type ErrorKind } from "./errors.js";
export { QModelFile, type OpenOptions } from "./file.js";
export { DEFAULT_LIMITS, type Limits } from "./limits.js";
export { BlobSource, BytesSource } from "./sources/memory.js";
export type { Source, Tail } from "./sources/source.js";
export { UrlSource, type UrlSourceOptions } from "./sources/url.js";
export type { GoldenOutput, GoldenRun, NamedTensor, Tensor, TensorInfo } from "./tensor.js";
export type { ElementTypeName, Storage } from "./types/element-type.js";
export type { Manifest } from "./v1/qmodel/v1/manifest_pb.js";
export { verify, type Finding } from "./verify.js";
