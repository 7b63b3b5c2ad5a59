/** The colour that stands for a kind of encoding everywhere on the page. */

const KINDS = [
    "plain",
    "affine",
    "codebook",
    "sparse",
    "trellis",
    "low_rank",
    "sum",
    "hashed",
    "transform",
    "delta",
    "alias",
];

/** The class that gives an element the colour of a kind. */
export function kindClass(kind: string): string {
    return `kind kind-${KINDS.includes(kind) ? kind : "other"}`;
}
