/** The page: nothing, loading, a file, or what went wrong. */

import "./style/base.css";
import "./style/page.css";
import "./style/tensors.css";
import "./style/graph.css";
import "./style/samples.css";
import { Client } from "./client.js";
import { element, refill } from "./dom.js";
import { failureView } from "./failure-view.js";
import { fileView } from "./file-view.js";
import { acceptDrops, fileInput, landing } from "./landing.js";
import type { Place } from "./messages.js";
import { themeButton } from "./theme.js";

const main = element("main", { id: "main" });
let client = new Client();
let current = 0;

document.body.append(header(), main);
acceptDrops(open);
const given = new URLSearchParams(location.search).get("url");
if (given === null) {
    showLanding();
} else {
    open({ url: given });
}

function header(): HTMLElement {
    return element(
        "header",
        { class: "page-header" },
        element(
            "a",
            { class: "brand", href: location.pathname, "aria-label": "qmodel viewer, start" },
            mark(),
            "qmodel",
        ),
        element("span", { class: "spring" }),
        element("label", { class: "button quiet" }, fileInput(open), "Open a file"),
        themeButton(),
    );
}

/** Four squares, one of them small: weights, compressed. */
function mark(): HTMLElement {
    const cells = Array.from({ length: 4 }, () => element("i"));
    return element("span", { class: "mark", "aria-hidden": "true" }, ...cells);
}

function showLanding(): void {
    document.title = "qmodel viewer";
    refill(main, landing(open));
}

/** Opens a file; whatever the worker was doing for the one before is stopped. */
function open(place: Place): void {
    client.close();
    client = new Client();
    const mine = ++current;
    const name = "file" in place ? place.file.name : place.url;
    refill(main, element("p", { class: "loading", role: "status" }, `Opening ${name} …`));
    const absolute = "file" in place ? place : { url: new URL(place.url, document.baseURI).href };
    client.ask("open", absolute).then(
        (description) => {
            if (mine === current) {
                document.title = `${description.name} · qmodel viewer`;
                refill(main, fileView(description, client));
            }
        },
        (error: unknown) => {
            if (mine === current) {
                refill(main, failureView(error), landing(open));
            }
        },
    );
}
