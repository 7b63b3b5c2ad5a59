/** A network that runs: a graph bound to operators, with its weights. */

import type { Graph } from "../v1/qmodel/v1/graph_pb.js";
import type { RuntimeArray } from "./array.js";
import { bindGraph, type BoundNode } from "./binding.js";
import { corrupt, invalidInput } from "../errors.js";
import type { QModelFile } from "../file.js";
import { at } from "./failures.js";
import { checkInputs } from "./inputs.js";
import { arrayOf } from "./tensors.js";

/** Called with the output of every node, in order. */
export type Observer = (node: string, name: string, array: RuntimeArray) => void;

/** A graph that was checked whole, to be run many times. */
export class Network {
    private constructor(
        /** The network, as the file has it. */
        readonly graph: Graph,
        private readonly nodes: readonly BoundNode[],
        private readonly tensors: ReadonlyMap<string, RuntimeArray>,
    ) {}

    /**
     * Checks a graph, then fetches the tensors that it reads.
     *
     * @param graph - of a file whose manifest was checked.
     * @param isTensor - whether a name is a tensor of the file.
     * @param fetch - its values; asked once for each tensor, after everything else was checked.
     * @throws QModelError `unsupported`: an operator, an opset version or an element type that is not implemented;
     *     `corrupt`: the graph breaks a rule; whatever `fetch` throws.
     */
    static async load(
        graph: Graph,
        isTensor: (name: string) => boolean,
        fetch: (name: string) => Promise<RuntimeArray>,
    ): Promise<Network> {
        const tensors = new Map<string, RuntimeArray>();
        const nodes = needed(
            bindGraph(graph, isTensor, (name) => found(tensors, name)),
            graph,
        );
        const read = [
            ...nodes.flatMap((node) => [...node.inputs, ...node.tensors]),
            ...graph.outputs.map(({ name }) => name),
        ];
        for (const name of new Set(read)) {
            if (isTensor(name)) {
                tensors.set(name, await fetch(name));
            }
        }
        return new Network(graph, nodes, tensors);
    }

    /**
     * The network of a file, with its weights decoded.
     *
     * @throws QModelError as `load` does; `invalid_input` where the file has no graph.
     */
    static async of(file: QModelFile): Promise<Network> {
        const { graph } = file.manifest;
        if (!graph) {
            throw invalidInput("the file has no graph");
        }
        return await Network.load(
            graph,
            (name) => file.tensors.has(name),
            async (name) => arrayOf(await file.tensor(name), `tensor ${JSON.stringify(name)}`),
        );
    }

    /**
     * Computes the outputs.
     *
     * @param inputs - an array for each input of the graph.
     * @param observe - is shown every value on the way.
     * @returns the graph's outputs by name; they may share memory with inputs and weights.
     * @throws QModelError `invalid_input`: the inputs do not fit the graph; `corrupt`, `unsupported`, `limit`: a node
     *     failed, which the message names.
     */
    run(inputs: ReadonlyMap<string, RuntimeArray>, observe?: Observer): Map<string, RuntimeArray> {
        checkInputs(this.graph.inputs, inputs);
        const values = new Map([...this.tensors, ...inputs]);
        const lastReader = this.lastReaders();
        for (const node of this.nodes) {
            const made = compute(node, values);
            node.outputs.forEach((name, k) => {
                const array = made[k];
                if (name && array) {
                    values.set(name, array);
                    observe?.(node.place, name, array);
                }
            });
            for (const name of node.inputs) {
                if (lastReader.get(name) === node) {
                    values.delete(name);
                }
            }
        }
        return new Map(this.graph.outputs.map(({ name }) => [name, found(values, name)]));
    }

    /** The node after which a value is not needed any more; none for outputs of the graph. */
    private lastReaders(): Map<string, BoundNode> {
        const last = new Map<string, BoundNode>();
        this.nodes.forEach((node) => {
            node.inputs.forEach((name) => last.set(name, node));
        });
        this.graph.outputs.forEach(({ name }) => last.delete(name));
        return last;
    }
}

function compute(node: BoundNode, values: ReadonlyMap<string, RuntimeArray>): readonly RuntimeArray[] {
    try {
        const inputs = node.inputs.map((name) => (name ? found(values, name) : undefined));
        return node.operator.compute(inputs, node.attributes, node.outputs.length);
    } catch (error) {
        throw at(node.place, error);
    }
}

function found(values: ReadonlyMap<string, RuntimeArray>, name: string): RuntimeArray {
    const array = values.get(name);
    if (!array) {
        throw corrupt(`value ${JSON.stringify(name)} was not made`);
    }
    return array;
}

/** The nodes that the outputs depend on, in order. */
function needed(nodes: readonly BoundNode[], graph: Graph): BoundNode[] {
    const wanted = new Set(graph.outputs.map(({ name }) => name));
    const chosen = nodes.toReversed().filter((node) => {
        const isNeeded = node.outputs.some((name) => name && wanted.has(name));
        if (isNeeded) {
            node.inputs.forEach((name) => wanted.add(name));
        }
        return isNeeded;
    });
    return chosen.reverse();
}
