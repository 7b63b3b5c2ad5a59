/** A graph as the page shows it. */

import { ImageLayout, type Attribute, type Graph, type ImageInput, type Node, type Value } from "qmodel/v1/graph_pb";
import type { GraphDescription, NodeDescription, ValueDescription } from "../description.js";
import { significant } from "../figures.js";
import { typeName } from "./element-types.js";

const MOST_LISTED = 16;

/** Describes a graph; bodies of control flow are named and not opened. */
export function describeGraph(graph: Graph): GraphDescription {
    return {
        name: graph.name,
        opset: graph.opsetVersion,
        inputs: graph.inputs.map(describeValue),
        outputs: graph.outputs.map(describeValue),
        nodes: graph.nodes.map(describeNode),
        imageInputs: graph.imageInputs.map(describeImageInput),
        takesDigits: takesDigits(graph),
    };
}

/** Whether 28 × 28 pixels of one channel fit the only input. */
function takesDigits(graph: Graph): boolean {
    const [image] = graph.imageInputs;
    const [input] = graph.inputs;
    if (graph.inputs.length !== 1 || graph.imageInputs.length !== 1 || !image || image.input !== input?.name) {
        return false;
    }
    const wanted = axesOfDigit(image.layout);
    const given = input.shape?.dimensions;
    if (!given) {
        return true;
    }
    const fits = given.every(({ length }, axis) => length.case !== "size" || Number(length.value) === wanted[axis]);
    return given.length === wanted.length && fits;
}

function axesOfDigit(layout: ImageLayout): number[] {
    switch (layout) {
        case ImageLayout.NCHW:
            return [1, 1, 28, 28];
        case ImageLayout.NHWC:
            return [1, 28, 28, 1];
        case ImageLayout.NHW:
            return [1, 28, 28];
        default:
            return [1, 784];
    }
}

function describeValue({ name, elementType, shape }: Value): ValueDescription {
    const lengths = shape?.dimensions.map(({ length }) => (length.case ? String(length.value) : "?"));
    return { name, elementType: typeName(elementType), shape: lengths ? lengths.join(" × ") || "scalar" : "any shape" };
}

function describeNode({ name, operator, inputs, outputs, attributes }: Node): NodeDescription {
    return {
        name,
        operator,
        inputs,
        outputs,
        attributes: attributes.map((attribute) => [attribute.name, textOf(attribute)] as const),
    };
}

function textOf({ value }: Attribute): string {
    switch (value.case) {
        case "floatValue":
            return significant(value.value, 6);
        case "intValue":
            return String(value.value);
        case "stringValue":
            return new TextDecoder().decode(value.value);
        case "floatList":
            return listed(value.value.values, (item) => significant(item, 6));
        case "intList":
            return listed(value.value.values, String);
        case "stringList":
            return listed(value.value.values, (item) => new TextDecoder().decode(item));
        case "tensorName":
            return `tensor ${value.value}`;
        case "graph":
            return `a graph of ${value.value.nodes.length} nodes`;
        default:
            return "nothing";
    }
}

function listed<T>(values: readonly T[], spell: (value: T) => string): string {
    const rest = values.length > MOST_LISTED ? ", …" : "";
    return `[${values.slice(0, MOST_LISTED).map(spell).join(", ")}${rest}]`;
}

function describeImageInput({ input, layout, scale, mean, std }: ImageInput): string {
    const list = (values: readonly number[]): string => values.map((value) => significant(value, 4)).join(", ");
    const less = mean.length ? ` − (${list(mean)})` : "";
    const over = std.length ? ` / (${list(std)})` : "";
    const scaled = `pixel · ${significant(scale, 4)}${less}`;
    const name = ImageLayout[layout].toLowerCase();
    return `${input} = ${over && less ? `(${scaled})` : scaled}${over}, as ${name}`;
}
