/** From the manifest's bytes to its message (spec/manifest.md, "What opening checks", 1 to 4). */

import { fromBinary } from "@bufbuild/protobuf";
import { configureTextEncoding } from "@bufbuild/protobuf/wire";

import { beyondLimit, corrupt, QModelError, unsupported } from "../errors.js";
import type { Limits } from "../limits.js";
import { ManifestSchema, type Manifest } from "../v1/qmodel/v1/manifest_pb.js";
import { checkSerialization } from "./canonical.js";
import { FEATURES } from "./features.js";
import { decodeUtf8, quoted } from "./text.js";
import { Wire, WireReader } from "./wire.js";

/** The newest minor version that this reader knows. */
const KNOWN_MINOR = 0;

/** A parsed manifest, and whether all of it was understood. */
export interface ParsedManifest {
    readonly manifest: Manifest;
    /** What the caller should know: that the file is of a newer minor version. */
    readonly warnings: readonly string[];
}

/**
 * Parses a manifest: version and features first, then its form, then how many tensors and chunks there are.
 *
 * @throws QModelError of the kind that the first broken rule has.
 */
export function parseManifest(bytes: Uint8Array, limits: Limits): ParsedManifest {
    const header = readHeader(bytes);
    if (header.major !== 1) {
        throw unsupported(`version ${header.major}.${header.minor} of the format; this reader knows version 1`);
    }
    const lacking = header.features.filter((feature) => !FEATURES.has(feature));
    if (lacking.length > 0) {
        throw unsupported(`the file needs what this reader lacks: ${lacking.slice(0, 8).map(quoted).join(", ")}`);
    }
    const isNewer = header.minor > KNOWN_MINOR;
    checkSerialization(ManifestSchema, bytes, isNewer ? "parsable" : "canonical");
    if (header.tensors > limits.maxTensors) {
        throw beyondLimit(`${header.tensors} tensors, more than ${limits.maxTensors}`);
    }
    if (header.chunks > limits.maxChunks) {
        throw beyondLimit(`${header.chunks} chunks, more than ${limits.maxChunks}`);
    }
    const newer = `version 1.${header.minor} is newer than 1.${KNOWN_MINOR}: what it adds is not read`;
    return { manifest: parsed(bytes), warnings: isNewer ? [newer] : [] };
}

function parsed(bytes: Uint8Array): Manifest {
    keepByteOrderMarks();
    try {
        return fromBinary(ManifestSchema, bytes, { readUnknownFields: false });
    } catch (error) {
        throw error instanceof QModelError ? error : corrupt("the manifest is no protobuf message");
    }
}

/** The library's own decoder drops U+FEFF at the start of a text, which makes other names of names. */
function keepByteOrderMarks(): void {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
    const encoder = new TextEncoder();
    configureTextEncoding({
        checkUtf8: (text) => !/\p{Surrogate}/u.test(text),
        decodeUtf8: (content, isStrict) => (isStrict === true ? strict : lenient).decode(content),
        encodeUtf8: (text) => encoder.encode(text),
    });
}

interface Header {
    major: number;
    minor: number;
    features: string[];
    tensors: number;
    chunks: number;
}

/** What must be known before anything else is judged, of any version ("What never changes"). */
function readHeader(bytes: Uint8Array): Header {
    const header: Header = { major: 0, minor: 0, features: [], tensors: 0, chunks: 0 };
    const reader = new WireReader(bytes);
    const end = bytes.length;
    while (reader.place < end) {
        const { number, wire } = reader.tag(end);
        if (number <= 2 && wire === Wire.Varint) {
            reader.varint(end);
            header[number === 1 ? "major" : "minor"] = reader.low;
            continue;
        }
        if (number === 3 && wire === Wire.Bytes) {
            reader.place = reader.length(end);
            header.features.push(decodeUtf8(bytes.subarray(reader.place - reader.low, reader.place)));
            continue;
        }
        header.chunks += number === 5 ? 1 : 0;
        header.tensors += number === 6 ? 1 : 0;
        reader.skip(wire, number, end);
    }
    return header;
}
