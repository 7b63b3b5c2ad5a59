/** A file of very many tensors. */

import { create, toBinary } from "@bufbuild/protobuf";
import { ManifestSchema, TensorSchema } from "qmodel/v1/manifest_pb";
import { ElementType } from "qmodel/v1/types_pb";
import { framed, SIGNATURE, trailerOf } from "./framing.js";

/** The bytes of a file with `layers` × 32 tensors of four floats each. */
export function manyTensors(layers: number): Buffer {
    const names = Array.from({ length: layers * 32 }, (_, k) => `layers.${k >> 5}.block.${k & 31}.weight`).sort();
    const tensors = names.map((name) =>
        create(TensorSchema, {
            name,
            shape: [4n],
            elementType: ElementType.F32,
            encoding: {
                node: {
                    case: "plain",
                    value: {
                        buffer: {
                            elementType: ElementType.F32,
                            count: 4n,
                            coding: { case: "packed", value: {} },
                            location: { case: "inline", value: new Uint8Array(16) },
                        },
                    },
                },
            },
        }),
    );
    const manifest = toBinary(ManifestSchema, create(ManifestSchema, { versionMajor: 1, tensors }));
    const header = framed(0x22, manifest.length);
    const start = SIGNATURE.length + header.length;
    return Buffer.concat([SIGNATURE, header, manifest, trailerOf(start, manifest)]);
}
