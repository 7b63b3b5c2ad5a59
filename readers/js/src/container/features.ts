/** Names of what a file may need beyond `plain` and bare `packed` (spec/manifest.md, "Features"). */

import { ByteCodec, Filter } from "../v1/qmodel/v1/buffer_pb.js";

/** Feature of each kind of node but `plain`. */
export const NODE_FEATURES = {
    affine: "affine",
    codebook: "codebook",
    sparse: "sparse",
    trellis: "trellis",
    lowRank: "low_rank",
    sum: "sum",
    hashed: "hashed",
    transform: "transform",
    delta: "delta",
    alias: "alias",
} as const;

/** Feature of each coding but `packed`. */
export const CODING_FEATURES = { rans: "rans", arithmetic: "arithmetic", split: "split" } as const;

/** Feature of each filter. */
export const FILTER_FEATURES: ReadonlyMap<Filter, string> = new Map([
    [Filter.BYTE_SHUFFLE, "byte_shuffle"],
    [Filter.BIT_PLANES, "bit_planes"],
    [Filter.FLOAT_PLANES, "float_planes"],
]);

/** Feature of each byte codec. */
export const CODEC_FEATURES: ReadonlyMap<ByteCodec, string> = new Map([
    [ByteCodec.ZSTD, "zstd"],
    [ByteCodec.ZLIB, "zlib"],
    [ByteCodec.LZ4, "lz4"],
    [ByteCodec.LZO, "lzo"],
    [ByteCodec.BROTLI, "brotli"],
]);

/** Everything that this reader has. */
export const FEATURES: ReadonlySet<string> = new Set([
    ...Object.values(NODE_FEATURES),
    ...Object.values(CODING_FEATURES),
    ...FILTER_FEATURES.values(),
    ...CODEC_FEATURES.values(),
]);
