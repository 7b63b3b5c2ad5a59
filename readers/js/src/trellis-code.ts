/** The convolutional codes of trellises (spec/encodings/trellis.md, "States"). */

const PARITY_CHECKS: ReadonlyMap<number, readonly [h0: number, h1: number]> = new Map([
    [4, [0o5, 0o2]],
    [8, [0o13, 0o4]],
    [16, [0o23, 0o10]],
    [32, [0o43, 0o24]],
    [64, [0o167, 0o26]],
    [128, [0o247, 0o102]],
    [256, [0o523, 0o212]],
    [512, [0o1243, 0o432]],
    [1024, [0o2621, 0o1012]],
    [2048, [0o4405, 0o3002]],
]);

/** Whether a trellis can have so many states. */
export function isTrellisStates(states: number): boolean {
    return PARITY_CHECKS.has(states);
}

/**
 * The next state by 2 · state + the lowest bit of the code k.
 *
 * The quantizer of a state is its lowest bit.
 */
export function transitions(states: number): Uint16Array {
    const [h0, h1] = PARITY_CHECKS.get(states) ?? [0, 0];
    const next = new Uint16Array(2 * states);
    for (let state = 0; state < states; state++) {
        const quantizer = state & 1;
        for (let parity = 0; parity < 2; parity++) {
            const step = (state >> 1) ^ (quantizer * (h0 >> 1)) ^ ((parity ^ quantizer) * (h1 >> 1));
            next[2 * state + parity] = step;
        }
    }
    return next;
}
