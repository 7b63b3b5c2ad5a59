/** Byte codecs by their number. */

import { unsupported } from "../errors.js";
import { ByteCodec } from "../v1/qmodel/v1/buffer_pb.js";
import { decodeBrotli, prepareBrotli } from "./brotli.js";
import { decodeLz4 } from "./lz4.js";
import { decodeLzo } from "./lzo.js";
import { decodeZlib } from "./zlib.js";
import { decodeZstd, prepareZstd } from "./zstd.js";

/** Loads what codecs need; decoding is synchronous from then on. */
export async function prepareCodecs(codecs: ReadonlySet<ByteCodec>): Promise<void> {
    if (codecs.has(ByteCodec.ZSTD)) {
        await prepareZstd();
    }
    if (codecs.has(ByteCodec.BROTLI)) {
        await prepareBrotli();
    }
}

/**
 * The content of a payload, exactly `size` bytes; the payload itself without a codec.
 *
 * @throws QModelError `corrupt`, `limit`.
 */
export function decompressed(codec: ByteCodec, payload: Uint8Array, size: number): Uint8Array {
    switch (codec) {
        case ByteCodec.UNSPECIFIED:
            return payload;
        case ByteCodec.ZSTD:
            return decodeZstd(payload, size);
        case ByteCodec.ZLIB:
            return decodeZlib(payload, size);
        case ByteCodec.LZ4:
            return decodeLz4(payload, size);
        case ByteCodec.LZO:
            return decodeLzo(payload, size);
        case ByteCodec.BROTLI:
            return decodeBrotli(payload, size);
        default:
            throw unsupported("a byte codec that this reader lacks");
    }
}
