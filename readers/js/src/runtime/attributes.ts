/** Attributes of nodes: held against what the operator declares, then read by it with its defaults. */

import type { Attribute } from "../v1/qmodel/v1/graph_pb.js";
import { clampedNumber, type RuntimeArray } from "./array.js";
import { corrupt } from "../errors.js";

/** ONNX's types of attributes, those that the operators here have. */
export type AttributeType = "float" | "int" | "string" | "floats" | "ints" | "strings" | "tensor";

/** Attributes of an operator by name; those that must be given end in "!". */
export type Declaration = Readonly<Record<string, AttributeType | `${AttributeType}!`>>;

type Given = number | string | readonly number[] | readonly string[] | { readonly tensor: string };

/** The attributes of one node. */
export class Attributes {
    private constructor(
        private readonly given: ReadonlyMap<string, Given>,
        private readonly tensorOf: (name: string) => RuntimeArray,
    ) {}

    /**
     * Reads the attributes of a node.
     *
     * @param list - in the file's order.
     * @param declared - what the operator has.
     * @param tensorOf - a tensor of the file, called when the operator runs.
     * @throws QModelError `corrupt`: an attribute is unknown, of another type, or missing.
     */
    static read(
        list: readonly Attribute[],
        declared: Declaration,
        tensorOf: (name: string) => RuntimeArray,
    ): Attributes {
        const given = new Map<string, Given>();
        for (const attribute of list) {
            const type = Object.hasOwn(declared, attribute.name) ? declared[attribute.name] : undefined;
            if (type === undefined) {
                throw corrupt(`unknown attribute ${JSON.stringify(attribute.name)}`);
            }
            given.set(attribute.name, valueOf(attribute, type.replace("!", "") as AttributeType));
        }
        for (const [name, type] of Object.entries(declared)) {
            if (type.endsWith("!") && !given.has(name)) {
                throw corrupt(`attribute ${JSON.stringify(name)} is missing`);
            }
        }
        return new Attributes(given, tensorOf);
    }

    /** Whether the node gives it. */
    has(name: string): boolean {
        return this.given.has(name);
    }

    /** A number: a FLOAT or an INT. */
    number(name: string, otherwise: number): number {
        return (this.given.get(name) as number | undefined) ?? otherwise;
    }

    /** A STRING. */
    text(name: string, otherwise: string): string {
        return (this.given.get(name) as string | undefined) ?? otherwise;
    }

    /** FLOATS or INTS; empty when left out. */
    numbers(name: string): readonly number[] {
        return (this.given.get(name) as readonly number[] | undefined) ?? [];
    }

    /** STRINGS; empty when left out. */
    texts(name: string): readonly string[] {
        return (this.given.get(name) as readonly string[] | undefined) ?? [];
    }

    /** A TENSOR. */
    tensor(name: string): RuntimeArray | undefined {
        const found = this.given.get(name) as { tensor: string } | undefined;
        return found && this.tensorOf(found.tensor);
    }
}

/** The tensors that attributes name. */
export function tensorNames(list: readonly Attribute[]): string[] {
    return list.flatMap(({ value }) => (value.case === "tensorName" ? [value.value] : []));
}

function valueOf(attribute: Attribute, type: AttributeType): Given {
    const { value } = attribute;
    const isEmptyList = isList(value) && value.value.values.length === 0;
    // spec/graph.md, Attribute: an empty list has no elements that could tell its type.
    if (isEmptyList && type.endsWith("s")) {
        return [];
    }
    switch (value.case) {
        case "floatValue":
            return accepted(type === "float", attribute.name, type, value.value);
        case "intValue":
            return accepted(type === "int", attribute.name, type, clampedNumber(value.value));
        case "stringValue":
            return accepted(type === "string", attribute.name, type, textOf(attribute.name, value.value));
        case "floatList":
            return accepted(type === "floats", attribute.name, type, value.value.values);
        case "intList":
            return accepted(type === "ints", attribute.name, type, value.value.values.map(clampedNumber));
        case "stringList": {
            const texts = value.value.values.map((bytes) => textOf(attribute.name, bytes));
            return accepted(type === "strings", attribute.name, type, texts);
        }
        case "tensorName":
            return accepted(type === "tensor", attribute.name, type, { tensor: value.value });
        default:
            throw corrupt(`attribute ${JSON.stringify(attribute.name)} must be ${type}, got ${value.case}`);
    }
}

function isList(
    value: Attribute["value"],
): value is Extract<Attribute["value"], { case: "floatList" | "intList" | "stringList" }> {
    return value.case === "floatList" || value.case === "intList" || value.case === "stringList";
}

function accepted(fits: boolean, name: string, type: AttributeType, value: Given): Given {
    if (!fits) {
        throw corrupt(`attribute ${JSON.stringify(name)} must be of ONNX's type ${type.toUpperCase()}`);
    }
    return value;
}

function textOf(name: string, bytes: Uint8Array): string {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
        throw corrupt(`attribute ${JSON.stringify(name)} must be UTF-8 text`);
    }
}
