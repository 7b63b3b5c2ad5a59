/** Rules of the graph that every reader checks (spec/graph.md, "What a reader checks", 1 to 7). */

import { checkName, checkSortedNames, checkText } from "../container/text.js";
import { corrupt } from "../errors.js";
import { FORMAT_LIMITS } from "../limits.js";
import { elementType } from "../types/element-type.js";
import { ImageLayout, type Graph, type ImageInput, type Node, type Value } from "../v1/qmodel/v1/graph_pb.js";
import { ElementType } from "../v1/qmodel/v1/types_pb.js";

const MOST_LENGTH = 2n ** 63n - 1n;

/**
 * Checks a graph and the bodies in it.
 *
 * @param depth Bodies around the graph.
 * @throws QModelError `corrupt`.
 */
export function checkGraph(graph: Graph, depth = 0): void {
    if (depth > FORMAT_LIMITS.graphDepth) {
        throw corrupt(`bodies of a graph are nested deeper than ${FORMAT_LIMITS.graphDepth}`);
    }
    checkText(graph.name, "the name of a graph");
    if (graph.opsetVersion < 1) {
        throw corrupt("a graph has no opset version");
    }
    for (const node of graph.nodes) {
        checkNode(node, depth);
    }
    for (const value of [...graph.inputs, ...graph.outputs]) {
        checkValue(value);
    }
    if (depth > 0 && graph.imageInputs.length > 0) {
        throw corrupt("a body has image inputs");
    }
    checkSortedNames(
        graph.imageInputs.map((image) => image.input),
        "image_inputs",
    );
    for (const image of graph.imageInputs) {
        checkImageInput(image, graph);
    }
}

function checkNode(node: Node, depth: number): void {
    checkText(node.name, "the name of a node");
    checkName(node.operator, "an operator");
    for (const name of [...node.inputs, ...node.outputs]) {
        checkText(name, "the name of a value");
    }
    checkSortedNames(
        node.attributes.map((attribute) => attribute.name),
        "attributes",
    );
    for (const { name, value } of node.attributes) {
        if (value.case === undefined) {
            throw corrupt(`attribute ${name} has no value`);
        }
        if (value.case === "graph") {
            checkGraph(value.value, depth + 1);
        }
    }
}

function checkValue(value: Value): void {
    checkName(value.name, "the name of a value");
    elementType(value.elementType, "a value of the graph");
    for (const { length } of value.shape?.dimensions ?? []) {
        if (length.case === "size" && length.value > MOST_LENGTH) {
            throw corrupt("a length of an axis is above 2^63 − 1");
        }
        if (length.case === "symbol") {
            checkName(length.value, "a symbol");
        }
    }
}

function checkImageInput(image: ImageInput, graph: Graph): void {
    const input = graph.inputs.find((value) => value.name === image.input);
    if (input?.elementType !== ElementType.F32) {
        throw corrupt("an image input names no input of f32");
    }
    if (image.layout === ImageLayout.UNSPECIFIED || !(image.layout in ImageLayout)) {
        throw corrupt("an image input has a layout that does not exist");
    }
    const divisors = [image.scale, ...image.std];
    const numbers = [...divisors, ...image.mean];
    if (!numbers.every(Number.isFinite) || divisors.includes(0)) {
        throw corrupt("scale, mean and std of an image input are finite, scale and std not 0");
    }
}
