/** Where the conformance vectors are, seen from the compiled tests. */

import { fileURLToPath } from "node:url";

/** The repository's folder of vectors. */
export const VECTORS = fileURLToPath(new URL("../../../../spec/conformance", import.meta.url));
