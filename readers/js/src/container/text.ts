/** Names and other text (spec/manifest.md, "Names"). */

import { corrupt } from "../errors.js";
import { FORMAT_LIMITS } from "../limits.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes, a byte order mark at the start included. */
export function decodeUtf8(bytes: Uint8Array): string {
    try {
        return decoder.decode(bytes);
    } catch {
        throw corrupt("text is not UTF-8");
    }
}

/** Whether bytes are UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
    if (bytes.every((byte) => byte < 0x80)) {
        return true;
    }
    try {
        decoder.decode(bytes);
        return true;
    } catch {
        return false;
    }
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
    let length = text.length;
    for (let place = 0; place < text.length; place++) {
        const unit = text.charCodeAt(place);
        // A pair of surrogates is two units and four bytes, any other unit above U+07FF three bytes.
        length += unit < 0x80 ? 0 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
    }
    return length;
}

/** Order of the UTF-8 bytes: negative, 0 or positive. It is that of code points, not that of UTF-16 units. */
export function compareText(a: string, b: string): number {
    const length = Math.min(a.length, b.length);
    for (let place = 0; place < length; place++) {
        const [left, right] = [a.charCodeAt(place), b.charCodeAt(place)];
        if (left !== right) {
            return codePointRank(left) - codePointRank(right);
        }
    }
    return a.length - b.length;
}

/** Surrogates, the halves of the highest code points, behind all other units. */
function codePointRank(unit: number): number {
    return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

/** Checks a text of at most 1,024 bytes. */
export function checkText(text: string, what: string): void {
    if (text.length > FORMAT_LIMITS.nameBytes || utf8Length(text) > FORMAT_LIMITS.nameBytes) {
        throw corrupt(`${what} has more than ${FORMAT_LIMITS.nameBytes} bytes`);
    }
}

/** Checks a name: 1 to 1,024 bytes. */
export function checkName(name: string, what: string): void {
    if (name === "") {
        throw corrupt(`${what} is empty`);
    }
    checkText(name, what);
}

/** Checks a list of names: unique, in the order of their bytes. */
export function checkSortedNames(names: readonly string[], what: string): void {
    for (const [place, name] of names.entries()) {
        checkName(name, what);
        const before = names[place - 1];
        if (before !== undefined && compareText(before, name) >= 0) {
            throw corrupt(`${what}: names are not unique and sorted`);
        }
    }
}

/** A name for a message: short, without characters that change the line. */
export function quoted(name: string): string {
    const short = name.length > 80 ? `${name.slice(0, 80)}…` : name;
    return JSON.stringify(short).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");
}
