/** CRC-32C (RFC 3720, appendix B.4; spec/container.md, "Trailer"), eight bytes a step. */

const POLYNOMIAL = 0x82f63b78;
const TABLE_COUNT = 8;
/** Table t gives, at t · 256 + b, the register after byte b and t bytes of zero. */
const TABLES = tables();

function tables(): Int32Array {
    const made = new Int32Array(TABLE_COUNT * 256);
    for (let byte = 0; byte < 256; byte++) {
        let register = byte;
        for (let bit = 0; bit < 8; bit++) {
            register = (register >>> 1) ^ (register & 1 ? POLYNOMIAL : 0);
        }
        made[byte] = register;
    }
    for (let place = 256; place < made.length; place++) {
        const before = made[place - 256]!;
        made[place] = (before >>> 8) ^ made[before & 0xff]!;
    }
    return made;
}

/** The CRC-32C of bytes, 0 to 2^32 − 1. */
export function crc32c(bytes: Uint8Array): number {
    const t = TABLES;
    let crc = -1;
    let place = 0;
    const whole = bytes.length - (bytes.length % TABLE_COUNT);
    while (place < whole) {
        const low =
            crc ^ (bytes[place]! | (bytes[place + 1]! << 8) | (bytes[place + 2]! << 16) | (bytes[place + 3]! << 24));
        crc =
            t[1792 + (low & 0xff)]! ^
            t[1536 + ((low >>> 8) & 0xff)]! ^
            t[1280 + ((low >>> 16) & 0xff)]! ^
            t[1024 + (low >>> 24)]! ^
            t[768 + bytes[place + 4]!]! ^
            t[512 + bytes[place + 5]!]! ^
            t[256 + bytes[place + 6]!]! ^
            t[bytes[place + 7]!]!;
        place += TABLE_COUNT;
    }
    while (place < bytes.length) {
        crc = (crc >>> 8) ^ t[(crc ^ bytes[place++]!) & 0xff]!;
    }
    return ~crc >>> 0;
}
