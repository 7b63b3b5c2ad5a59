/** A web server for one file that counts what it sends. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the server behaves. */
export interface Behaviour {
    /** Sends everything, whatever was asked for. */
    ignoresRanges?: boolean;
    /** Refuses ranges from the end, as a browser would across origins. */
    refusesSuffixes?: boolean;
    /** Sends other bytes than asked for. */
    shiftsRanges?: boolean;
    /** Sends fewer bytes than it says. */
    breaksOff?: boolean;
}

/** A running server. */
export interface FileServer extends AsyncDisposable {
    readonly url: string;
    /** Bytes of bodies sent, and the ranges asked for, in order. */
    sent: number;
    readonly ranges: string[];
    /** The version that the file has. */
    etag: string;
}

/** Serves bytes until it is disposed of. */
export async function serve(bytes: Uint8Array, behaviour: Behaviour = {}): Promise<FileServer> {
    const server = createServer((request, response) => {
        answer(request, response, bytes, behaviour, state);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const state: FileServer = {
        url: `http://127.0.0.1:${port}/model.qmodel`,
        sent: 0,
        ranges: [],
        etag: '"1"',
        [Symbol.asyncDispose]: async () => {
            server.closeAllConnections();
            await new Promise((resolve) => server.close(resolve));
        },
    };
    return state;
}

function answer(
    request: IncomingMessage,
    response: ServerResponse,
    bytes: Uint8Array,
    behaviour: Behaviour,
    state: FileServer,
): void {
    const range = request.headers.range ?? "";
    state.ranges.push(range);
    response.setHeader("ETag", state.etag);
    if (request.method === "HEAD") {
        response.setHeader("Content-Length", bytes.length).end();
        return;
    }
    if (behaviour.refusesSuffixes === true && range.startsWith("bytes=-")) {
        request.socket.destroy();
        return;
    }
    const found = /^bytes=(\d*)-(\d*)$/.exec(range);
    if (behaviour.ignoresRanges === true || found === null) {
        send(response, bytes, state);
        return;
    }
    const [first, last] =
        found[1] === ""
            ? [Math.max(0, bytes.length - Number(found[2])), bytes.length - 1]
            : [Number(found[1]), Math.min(Number(found[2]), bytes.length - 1)];
    const shift = behaviour.shiftsRanges === true ? 1 : 0;
    response.statusCode = 206;
    response.setHeader("Content-Range", `bytes ${first - shift}-${last - shift}/${bytes.length}`);
    const body = bytes.subarray(first, last + 1);
    send(response, behaviour.breaksOff === true ? body.subarray(0, -1) : body, state);
}

/** Piece by piece, so that a client that has enough can stop. */
function send(response: ServerResponse, body: Uint8Array, state: FileServer): void {
    const PIECE = 1 << 16;
    let place = 0;
    const next = (): void => {
        while (place < body.length && !response.destroyed) {
            const piece = body.subarray(place, place + PIECE);
            place += piece.length;
            state.sent += piece.length;
            if (!response.write(piece)) {
                response.once("drain", next);
                return;
            }
        }
        response.end();
    };
    next();
}
