/** How numbers look on the page. */

/** Stands for a number that is not known. */
export const UNKNOWN = "–";

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** 1,234,567. */
export function count(number: number): string {
    return number.toLocaleString("en-US");
}

/** 22.7 M: a large count in three digits. */
export function shortCount(number: number): string {
    const units = ["", " k", " M", " G", " T"];
    let [value, unit] = [number, 0];
    while (value >= 999.5 && unit < units.length - 1) {
        value /= 1000;
        unit++;
    }
    return unit === 0 ? count(value) : `${significant(value, 3)}${units[unit] ?? ""}`;
}

/** In the unit that leaves one to three digits before the point: 122.9 kB. */
export function bytes(number: number): string {
    let [value, unit] = [number, 0];
    while (value >= 999.95 && unit < UNITS.length - 1) {
        value /= 1000;
        unit++;
    }
    return `${unit === 0 ? count(value) : value.toFixed(1)} ${UNITS[unit] ?? ""}`;
}

/** 3.2e-3 or 0.012: three digits; 0 for none at all. */
export function error(value: number | undefined): string {
    if (value === undefined || Number.isNaN(value)) {
        return UNKNOWN;
    }
    return value === 0 ? "0" : Number.isFinite(value) ? value.toExponential(2) : infinite(value);
}

/** Decibels of a squared error relative to the squared signal: 24.9 dB. */
export function decibels(relativeMse: number | undefined): string {
    if (relativeMse === undefined) {
        return UNKNOWN;
    }
    return relativeMse === 0 ? "∞ dB" : `${(-10 * Math.log10(relativeMse)).toFixed(1)} dB`;
}

/** 12.3 %. */
export function percent(fraction: number): string {
    return `${(100 * fraction).toFixed(1)} %`;
}

/** 4.44. */
export function bits(value: number): string {
    return value.toFixed(2);
}

/** 96 × 64 × 3 × 3; "scalar" for no axes. */
export function shape(lengths: readonly (number | string)[]): string {
    return lengths.join(" × ") || "scalar";
}

/** 1 tensor, 2 tensors. */
export function plural(number: number, noun: string): string {
    return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** A number of a tensor in as many digits: 0.0123, −1.5e−8. */
export function significant(value: number, digits: number): string {
    if (!Number.isFinite(value)) {
        return Number.isNaN(value) ? "NaN" : infinite(value);
    }
    const magnitude = Math.abs(value);
    const isExtreme = magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e6);
    return String(isExtreme ? value.toExponential(digits - 1) : Number(value.toPrecision(digits))).replaceAll("-", "−");
}

/** 1.23 s, 45 ms. */
export function duration(milliseconds: number): string {
    return milliseconds < 1000
        ? `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`
        : `${(milliseconds / 1000).toFixed(2)} s`;
}

function infinite(value: number): string {
    return value > 0 ? "∞" : "−∞";
}
