/** A drawing as an image of MNIST: 28 × 28 pixels, the digit in 20 × 20 of them, its centre of mass in the middle. */

/** Pixels along an edge of the image. */
export const IMAGE_EDGE = 28;
const DIGIT_EDGE = 20;

/**
 * Fits a drawing into an image, as MNIST's digits were (LeCun et al., 1998).
 *
 * @param ink - `edge` × `edge` values of 0 to 255, 255 where a stroke is; row after row.
 * @returns 784 pixels; all 0 for an empty drawing.
 */
export function digitImage(ink: Uint8Array | Uint8ClampedArray, edge: number): Uint8Array<ArrayBuffer> {
    const image = new Uint8Array(IMAGE_EDGE * IMAGE_EDGE);
    const box = boundsOf(ink, edge);
    if (!box) {
        return image;
    }
    const scale = Math.max(box.width, box.height) / DIGIT_EDGE;
    const centre = centreOf(ink, edge);
    for (let y = 0; y < IMAGE_EDGE; y++) {
        for (let x = 0; x < IMAGE_EDGE; x++) {
            const left = centre.x + (x - IMAGE_EDGE / 2) * scale;
            const top = centre.y + (y - IMAGE_EDGE / 2) * scale;
            image[y * IMAGE_EDGE + x] = Math.round(meanOf(ink, edge, left, top, scale));
        }
    }
    return image;
}

function boundsOf(ink: ArrayLike<number>, edge: number): { width: number; height: number } | undefined {
    let [left, right, top, bottom] = [edge, -1, edge, -1];
    for (let k = 0; k < edge * edge; k++) {
        if (ink[k]! > 0) {
            const [x, y] = [k % edge, Math.floor(k / edge)];
            [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
        }
    }
    return right < 0 ? undefined : { width: right - left + 1, height: bottom - top + 1 };
}

function centreOf(ink: ArrayLike<number>, edge: number): { x: number; y: number } {
    let [mass, x, y] = [0, 0, 0];
    for (let k = 0; k < edge * edge; k++) {
        mass += ink[k]!;
        x += ink[k]! * ((k % edge) + 0.5);
        y += ink[k]! * (Math.floor(k / edge) + 0.5);
    }
    return { x: x / mass, y: y / mass };
}

/** The mean ink of a square, what lies outside the drawing counted as none. */
function meanOf(ink: ArrayLike<number>, edge: number, left: number, top: number, size: number): number {
    const [fromX, toX] = [Math.max(0, Math.floor(left)), Math.min(edge, Math.ceil(left + size))];
    const [fromY, toY] = [Math.max(0, Math.floor(top)), Math.min(edge, Math.ceil(top + size))];
    let sum = 0;
    for (let y = fromY; y < toY; y++) {
        const height = Math.min(y + 1, top + size) - Math.max(y, top);
        for (let x = fromX; x < toX; x++) {
            sum += ink[y * edge + x]! * height * (Math.min(x + 1, left + size) - Math.max(x, left));
        }
    }
    return sum / (size * size);
}
