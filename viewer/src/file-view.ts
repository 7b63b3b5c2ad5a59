/** An open file: its headline and its tabs. */

import type { Client } from "./client.js";
import type { FileDescription } from "./description.js";
import { digitsView } from "./digits-view.js";
import { element } from "./dom.js";
import { bits, bytes, count, plural, shortCount } from "./figures.js";
import { goldenView } from "./golden-view.js";
import { graphView } from "./graph/graph-view.js";
import { overview } from "./overview.js";
import { Tabs, type Tab } from "./tabs.js";
import { TensorsView } from "./tensors/tensors-view.js";

/** All that the page shows of a file. */
export function fileView(file: FileDescription, client: Client): HTMLElement {
    const tensors = new TensorsView(file, client);
    const showTensor = (name: string): void => {
        tabs.show("tensors");
        tensors.select(name);
    };
    const tabs = new Tabs(tabsOf(file, client, tensors, showTensor), `Parts of ${file.name}`);
    if (file.graph?.takesDigits) {
        tabs.node.classList.add("has-digits");
    }
    return element("article", { class: "file" }, headline(file), tabs.node);
}

function tabsOf(
    file: FileDescription,
    client: Client,
    tensors: TensorsView,
    showTensor: (name: string) => void,
): Tab[] {
    const { graph, golden } = file;
    const tabs: Tab[] = [
        { id: "overview", label: "Overview", content: () => overview(file, showTensor) },
        { id: "tensors", label: "Tensors", note: count(file.tensors.length), content: () => tensors.node },
    ];
    if (graph) {
        const note = count(graph.nodes.length);
        tabs.push({ id: "graph", label: "Graph", note, content: () => graphView(file, graph, showTensor) });
    }
    if (graph?.takesDigits) {
        tabs.push({ id: "digits", label: "Draw a digit", content: () => digitsView(client) });
    }
    if (golden.length) {
        const note = count(golden.length);
        tabs.push({ id: "golden", label: "Golden samples", note, content: () => goldenView(file, client) });
    }
    return tabs;
}

function headline(file: FileDescription): HTMLElement {
    return element(
        "div",
        { class: "headline" },
        element("h1", {}, file.name),
        element(
            "p",
            {},
            `${bytes(file.size)} · ${shortCount(file.weights)} weights in ${plural(file.tensors.length, "tensor")} · ` +
                `${bits(file.bitsPerWeight)} bits per weight`,
        ),
    );
}
