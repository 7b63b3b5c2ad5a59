/** Deciding whether a file keeps every rule (spec/container.md, "Canonical form"). */

import { chunksOf } from "./buffers/decode.js";
import type { BufferPlan } from "./buffers/plan.js";
import { bytesBefore } from "./container/chunk-table.js";
import { equalBytes, frameLength, SIGNATURE } from "./container/frames.js";
import { quoted } from "./container/text.js";
import { checkTensor } from "./encodings/check.js";
import { nodesOf, ownBuffers } from "./encodings/plan.js";
import { nonCanonical, QModelError, type ErrorKind } from "./errors.js";
import { QModelFile, type OpenOptions } from "./file.js";
import { checkGolden } from "./graph/golden.js";
import { checkGraphNames } from "./graph/names.js";
import type { Source } from "./sources/source.js";

/** One thing that is wrong with a file. */
export interface Finding {
    readonly kind: ErrorKind;
    readonly message: string;
}

/**
 * Reads a whole file, decodes all of it, and tells what is wrong.
 *
 * @returns Nothing for a file that keeps every rule; a file that does not open has one finding.
 * @throws QModelError `invalid_input`, where the source cannot be read.
 */
export async function verify(source: Source, options: OpenOptions = {}): Promise<Finding[]> {
    const findings: Finding[] = [];
    const check = async (what: () => unknown): Promise<void> => {
        try {
            await what();
        } catch (error) {
            if (!(error instanceof QModelError) || error.kind === "invalid_input") {
                throw error;
            }
            findings.push({ kind: error.kind, message: error.message });
        }
    };
    let opened: QModelFile | undefined;
    await check(async () => {
        opened = await QModelFile.open(source, options);
    });
    if (opened === undefined) {
        return findings;
    }
    const file = opened;
    await check(() => checkGaps(file));
    await check(() => {
        checkUses(file);
    });
    const { graph } = file.manifest;
    if (graph !== undefined) {
        await check(() => {
            checkGraphNames(graph, file.tensors);
        });
    }
    for (const name of file.tensors.keys()) {
        await check(() => file.tensor(name));
    }
    await check(() => file.golden());
    return findings;
}

/** All bytes between chunks are those that their sizes prescribe. */
async function checkGaps(file: QModelFile): Promise<void> {
    let position = SIGNATURE.length;
    for (const [index, { offset, size }] of file.surroundings.chunks.entries()) {
        const expected = bytesBefore(position, size);
        const found = await file.bytes.read(position, offset - position);
        const header = frameLength(size);
        if (!equalBytes(found.subarray(-header), expected.subarray(-header))) {
            throw new QModelError("corrupt", `chunk ${index}: its frame does not stand before it`);
        }
        if (!equalBytes(found, expected)) {
            throw nonCanonical(`something other than its padding stands before chunk ${index}`);
        }
        position = offset + size;
    }
}

/** Every chunk is used, and the features listed are those used. */
function checkUses(file: QModelFile): void {
    const around = { ...file.surroundings, features: new Set<string>() };
    const used = new Set<number>();
    const use = (buffer: BufferPlan): void => {
        for (const index of chunksOf(buffer)) {
            used.add(index);
        }
    };
    for (const tensor of file.manifest.tensors) {
        for (const node of nodesOf(checkTensor(tensor, around).root)) {
            ownBuffers(node).forEach(use);
        }
    }
    for (const { inputs, outputs } of checkGolden(file.manifest, around)) {
        [...inputs, ...outputs].forEach((value) => {
            use(value.buffer);
        });
    }
    const unused = around.chunks.findIndex((_, index) => !used.has(index));
    if (unused >= 0) {
        throw nonCanonical(`chunk ${unused} belongs to no tensor and no golden sample`);
    }
    const listed = new Set(file.manifest.requiredFeatures);
    const wrong = [...around.features, ...listed].find((name) => !listed.has(name) || !around.features.has(name));
    if (wrong !== undefined) {
        throw nonCanonical(`feature ${quoted(wrong)} is used and not listed, or listed and not used`);
    }
}
