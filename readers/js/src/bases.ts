/** Looking for the base of a delta among other files (spec/encodings/delta.md, "Finding the base"). */

import { equalBytes } from "./container/frames.js";
import { quoted } from "./container/text.js";
import { digestOf } from "./encodings/digest.js";
import type { DeltaPlan } from "./encodings/plan.js";
import { beyondLimit, QModelError, unsupported } from "./errors.js";
import { FORMAT_LIMITS } from "./limits.js";
import type { ElementTypeInfo } from "./types/element-type.js";
import type { Values } from "./types/values.js";

/** What is known of a tensor of another file before it is decoded. */
export interface BaseCandidate {
    readonly name: string;
    readonly type: ElementTypeInfo;
    readonly lengths: readonly bigint[];
}

/** A file whose tensors may be bases. */
export interface BaseFile {
    /** Its tensors. */
    readonly candidates: () => Iterable<BaseCandidate>;
    /** Decodes one, following so many deltas before it. */
    readonly decode: (name: string, deltas: number) => Promise<Values>;
    /** Digests that were computed, by name. */
    readonly digests: Map<string, Uint8Array>;
}

/**
 * The values of a delta's base.
 *
 * @param deltas How many deltas were followed to this one.
 * @throws QModelError `unsupported` where no file has it; `limit` for a chain that is too long; what decoding a tensor
 * of the base's name throws.
 */
export async function findBase(delta: DeltaPlan, files: readonly BaseFile[], deltas: number): Promise<Values> {
    if (deltas >= FORMAT_LIMITS.deltas) {
        throw beyondLimit(`deltas against deltas are followed through at most ${FORMAT_LIMITS.deltas} files`);
    }
    const places = files.flatMap((file) =>
        [...file.candidates()].filter((candidate) => isLike(candidate, delta)).map(({ name }) => ({ file, name })),
    );
    const isNamed = (place: { name: string }): boolean => place.name === delta.baseName;
    for (const { file, name } of [...places.filter(isNamed), ...places.filter((place) => !isNamed(place))]) {
        const values = await matching(file, name, delta, deltas);
        if (values !== undefined) {
            return values;
        }
    }
    const digest = Array.from(delta.digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    throw unsupported(
        `a delta against tensor ${quoted(delta.baseName)} of another file, whose SHA-256 is ${digest}: ` +
            "none of the files given as bases has it",
    );
}

function isLike(candidate: BaseCandidate, delta: DeltaPlan): boolean {
    return (
        candidate.type === delta.baseType &&
        candidate.lengths.length === delta.lengths.length &&
        candidate.lengths.every((length, axis) => length === delta.lengths[axis])
    );
}

async function matching(file: BaseFile, name: string, delta: DeltaPlan, deltas: number): Promise<Values | undefined> {
    const known = file.digests.get(name);
    if (known !== undefined && !equalBytes(known, delta.digest)) {
        return undefined;
    }
    let values: Values;
    try {
        values = await file.decode(name, deltas + 1);
    } catch (error) {
        // What is damaged, and probably not the base, is no reason to stop.
        if (error instanceof QModelError && name !== delta.baseName) {
            return undefined;
        }
        throw error;
    }
    const digest = known ?? (await digestOf(values, delta.lengths));
    file.digests.set(name, digest);
    return equalBytes(digest, delta.digest) ? values : undefined;
}
