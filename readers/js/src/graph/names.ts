/** Rules of the names in a graph, which whoever runs it checks, and a verifier (spec/graph.md, 8 to 11). */

import { quoted } from "../container/text.js";
import { corrupt } from "../errors.js";
import type { Graph, Node } from "../v1/qmodel/v1/graph_pb.js";

/**
 * Checks that each name is made once and before it is read.
 *
 * @param tensors Whether the file has a tensor of a name.
 * @throws QModelError `corrupt`.
 */
export function checkGraphNames(graph: Graph, tensors: { has(name: string): boolean }): void {
    new NameCheck(tensors).graph(graph, new Scope(undefined), graph.opsetVersion);
}

/** Names that a graph has made so far, and those that it sees of the graph around it. */
class Scope {
    readonly #made = new Set<string>();

    constructor(readonly around: Scope | undefined) {}

    has(name: string): boolean {
        return this.#made.has(name) || (this.around?.has(name) ?? false);
    }

    add(name: string): void {
        this.#made.add(name);
    }
}

class NameCheck {
    readonly #tensors: { has(name: string): boolean };

    constructor(tensors: { has(name: string): boolean }) {
        this.#tensors = tensors;
    }

    graph(graph: Graph, scope: Scope, opsetVersion: number): void {
        if (graph.opsetVersion !== opsetVersion) {
            throw corrupt("a body has another opset version than the graph around it");
        }
        for (const input of graph.inputs) {
            this.#make(input.name, scope);
        }
        for (const node of graph.nodes) {
            this.#node(node, scope, opsetVersion);
        }
        const named = new Set<string>();
        for (const { name } of graph.outputs) {
            if (!this.#isMade(name, scope) || named.has(name)) {
                throw corrupt(`output ${quoted(name)} of a graph is made by nothing, or named twice`);
            }
            named.add(name);
        }
    }

    #node(node: Node, scope: Scope, opsetVersion: number): void {
        for (const name of node.inputs) {
            if (name !== "" && !this.#isMade(name, scope)) {
                throw corrupt(`${quoted(name)} is read before anything makes it`);
            }
        }
        for (const { value } of node.attributes) {
            if (value.case === "tensorName" && !this.#tensors.has(value.value)) {
                throw corrupt(`an attribute names a tensor ${quoted(value.value)}, which does not exist`);
            }
            if (value.case === "graph") {
                this.graph(value.value, new Scope(scope), opsetVersion);
            }
        }
        for (const name of node.outputs) {
            if (name !== "") {
                this.#make(name, scope);
            }
        }
    }

    #isMade(name: string, scope: Scope): boolean {
        return this.#tensors.has(name) || scope.has(name);
    }

    #make(name: string, scope: Scope): void {
        if (this.#isMade(name, scope)) {
            throw corrupt(`${quoted(name)} is made twice, or stands for two things`);
        }
        scope.add(name);
    }
}
