/** Files made by hand, of any size, for tests of how they are read. */

import { create, toBinary } from "@bufbuild/protobuf";

import { crc32c } from "../src/container/checksum.js";
import { bytesBefore } from "../src/container/chunk-table.js";
import { frame, MANIFEST_TAG, SIGNATURE } from "../src/container/frames.js";
import { ChunkRunSchema, PackedSchema } from "../src/v1/qmodel/v1/buffer_pb.js";
import { ManifestSchema, type Chunk } from "../src/v1/qmodel/v1/manifest_pb.js";
import { ElementType } from "../src/v1/qmodel/v1/types_pb.js";

/** A file of u8 tensors, each in chunks of so many bytes (a multiple of 8). */
export function makeFile(tensors: Readonly<Record<string, Uint8Array>>, perChunk: number): Uint8Array {
    const pieces: Uint8Array[] = [SIGNATURE];
    const chunks: Pick<Chunk, "offset" | "size" | "crc32c">[] = [];
    let position = SIGNATURE.length;
    const records = Object.entries(tensors).map(([name, bytes]) => {
        const index: number[] = [];
        for (let start = 0; start < bytes.length; start += perChunk) {
            const data = bytes.subarray(start, start + perChunk);
            const before = bytesBefore(position, data.length);
            pieces.push(before, data);
            position += before.length + data.length;
            index.push(chunks.length);
            chunks.push({ offset: BigInt(position - data.length), size: data.length, crc32c: crc32c(data) });
        }
        return recordOf(name, bytes.length, index, perChunk);
    });
    const manifest = toBinary(ManifestSchema, create(ManifestSchema, { versionMajor: 1, chunks, tensors: records }));
    const header = frame(MANIFEST_TAG, manifest.length);
    pieces.push(header, manifest, trailerOf(position + header.length, manifest));
    return Buffer.concat(pieces);
}

function recordOf(name: string, count: number, index: number[], perChunk: number) {
    const elementsPerChunk = BigInt(index.length > 1 ? perChunk : 0);
    const buffer = {
        elementType: ElementType.U8,
        count: BigInt(count),
        coding: { case: "packed" as const, value: create(PackedSchema) },
        location: { case: "chunks" as const, value: create(ChunkRunSchema, { index, elementsPerChunk }) },
    };
    return {
        name,
        shape: [BigInt(count)],
        elementType: ElementType.U8,
        encoding: { node: { case: "plain" as const, value: { buffer } } },
    };
}

function trailerOf(offset: number, manifest: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(26);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, 0x7a18);
    view.setUint8(2, 0x09);
    view.setBigUint64(3, BigInt(offset), true);
    view.setUint8(11, 0x15);
    view.setUint32(12, manifest.length, true);
    view.setUint8(16, 0x1d);
    view.setUint32(17, crc32c(manifest), true);
    view.setUint8(21, 0x25);
    view.setUint32(22, 0x4c444d51, true);
    return bytes;
}
