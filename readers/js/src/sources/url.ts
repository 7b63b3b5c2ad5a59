/** Files of a web server, read by HTTP range requests (RFC 9110, section 14). */

import { invalidInput, QModelError } from "../errors.js";
import { firstBytes } from "./body.js";
import type { Source, Tail } from "./source.js";

/** How a file of a web server is fetched. */
export interface UrlSourceOptions {
    /** The function to fetch with; `fetch` where absent. */
    readonly fetch?: typeof fetch;
    /** Headers of every request, as `Authorization`. */
    readonly headers?: Readonly<Record<string, string>>;
    /**
     * The largest file, in bytes, that is taken whole from a server that ignores ranges; a larger one is refused as
     * `invalid_input`. 16 MiB where absent; 0: never.
     */
    readonly wholeUpTo?: number;
}

const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(\d+)$/;

/** A file behind a URL. Only what is needed is fetched; the file must not change meanwhile, which is noticed. */
export class UrlSource implements Source {
    readonly worthwhileGap = 1 << 17;
    readonly worthwhileTail = 1 << 16;
    readonly #url: string;
    readonly #fetch: typeof fetch;
    readonly #headers: Readonly<Record<string, string>>;
    readonly #wholeUpTo: number;
    #whole: Uint8Array | undefined;
    #version: string | null = null;

    constructor(url: string | URL, options: UrlSourceOptions = {}) {
        this.#url = String(url);
        this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
        this.#headers = options.headers ?? {};
        this.#wholeUpTo = options.wholeUpTo ?? 16 * 2 ** 20;
    }

    async tail(length: number): Promise<Tail> {
        let response: Response;
        try {
            response = await this.#request({ Range: `bytes=-${length}` });
        } catch (error) {
            // Across origins a range from the end needs leave that many servers do not give; one of two numbers does not.
            return await this.#tailBySize(length, error);
        }
        this.#version = versionOf(response);
        if (response.status !== 206) {
            return await this.#tailOfWhole(response, length);
        }
        const range = CONTENT_RANGE.exec(response.headers.get("Content-Range") ?? "");
        if (range === null) {
            await response.body?.cancel();
            return await this.#tailBySize(length, undefined);
        }
        const [start, size] = [Number(range[1]), Number(range[3])];
        const expected = Math.min(length, size);
        if (!Number.isSafeInteger(size) || start !== size - expected || Number(range[2]) !== size - 1) {
            await response.body?.cancel();
            throw invalidInput(`${this.#url}: the server sent another range than was asked for`);
        }
        return { size, bytes: await this.#exactly(response, expected) };
    }

    async read(offset: number, length: number): Promise<Uint8Array> {
        if (this.#whole !== undefined) {
            return this.#whole.subarray(offset, offset + length);
        }
        const response = await this.#request({ Range: `bytes=${offset}-${offset + length - 1}` });
        await this.#check(response, offset, length);
        return await this.#exactly(response, length);
    }

    async #check(response: Response, offset: number, length: number): Promise<void> {
        const range = CONTENT_RANGE.exec(response.headers.get("Content-Range") ?? "");
        const isAsked = range === null || (Number(range[1]) === offset && Number(range[2]) === offset + length - 1);
        const version = versionOf(response);
        if (response.status === 206 && isAsked && version === this.#version) {
            return;
        }
        await response.body?.cancel();
        const reason =
            response.status !== 206
                ? "the server ignores ranges"
                : isAsked
                  ? "the file changed while it was read"
                  : "the server sent another range than was asked for";
        throw invalidInput(`${this.#url}: ${reason}`);
    }

    async #tailBySize(length: number, cause: unknown): Promise<Tail> {
        const head = await this.#request({}, "HEAD", cause);
        const size = Number(head.headers.get("Content-Length") ?? NaN);
        if (!Number.isSafeInteger(size) || size < 1) {
            throw invalidInput(`${this.#url}: the server does not say how large the file is`, cause);
        }
        this.#version = versionOf(head);
        const start = Math.max(0, size - length);
        return { size, bytes: await this.read(start, size - start) };
    }

    async #tailOfWhole(response: Response, length: number): Promise<Tail> {
        const whole = await firstBytes(response, this.#wholeUpTo + 1);
        if (whole.length > this.#wholeUpTo) {
            throw invalidInput(`${this.#url}: the server ignores ranges, and the file is too large to be taken whole`);
        }
        this.#whole = whole;
        return { size: whole.length, bytes: whole.subarray(Math.max(0, whole.length - length)) };
    }

    async #exactly(response: Response, length: number): Promise<Uint8Array> {
        const bytes = await firstBytes(response, length);
        if (bytes.length !== length) {
            throw invalidInput(`${this.#url}: the server sent ${bytes.length} bytes for ${length}`);
        }
        return bytes;
    }

    async #request(headers: Record<string, string>, method = "GET", earlier?: unknown): Promise<Response> {
        let response: Response;
        try {
            response = await this.#fetch(this.#url, { method, headers: { ...this.#headers, ...headers } });
        } catch (error) {
            throw invalidInput(`${this.#url} cannot be fetched`, earlier ?? error);
        }
        if (!response.ok) {
            await response.body?.cancel();
            throw new QModelError("invalid_input", `${this.#url}: the server answered ${response.status}`);
        }
        return response;
    }
}

/** What tells two versions of a file apart, where the server lets it be seen. */
function versionOf(response: Response): string | null {
    return response.headers.get("ETag") ?? response.headers.get("Last-Modified");
}
