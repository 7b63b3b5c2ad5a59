/** The one error of this library, and its kinds (spec/README.md, "Error kinds"). */

/**
 * Why something was refused.
 *
 * - `corrupt`: a rule of the format is broken.
 * - `non_canonical`: the values can be read, the form is not the one allowed.
 * - `unsupported`: the file may be fine and needs something that this reader lacks, or was not given.
 * - `limit`: more than this reader is willing to spend.
 * - `invalid_input`: the caller asked for what cannot be: a tensor that is not there, a source that cannot be read.
 */
export type ErrorKind = "corrupt" | "non_canonical" | "unsupported" | "limit" | "invalid_input";

/** Every error that leaves this library. */
export class QModelError extends Error {
    override readonly name = "QModelError";
    readonly kind: ErrorKind;

    constructor(kind: ErrorKind, message: string, options?: ErrorOptions) {
        super(message, options);
        this.kind = kind;
    }
}

/** A broken rule. */
export function corrupt(message: string): QModelError {
    return new QModelError("corrupt", message);
}

/** A form that is not the one allowed. */
export function nonCanonical(message: string): QModelError {
    return new QModelError("non_canonical", message);
}

/** Something that this reader does not have. */
export function unsupported(message: string): QModelError {
    return new QModelError("unsupported", message);
}

/** More than this reader spends. */
export function beyondLimit(message: string): QModelError {
    return new QModelError("limit", message);
}

/** A mistake of the caller, or of the world around the file. */
export function invalidInput(message: string, cause?: unknown): QModelError {
    return new QModelError("invalid_input", message, cause === undefined ? undefined : { cause });
}
