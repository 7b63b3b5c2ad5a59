/** What went wrong, of which kind, and what to do. */

import { element } from "./dom.js";

interface Advice {
    readonly title: string;
    readonly todo: string;
}

const ADVICE: Readonly<Record<string, Advice>> = {
    corrupt: {
        title: "The file is damaged",
        todo: "Fetch it again or take it from a backup; its checksums show that its bytes are not those that were written. If a program wrote it so, report it there.",
    },
    non_canonical: {
        title: "The file is not in the one form allowed",
        todo: "Its values could be read, but it was written or changed by a program that breaks the specification. Write it again with `qmodel compress`.",
    },
    unsupported: {
        title: "The file needs something that this page lacks",
        todo: "It may be fine. Try a newer version of this page, or the Python package: `qmodel inspect`.",
    },
    limit: {
        title: "The file asks for more than this page spends",
        todo: "It may be fine. Open it with the Python package, whose limits can be raised.",
    },
    invalid_input: {
        title: "The file cannot be read",
        todo: "Check the address, and that its server answers range requests and allows other sites (CORS). A file of the disk may have been moved or changed since.",
    },
    internal: {
        title: "Something failed that should not",
        todo: "Load the page again. If it comes back, report it with the file.",
    },
};

/** An alert with the kind, the message and the advice. */
export function failureView(error: unknown): HTMLElement {
    const kind = kindOf(error);
    const { title, todo } = ADVICE[kind] ?? ADVICE.internal!;
    return element(
        "section",
        { class: "failure", role: "alert", "data-kind": kind },
        element("h2", {}, title, " ", element("span", { class: "tag" }, kind)),
        element("p", { class: "message" }, error instanceof Error ? error.message : String(error)),
        element("p", {}, ...withCode(todo)),
    );
}

function kindOf(error: unknown): string {
    return error instanceof Error && "kind" in error && typeof error.kind === "string" ? error.kind : "internal";
}

/** Text in backquotes is code. */
function withCode(text: string): (string | HTMLElement)[] {
    return text.split("`").map((part, k) => (k % 2 ? element("code", {}, part) : part));
}
