/** The frames of a file (spec/container.md), for tests that make files. */

/** The first bytes of a file. */
export const SIGNATURE = Uint8Array.of(0x0a, 0x08, 0x51, 0x4d, 0x44, 0x4c, 0x0d, 0x0a, 0x1a, 0x0a);
const MAGIC = 0x4c444d51;

/** The frame of a field: its tag and the size of its content, which spec/container.md wants shortest. */
export function framed(tag: number, size: number): Uint8Array {
    const bytes = [tag];
    for (let rest = size; ; rest >>>= 7) {
        bytes.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest <= 127) {
            return Uint8Array.from(bytes);
        }
    }
}

/** The 26 last bytes of a file. */
export function trailerOf(offset: number, manifest: Uint8Array): Uint8Array {
    const view = new DataView(new ArrayBuffer(26));
    view.setUint8(0, 0x7a);
    view.setUint8(1, 0x18);
    view.setUint8(2, 0x09);
    view.setBigUint64(3, BigInt(offset), true);
    view.setUint8(11, 0x15);
    view.setUint32(12, manifest.length, true);
    view.setUint8(16, 0x1d);
    view.setUint32(17, crc32c(manifest), true);
    view.setUint8(21, 0x25);
    view.setUint32(22, MAGIC, true);
    return new Uint8Array(view.buffer);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) {
        crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
    return crc;
});

/** CRC-32C (RFC 3720, appendix B.4). */
export function crc32c(bytes: Uint8Array): number {
    let crc = 0xffffffff;
    for (let k = 0; k < bytes.length; k++) {
        crc = TABLE[(crc ^ bytes[k]!) & 255]! ^ (crc >>> 8);
    }
    return ~crc >>> 0;
}
