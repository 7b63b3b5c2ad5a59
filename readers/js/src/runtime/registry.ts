/** The table of operators. */

import { unsupported } from "../errors.js";
import type { Operator } from "./operator.js";
import { activations } from "./ops/activations.js";
import { arithmetic } from "./ops/arithmetic.js";
import { arrangement } from "./ops/arrangement.js";
import { constants } from "./ops/constants.js";
import { convolution } from "./ops/convolution.js";
import { matrices } from "./ops/matrices.js";
import { normalization } from "./ops/normalization.js";
import { pools } from "./ops/pools.js";
import { reductions } from "./ops/reductions.js";
import { shapes } from "./ops/shapes.js";
import { softmaxes } from "./ops/softmax.js";
import { gru } from "./recurrent/gru.js";
import { lstm } from "./recurrent/lstm.js";
import { rnn } from "./recurrent/rnn.js";

/** The oldest opset version whose networks run. */
export const OLDEST_OPSET = 9;
/** The newest opset version whose networks run. */
export const NEWEST_OPSET = 28;

const byName = new Map<string, Operator[]>();
for (const operator of [
    ...activations,
    ...arithmetic,
    ...arrangement,
    ...constants,
    ...convolution,
    ...matrices,
    ...normalization,
    ...pools,
    ...reductions,
    ...shapes,
    ...softmaxes,
    gru,
    lstm,
    rnn,
]) {
    byName.set(operator.name, [...(byName.get(operator.name) ?? []), operator]);
}

/** The names of all operators, sorted. */
export function operatorNames(): string[] {
    return [...byName.keys()].sort();
}

/**
 * The meaning of an operator in an opset version.
 *
 * @throws QModelError `unsupported`: there is none.
 */
export function findOperator(name: string, opset: number): Operator {
    const versions = byName.get(name);
    const found = versions?.find(({ since = 1, until = Infinity }) => since <= opset && opset <= until);
    if (!found) {
        const what = versions ? `operator ${name} of opset ${opset}` : `operator ${name}`;
        throw unsupported(`${what} is not implemented`);
    }
    return found;
}
