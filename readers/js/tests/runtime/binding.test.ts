/** What a graph is refused for before anything is computed (spec/graph.md, What a reader checks). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { QModelError, type ErrorKind } from "../../src/errors.js";
import { Network, type RuntimeArray } from "../../src/runtime/index.js";
import { GraphSchema, ValueSchema, type AttributeSchema, type NodeSchema } from "../../src/v1/qmodel/v1/graph_pb.js";
import { ElementType } from "../../src/v1/qmodel/v1/types_pb.js";

type NodeShape = MessageInitShape<typeof NodeSchema>;
type GraphShape = MessageInitShape<typeof GraphSchema>;

const relu: NodeShape = { name: "act", operator: "Relu", inputs: ["x"], outputs: ["y"] };
const weight: RuntimeArray = { kind: "f32", shape: [2], data: Float32Array.of(1, 2) };

function load(nodes: NodeShape[], changes: GraphShape = {}): Promise<Network> {
    const dimensions = [{ length: { case: "symbol", value: "N" } }, { length: { case: "size", value: 2n } }] as const;
    const graph = create(GraphSchema, {
        opsetVersion: 17,
        nodes,
        inputs: [{ name: "x", elementType: ElementType.F32, shape: { dimensions: [...dimensions] } }],
        outputs: [{ name: "y", elementType: ElementType.F32 }],
        ...changes,
    });
    const fetch = (): Promise<RuntimeArray> => Promise.resolve(weight);
    return Network.load(graph, (name) => name === "w", fetch);
}

function refusal(kind: ErrorKind, message: RegExp): (error: unknown) => boolean {
    return (error) => {
        assert.ok(error instanceof QModelError);
        assert.equal(error.kind, kind);
        assert.match(error.message, message);
        return true;
    };
}

const REFUSED: [string, NodeShape[], GraphShape, ErrorKind, RegExp][] = [
    ["an unknown operator", [{ ...relu, operator: "Magic" }], {}, "unsupported", /"act" \(Magic\).*Magic/],
    ["an opset of the future", [relu], { opsetVersion: 1000 }, "unsupported", /opset version 1000/],
    ["an operator that its opset lacks", [{ ...relu, operator: "Gemm" }], { opsetVersion: 8 }, "unsupported", /opset/],
    ["too many inputs", [{ ...relu, inputs: ["x", "w"] }], {}, "corrupt", /wanted 1 to 1 inputs/],
    ["a missing input", [{ ...relu, inputs: [""] }], {}, "corrupt", /wanted 1 to 1 inputs/],
    ["no output", [{ ...relu, outputs: [""] }], {}, "corrupt", /names no output/],
    ["a value made by nothing", [{ ...relu, inputs: ["z"] }], {}, "corrupt", /"z" is made by nothing/],
    ["a value made twice", [relu, relu], {}, "corrupt", /"y" is made twice/],
    ["an output made by nothing", [], {}, "corrupt", /graph output.*"y"/],
    [
        "an unknown attribute",
        [{ ...relu, attributes: [{ name: "alpha", value: { case: "floatValue", value: 1 } }] }],
        {},
        "corrupt",
        /unknown attribute "alpha"/,
    ],
    [
        "an attribute of another type",
        [{ ...relu, operator: "Elu", attributes: [{ name: "alpha", value: { case: "intValue", value: 1n } }] }],
        {},
        "corrupt",
        /"alpha" must be of ONNX's type FLOAT/,
    ],
    ["a missing attribute", [{ ...relu, operator: "MaxPool" }], {}, "corrupt", /"kernel_shape" is missing/],
];

for (const [what, nodes, changes, kind, message] of REFUSED) {
    test(`refused: ${what}`, async () => {
        await assert.rejects(load(nodes, changes), refusal(kind, message));
    });
}

test("empty names at the end of lists are as good as left away", async () => {
    const network = await load([{ ...relu, operator: "Clip", inputs: ["x", "", ""], outputs: ["y", ""] }]);
    const x: RuntimeArray = { kind: "f32", shape: [1, 2], data: Float32Array.of(-1, 3) };
    assert.deepEqual([...(network.run(new Map([["x", x]])).get("y")!.data as Float32Array)], [-1, 3]);
});

test("nodes that no output needs do not run", async () => {
    const broken: NodeShape = { operator: "Reshape", inputs: ["x", "w"], outputs: ["z"] };
    const network = await load([broken, relu]);
    const x: RuntimeArray = { kind: "f32", shape: [1, 2], data: Float32Array.of(-1, 3) };
    assert.deepEqual([...(network.run(new Map([["x", x]])).get("y")!.data as Float32Array)], [0, 3]);
});

const UNFIT: [string, [string, RuntimeArray][], RegExp][] = [
    ["a missing input", [], /"x" is missing/],
    [
        "an input that the graph has not",
        [
            ["x", floats([1, 2])],
            ["z", floats([1])],
        ],
        /no input "z"/,
    ],
    ["another element type", [["x", { kind: "s32", shape: [1, 2], data: new Int32Array(2) }]], /wanted f32, got s32/],
    ["another number of axes", [["x", floats([2])]], /wanted 2 axes/],
    ["another length", [["x", floats([1, 3])]], /axis 1: wanted length 2, got 3/],
];

for (const [what, given, message] of UNFIT) {
    test(`unfit: ${what}`, async () => {
        const network = await load([relu]);
        assert.throws(() => network.run(new Map(given)), refusal("invalid_input", message));
    });
}

test("one symbol stands for one length", async () => {
    const inputs = ["x", "z"].map((name) =>
        create(ValueSchema, {
            name,
            elementType: ElementType.F32,
            shape: { dimensions: [{ length: { case: "symbol", value: "N" } }] },
        }),
    );
    const network = await load([{ ...relu, operator: "Sum", inputs: ["x", "z"] }], { inputs });
    const given = new Map([
        ["x", floats([2])],
        ["z", floats([1])],
    ]);
    assert.throws(() => network.run(given), refusal("invalid_input", /"N" is 2, got 1/));
});

test("a node that fails is named", async () => {
    const network = await load([
        constant({ name: "value_floats", value: { case: "floatList", value: { values: [1, 2, 3] } } }),
        { ...relu, operator: "Add", inputs: ["x", "k"] },
    ]);
    const given = new Map([["x", floats([1, 2])]]);
    assert.throws(() => network.run(given), refusal("corrupt", /node "act" \(Add\): shapes/));
});

test("a run that asks for too much memory is stopped", async () => {
    const lengths = constant({ name: "value_ints", value: { case: "intList", value: { values: [2n ** 31n, 2n] } } });
    const huge: NodeShape = { name: "huge", operator: "ConstantOfShape", inputs: ["k"], outputs: ["y"] };
    const network = await load([lengths, huge]);
    assert.throws(() => network.run(new Map([["x", floats([1, 2])]])), refusal("limit", /node "huge"/));
});

function constant(attribute: MessageInitShape<typeof AttributeSchema>): NodeShape {
    return { operator: "Constant", outputs: ["k"], attributes: [attribute] };
}

function floats(shape: number[]): RuntimeArray {
    return { kind: "f32", shape, data: new Float32Array(shape.reduce((product, length) => product * length, 1)) };
}
