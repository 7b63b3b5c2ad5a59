/** The page's side of the worker: one question, one promise. */

import type { Answer, Failure, Question, Questions, Request } from "./messages.js";

/** An error that the worker met. */
export class WorkerFailure extends Error {
    override readonly name = "WorkerFailure";
    /** One of the reader's kinds, or `internal`. */
    readonly kind: string;

    constructor({ kind, message }: Failure) {
        super(message);
        this.kind = kind;
    }
}

interface Waiting {
    readonly resolve: (value: never) => void;
    readonly reject: (reason: WorkerFailure) => void;
}

/** A worker that holds one file open and answers questions about it, in their order. */
export class Client {
    readonly #worker = new Worker(new URL("./worker/worker.ts", import.meta.url), { type: "module" });
    readonly #waiting = new Map<number, Waiting>();
    #count = 0;

    constructor() {
        this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => {
            this.#settle(data);
        };
        this.#worker.onerror = (event) => {
            this.#failAll(event.message || "the worker could not be started");
        };
    }

    /**
     * Asks the worker.
     *
     * @throws WorkerFailure with the reader's kind, or `internal`.
     */
    ask<Q extends Question>(question: Q, given: Questions[Q]["takes"]): Promise<Questions[Q]["gives"]> {
        const id = this.#count++;
        return new Promise((resolve, reject) => {
            this.#waiting.set(id, { resolve, reject });
            this.#worker.postMessage({ id, question, given } satisfies Request);
        });
    }

    /** Stops the worker, whatever it is doing. */
    close(): void {
        this.#worker.terminate();
    }

    #settle(answer: Answer): void {
        const waiting = this.#waiting.get(answer.id);
        this.#waiting.delete(answer.id);
        if ("failure" in answer) {
            waiting?.reject(new WorkerFailure(answer.failure));
        } else {
            waiting?.resolve(answer.value as never);
        }
    }

    #failAll(message: string): void {
        for (const { reject } of this.#waiting.values()) {
            reject(new WorkerFailure({ kind: "internal", message }));
        }
        this.#waiting.clear();
    }
}
