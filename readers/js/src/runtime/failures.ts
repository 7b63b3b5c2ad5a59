/** Errors of a network that say where they were met. */

import { beyondLimit, QModelError } from "../errors.js";

/** The same error, its message preceded by the place; `limit` where the machine gives no memory. */
export function at(place: string, error: unknown): unknown {
    if (error instanceof RangeError) {
        return beyondLimit(`${place}: no memory: ${error.message}`);
    }
    return error instanceof QModelError ? new QModelError(error.kind, `${place}: ${error.message}`) : error;
}
