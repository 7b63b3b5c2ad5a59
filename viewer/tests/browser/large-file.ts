/** A large file of plain floats, made piece by piece as spec/container.md says. */

import { open } from "node:fs/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { ChunkRunSchema } from "qmodel/v1/buffer_pb";
import { ChunkSchema, ManifestSchema, TensorSchema, type Chunk, type Tensor } from "qmodel/v1/manifest_pb";
import { ElementType } from "qmodel/v1/types_pb";

const SIGNATURE = Uint8Array.of(0x0a, 0x08, 0x51, 0x4d, 0x44, 0x4c, 0x0d, 0x0a, 0x1a, 0x0a);
const ALIGNMENT = 64;
const MAGIC = 0x4c444d51;

/**
 * Writes tensors `block.0.weight`, `block.1.weight`, … of 1,024 × 1,024 floats, 4 MiB each.
 *
 * @returns the size of the file in bytes.
 */
export async function writeLargeFile(path: string, tensorCount: number): Promise<number> {
    const file = await open(path, "w");
    const chunks: Chunk[] = [];
    let position = SIGNATURE.length;
    await file.write(SIGNATURE);
    for (let k = 0; k < tensorCount; k++) {
        const data = floatsOf(k);
        const header = framed(0x12, data.length);
        let gap = (ALIGNMENT - ((position + header.length) % ALIGNMENT)) % ALIGNMENT;
        gap = gap === 1 ? ALIGNMENT + 1 : gap;
        const padding = gap ? Uint8Array.of(0x1a, gap - 2, ...new Array<number>(gap - 2).fill(0)) : new Uint8Array(0);
        await file.write(padding);
        await file.write(header);
        await file.write(data);
        position += padding.length + header.length;
        chunks.push(create(ChunkSchema, { offset: BigInt(position), size: data.length, crc32c: crc32c(data) }));
        position += data.length;
    }
    const manifest = manifestOf(chunks);
    const header = framed(0x22, manifest.length);
    await file.write(header);
    await file.write(manifest);
    await file.write(trailerOf(position + header.length, manifest));
    await file.close();
    return position + header.length + manifest.length + 26;
}

function manifestOf(chunks: Chunk[]): Uint8Array {
    const tensors: Tensor[] = chunks.map((_, k) =>
        create(TensorSchema, {
            name: `block.${k}.weight`,
            shape: [1024n, 1024n],
            elementType: ElementType.F32,
            encoding: { node: { case: "plain", value: { buffer: bufferOf(k) } } },
        }),
    );
    tensors.sort((one, other) => (one.name < other.name ? -1 : 1));
    return toBinary(ManifestSchema, create(ManifestSchema, { versionMajor: 1, producer: "a test", chunks, tensors }));
}

function bufferOf(
    chunk: number,
): NonNullable<Parameters<typeof create<typeof TensorSchema>>[1]> extends never ? never : object {
    return {
        elementType: ElementType.F32,
        count: 1024n * 1024n,
        coding: { case: "packed", value: {} },
        location: { case: "chunks", value: create(ChunkRunSchema, { index: [chunk] }) },
    };
}

/** Numbers that look like weights, other ones for each tensor. */
function floatsOf(seed: number): Uint8Array {
    const floats = Float32Array.from(
        { length: 1024 * 1024 },
        (_, k) => Math.sin(k * 0.37 + seed) * Math.cos(k * 0.011),
    );
    return new Uint8Array(floats.buffer);
}

function framed(tag: number, size: number): Uint8Array {
    const bytes = [tag];
    for (let rest = size; ; rest >>>= 7) {
        bytes.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest <= 127) {
            return Uint8Array.from(bytes);
        }
    }
}

function trailerOf(offset: number, manifest: Uint8Array): Uint8Array {
    const view = new DataView(new ArrayBuffer(26));
    view.setUint8(0, 0x7a);
    view.setUint8(1, 0x18);
    view.setUint8(2, 0x09);
    view.setBigUint64(3, BigInt(offset), true);
    view.setUint8(11, 0x15);
    view.setUint32(12, manifest.length, true);
    view.setUint8(16, 0x1d);
    view.setUint32(17, crc32c(manifest), true);
    view.setUint8(21, 0x25);
    view.setUint32(22, MAGIC, true);
    return new Uint8Array(view.buffer);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) {
        crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
    return crc;
});

function crc32c(bytes: Uint8Array): number {
    let crc = 0xffffffff;
    for (let k = 0; k < bytes.length; k++) {
        crc = TABLE[(crc ^ bytes[k]!) & 255]! ^ (crc >>> 8);
    }
    return ~crc >>> 0;
}
