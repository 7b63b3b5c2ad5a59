/** A server of the built page and of other files, with ranges, that counts the bytes it sends. */

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
};

/** A running server. */
export class Site {
    /** Bytes sent by path. */
    readonly sent = new Map<string, number>();
    /** Requests by path. */
    readonly requests = new Map<string, number>();

    private constructor(
        private readonly server: Server,
        /** Its address, with a slash at the end. */
        readonly address: string,
    ) {}

    /** Serves folders: a path is looked for in each in turn. */
    static async start(folders: readonly string[]): Promise<Site> {
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        const site = new Site(server, `http://127.0.0.1:${port}/`);
        server.on("request", (request: IncomingMessage, response: ServerResponse) => {
            void site.answer(folders, request, response);
        });
        return site;
    }

    /** Ends the server and its connections. */
    async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((resolve) => this.server.close(resolve));
    }

    private async answer(
        folders: readonly string[],
        request: IncomingMessage,
        response: ServerResponse,
    ): Promise<void> {
        const path = decodeURIComponent(new URL(request.url ?? "/", this.address).pathname);
        const found = await lookUp(folders, path.endsWith("/") ? `${path}index.html` : path);
        if (!found) {
            response.writeHead(404).end();
            return;
        }
        const range = rangeOf(request.headers.range, found.size);
        const head = {
            "Content-Type": TYPES[extname(found.file)] ?? "application/octet-stream",
            "Content-Length": range.end - range.start,
            "Accept-Ranges": "bytes",
            ETag: '"1"',
        };
        const part = { "Content-Range": `bytes ${range.start}-${range.end - 1}/${found.size}` };
        response.writeHead(range.isPart ? 206 : 200, range.isPart ? { ...head, ...part } : head);
        this.requests.set(path, (this.requests.get(path) ?? 0) + 1);
        if (request.method === "HEAD") {
            response.end();
            return;
        }
        const stream = createReadStream(found.file, { start: range.start, end: range.end - 1 });
        stream.on("data", (piece) => this.sent.set(path, (this.sent.get(path) ?? 0) + piece.length));
        stream.pipe(response);
    }
}

async function lookUp(folders: readonly string[], path: string): Promise<{ file: string; size: number } | undefined> {
    for (const folder of folders) {
        const file = join(folder, normalize(path));
        try {
            return { file, size: (await stat(file)).size };
        } catch {
            // Perhaps in the next folder.
        }
    }
    return undefined;
}

function rangeOf(header: string | undefined, size: number): { start: number; end: number; isPart: boolean } {
    const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
    if (!found) {
        return { start: 0, end: size, isPart: false };
    }
    const [, first = "", last = ""] = found;
    if (first === "") {
        return { start: Math.max(0, size - Number(last)), end: size, isPart: true };
    }
    return { start: Number(first), end: last === "" ? size : Math.min(size, Number(last) + 1), isPart: true };
}
