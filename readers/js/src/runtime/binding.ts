/** A graph bound to operators: every rule that can be checked before running is checked here. */

import type { Graph, Node } from "../v1/qmodel/v1/graph_pb.js";
import type { RuntimeArray } from "./array.js";
import { Attributes, tensorNames } from "./attributes.js";
import { corrupt, unsupported } from "../errors.js";
import { at } from "./failures.js";
import type { Operator } from "./operator.js";
import { findOperator, NEWEST_OPSET, OLDEST_OPSET } from "./registry.js";

/** A node with its operator and its attributes. */
export interface BoundNode {
    /** What messages call it. */
    readonly place: string;
    readonly operator: Operator;
    readonly attributes: Attributes;
    /** Names of the values read; empty for one left out. */
    readonly inputs: readonly string[];
    /** Names of the values made; empty for one nobody reads. */
    readonly outputs: readonly string[];
    /** Names of tensors that attributes name. */
    readonly tensors: readonly string[];
}

/**
 * Binds the nodes of a graph, in order.
 *
 * @param graph - of a file whose manifest was checked.
 * @param isTensor - whether a name is a tensor of the file.
 * @param tensorOf - its values, asked for only when a node runs.
 * @throws QModelError `unsupported`: an operator, or an opset version, that is not implemented; `corrupt`: a node does
 *     not fit its operator, or the names do not hang together (spec/graph.md, What a reader checks, 8 to 12).
 */
export function bindGraph(
    graph: Graph,
    isTensor: (name: string) => boolean,
    tensorOf: (name: string) => RuntimeArray,
): BoundNode[] {
    const opset = graph.opsetVersion;
    if (opset < OLDEST_OPSET || opset > NEWEST_OPSET) {
        throw unsupported(`opset version ${opset} is not implemented; ${OLDEST_OPSET} to ${NEWEST_OPSET} are`);
    }
    const bound = graph.nodes.map((node, number) => bind(node, number, opset, tensorOf));
    checkNames(graph, bound, isTensor);
    return bound;
}

function bind(node: Node, number: number, opset: number, tensorOf: (name: string) => RuntimeArray): BoundNode {
    const place = `node ${JSON.stringify(node.name || String(number))} (${node.operator})`;
    try {
        const operator = findOperator(node.operator, opset);
        const inputs = withoutTrailingEmpty(node.inputs);
        const outputs = withoutTrailingEmpty(node.outputs);
        checkCounts(operator, inputs, outputs);
        const attributes = Attributes.read(node.attributes, operator.attributes, tensorOf);
        return { place, operator, attributes, inputs, outputs, tensors: tensorNames(node.attributes) };
    } catch (error) {
        throw at(place, error);
    }
}

/** Empty names at the end of a list say the same as none (spec/graph.md, Names and values). */
function withoutTrailingEmpty(names: readonly string[]): readonly string[] {
    let count = names.length;
    while (count > 0 && names[count - 1] === "") {
        count--;
    }
    return names.slice(0, count);
}

function checkCounts(operator: Operator, inputs: readonly string[], outputs: readonly string[]): void {
    const [least, most] = operator.inputs;
    const required = most === Infinity ? inputs : inputs.slice(0, least);
    if (inputs.length < least || inputs.length > most || required.includes("")) {
        throw corrupt(`wanted ${least} to ${most} inputs, got (${inputs.join(", ")})`);
    }
    const mostOutputs = operator.outputs ?? 1;
    if (outputs.length === 0) {
        throw corrupt("it names no output");
    }
    if (outputs.length > mostOutputs) {
        throw unsupported(`outputs beyond the first ${mostOutputs} are not implemented, got (${outputs.join(", ")})`);
    }
}

function checkNames(graph: Graph, bound: readonly BoundNode[], isTensor: (name: string) => boolean): void {
    const known = new Set<string>();
    const make = (name: string, place: string): void => {
        if (known.has(name) || isTensor(name)) {
            throw corrupt(`${place}: value ${JSON.stringify(name)} is made twice, or is also an input or a tensor`);
        }
        known.add(name);
    };
    const read = (name: string, place: string): void => {
        if (!known.has(name) && !isTensor(name)) {
            throw corrupt(`${place}: value ${JSON.stringify(name)} is made by nothing, or only later`);
        }
    };
    graph.inputs.forEach(({ name }) => {
        make(name, "graph input");
    });
    for (const node of bound) {
        node.inputs.filter(Boolean).forEach((name) => {
            read(name, node.place);
        });
        const missing = node.tensors.find((name) => !isTensor(name));
        if (missing !== undefined) {
            throw corrupt(`${node.place}: an attribute names tensor ${JSON.stringify(missing)}, which does not exist`);
        }
        node.outputs.filter(Boolean).forEach((name) => {
            make(name, node.place);
        });
    }
    graph.outputs.forEach(({ name }) => {
        read(name, "graph output");
    });
    if (new Set(graph.outputs.map(({ name }) => name)).size !== graph.outputs.length) {
        throw corrupt("a graph output is named twice");
    }
}
