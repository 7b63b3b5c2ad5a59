/** The graph as boxes and arrows between them: nodes, and the inputs and outputs of the whole. */

import type { GraphDescription, NodeDescription, TensorDescription, ValueDescription } from "../description.js";

/** A box of the drawing. */
export interface Box {
    readonly kind: "input" | "output" | "node";
    readonly title: string;
    readonly note: string;
    /** The node; undefined for inputs and outputs. */
    readonly node: NodeDescription | undefined;
    readonly value: ValueDescription | undefined;
    /** Tensors that it reads. */
    readonly tensors: readonly TensorDescription[];
}

/** An arrow: the value that one box makes and another reads. */
export interface Arrow {
    readonly from: number;
    readonly to: number;
    readonly value: string;
}

/** Boxes and arrows. */
export interface Flow {
    readonly boxes: readonly Box[];
    readonly arrows: readonly Arrow[];
}

/** The flow of a graph; tensors are shown in the boxes that read them. */
export function flowOf(graph: GraphDescription, tensors: ReadonlyMap<string, TensorDescription>): Flow {
    const inputs = graph.inputs.map((value) => end("input", value));
    const outputs = graph.outputs.map((value) => end("output", value));
    const nodes = graph.nodes.map((node) => boxOf(node, tensors));
    const boxes = [...inputs, ...nodes, ...outputs];
    const makers = new Map<string, number>();
    graph.inputs.forEach(({ name }, k) => makers.set(name, k));
    graph.nodes.forEach((node, k) => {
        node.outputs.filter(Boolean).forEach((name) => makers.set(name, inputs.length + k));
    });
    const arrows = boxes.flatMap((box, to) => {
        const read = box.node ? box.node.inputs : box.kind === "output" ? [box.title] : [];
        return [...new Set(read)].flatMap((value) => {
            const from = makers.get(value);
            return from === undefined || from === to ? [] : [{ from, to, value }];
        });
    });
    return { boxes, arrows };
}

function end(kind: "input" | "output", value: ValueDescription): Box {
    const note = `${value.elementType} ${value.shape}`;
    return { kind, title: value.name, note, node: undefined, value, tensors: [] };
}

function boxOf(node: NodeDescription, all: ReadonlyMap<string, TensorDescription>): Box {
    const tensors = node.inputs.flatMap((name) => all.get(name) ?? []);
    return { kind: "node", title: node.operator, note: noteOf(node, tensors), node, value: undefined, tensors };
}

/** The shape of the first weight, or the attributes that matter most. */
function noteOf(node: NodeDescription, [weight]: readonly TensorDescription[]): string {
    const value = (name: string): string | undefined => node.attributes.find(([each]) => each === name)?.[1];
    const kernel = value("kernel_shape");
    const strides = value("strides");
    const parts = [
        weight && weight.shape.length > 0 ? weight.shape.join("×") : undefined,
        weight === undefined && kernel !== undefined ? kernel : undefined,
        strides !== undefined && /[2-9]/.test(strides)
            ? `stride ${strides.replace(/^\[(\d+)(, \1)*\]$/, "$1")}`
            : undefined,
        value("axis") !== undefined ? `axis ${value("axis") ?? ""}` : undefined,
        value("perm"),
    ];
    return parts.filter(Boolean).slice(0, 2).join(", ");
}
