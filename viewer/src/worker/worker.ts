/** The worker: opens files, decodes tensors and runs networks, away from the page. */

import { QModelError } from "qmodel";
import type { Answer, Failure, Place, Request } from "../messages.js";
import { OpenedFile } from "./opened-file.js";

let opened: OpenedFile | undefined;

self.onmessage = (event: MessageEvent<Request>): void => {
    void answer(event.data).then((message) => {
        self.postMessage(message);
    });
};

async function answer(request: Request): Promise<Answer> {
    try {
        return { id: request.id, value: await valueFor(request) };
    } catch (error) {
        return { id: request.id, failure: failureOf(error) };
    }
}

async function valueFor({ question, given }: Request): Promise<Extract<Answer, { value: unknown }>["value"]> {
    if (question === "open") {
        opened = undefined;
        opened = await OpenedFile.open(given as Place);
        return opened.description;
    }
    if (!opened) {
        throw new Error("no file is open");
    }
    switch (question) {
        case "encoding":
            return opened.encoding(given as string);
        case "values":
            return await opened.values(given as string);
        case "replay":
            return await opened.replay();
        case "classify":
            return await opened.classify(given as Uint8Array);
    }
}

function failureOf(error: unknown): Failure {
    if (error instanceof QModelError) {
        return { kind: error.kind, message: error.message };
    }
    return { kind: "internal", message: error instanceof Error ? error.message : String(error) };
}
