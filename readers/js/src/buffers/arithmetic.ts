/** Decoding the coding `arithmetic` (spec/buffers/arithmetic.md, "A chunk"). */

import { transitions } from "../trellis-code.js";
import { boundsOf, type ElementTypeInfo, type Storage } from "../types/element-type.js";
import { ElementDecoder } from "./arithmetic-decisions.js";
import { Prediction } from "./arithmetic-prediction.js";
import type { ArithmeticPlan } from "./plan.js";
import { RangeDecoder } from "./range-decoder.js";

/**
 * Decodes one payload into the elements from `start` on.
 *
 * @throws QModelError `corrupt`.
 */
export function decodeArithmetic(
    plan: ArithmeticPlan,
    type: ElementTypeInfo,
    payload: Uint8Array,
    target: Storage,
    start: number,
    count: number,
): void {
    const [least, greatest] = boundsOf(type);
    const { center } = plan;
    const coder = new RangeDecoder(payload);
    const elements = new ElementDecoder(coder, least - center, greatest - center, plan.trellisStates > 0);
    const prediction = new Prediction(plan, start, count);
    const next = plan.trellisStates > 0 ? transitions(plan.trellisStates) : new Uint16Array(2);
    let state = 0;
    for (let i = start; i < start + count; i++) {
        const quantizer = state & 1;
        prediction.predict();
        const k = elements.element(prediction.mean, prediction.scale, quantizer);
        prediction.learn(2 * k + quantizer);
        target[i] = k + center;
        state = next[2 * state + (k & 1)]!;
    }
    coder.end();
}
