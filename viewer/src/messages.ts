/** What the page and its worker say to each other. */

import type {
    Classification,
    EncodingPart,
    FileDescription,
    ReplayedDescription,
    TensorValues,
} from "./description.js";

/** Where a file is. */
export type Place = { readonly file: File } | { readonly url: string };

/** Questions by name: what each takes and gives. */
export interface Questions {
    /** Opens a file in place of the one before. */
    open: { takes: Place; gives: FileDescription };
    /** The encoding of a tensor. */
    encoding: { takes: string; gives: EncodingPart };
    /** Decodes a tensor. */
    values: { takes: string; gives: TensorValues };
    /** Runs all golden samples. */
    replay: { takes: null; gives: ReplayedDescription[] };
    /** Classifies 784 pixels, 0 to 255, row after row. */
    classify: { takes: Uint8Array<ArrayBuffer>; gives: Classification };
}

/** The name of a question. */
export type Question = keyof Questions;

/** An error as it crosses to the page. */
export interface Failure {
    /** One of the reader's kinds, or `internal` for what should not happen. */
    readonly kind: string;
    readonly message: string;
}

/** From the page. */
export interface Request {
    readonly id: number;
    readonly question: Question;
    readonly given: Questions[Question]["takes"];
}

/** From the worker. */
export type Answer =
    | { readonly id: number; readonly value: Questions[Question]["gives"] }
    | { readonly id: number; readonly failure: Failure };
