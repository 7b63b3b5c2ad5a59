/** A large file of plain floats, made piece by piece as spec/container.md says. */

import { open } from "node:fs/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { BufferSchema, type Buffer } from "qmodel/v1/buffer_pb";
import { ChunkSchema, ManifestSchema, TensorSchema, type Chunk, type Tensor } from "qmodel/v1/manifest_pb";
import { ElementType } from "qmodel/v1/types_pb";
import { crc32c, framed, SIGNATURE, trailerOf } from "./framing.js";

const ALIGNMENT = 64;

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

function bufferOf(chunk: number): Buffer {
    return create(BufferSchema, {
        elementType: ElementType.F32,
        count: 1024n * 1024n,
        coding: { case: "packed", value: {} },
        location: { case: "chunks", value: { index: [chunk] } },
    });
}

/** Numbers that look like weights, other ones for each tensor. */
function floatsOf(seed: number): Uint8Array {
    const floats = Float32Array.from(
        { length: 1024 * 1024 },
        (_, k) => Math.sin(k * 0.37 + seed) * Math.cos(k * 0.011),
    );
    return new Uint8Array(floats.buffer);
}
