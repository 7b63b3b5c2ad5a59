/** What the coding `arithmetic` expects of each element (spec/buffers/arithmetic.md, "Prediction"). */

import type { ArithmeticPlan } from "./plan.js";

const MOST_LEVEL = 65_535;
const MOST_WEIGHT = 2 ** 23;
const MOST_MEAN = 2 ** 24;

/** Predicts the elements of one chunk, each from those before it. */
export class Prediction {
    /** Expected level and scale of the element that comes next, in 1/256 of a level. */
    mean = 0;
    scale = 0;
    readonly #columns: number;
    readonly #period: number;
    readonly #distances: readonly number[];
    readonly #isSlotColumn: boolean;
    readonly #levels: Int32Array;
    #element = 0;
    #column: number;
    #place = 0;
    #slot = 0;

    readonly #inputs: Float64Array;
    readonly #shared: Float64Array;
    readonly #own: Float64Array;
    #norm = 0;
    readonly #columnResiduals: Float64Array;
    readonly #columnLevels: Float64Array;
    readonly #columnCounts: Float64Array;
    #rowResidual = 0;
    #rowExpected = 0;
    #rowLevels = 0;
    #rowCount = 0;
    #global = 2 ** 20;
    #seen = 1;
    #recent = 256;
    #g = 0;
    #across = 0;
    #ratio = 0;

    /** The chunk's first element is element `start` of the buffer, and it has `count`. */
    constructor(plan: ArithmeticPlan, start: number, count: number) {
        const inputs = plan.distances.length + 2;
        // Each column comes at most once in a chunk that is shorter than a row: its place in the chunk names it.
        this.#isSlotColumn = plan.columns <= count;
        const slots = Math.min(plan.columns, count);
        this.#columns = plan.columns;
        this.#period = plan.period;
        this.#distances = plan.distances;
        this.#column = start % plan.columns;
        this.#levels = new Int32Array(count);
        this.#inputs = new Float64Array(inputs);
        this.#shared = new Float64Array(inputs);
        this.#own = new Float64Array(inputs * plan.period);
        this.#columnResiduals = new Float64Array(slots);
        this.#columnLevels = new Float64Array(slots);
        this.#columnCounts = new Float64Array(slots);
    }

    /** Sets mean and scale for the next element. */
    predict(): void {
        if (this.#column === 0) {
            this.#rowResidual = this.#rowExpected = this.#rowLevels = this.#rowCount = 0;
        }
        this.#slot = this.#isSlotColumn ? this.#column : this.#element;
        this.#place = this.#column % this.#period;
        this.#gatherInputs();
        this.#predictMean();
        this.#predictScale();
    }

    #gatherInputs(): void {
        const inputs = this.#inputs;
        const distances = this.#distances;
        const i = this.#element;
        for (let j = 0; j < distances.length; j++) {
            const distance = distances[j]!;
            const isApart = distance > i || (distance < this.#period && distance > this.#place);
            inputs[j] = isApart ? 0 : 16 * this.#levels[i - distance]!;
        }
        const slot = this.#slot;
        inputs[distances.length] = Math.trunc((16 * this.#rowLevels) / (this.#rowCount + 4));
        inputs[distances.length + 1] = Math.trunc((64 * this.#columnLevels[slot]!) / (this.#columnCounts[slot]! + 4));
    }

    #predictMean(): void {
        const inputs = this.#inputs;
        const first = this.#place * inputs.length;
        let total = 0;
        let norm = 0;
        for (let j = 0; j < inputs.length; j++) {
            const x = inputs[j]!;
            total += x * (this.#shared[j]! + this.#own[first + j]!);
            norm += x * x;
        }
        this.#norm = norm;
        this.mean = clamp(Math.floor(total / 65_536), -MOST_MEAN, MOST_MEAN);
    }

    #predictScale(): void {
        const slot = this.#slot;
        const g = 1 + Math.floor(this.#global / 4096);
        const across = 1 + Math.floor((this.#columnResiduals[slot]! + 8 * g) / (this.#columnCounts[slot]! + 8));
        const share = (4096 * (this.#rowResidual + 12 * g)) / (this.#rowExpected + 12 * g);
        const ratio = clamp(Math.floor(share), 64, 2 ** 18);
        const product = Math.min(Math.floor((ratio * across) / 4096), 2 ** 25);
        this.#g = g;
        this.#across = across;
        this.#ratio = ratio;
        this.scale = Math.floor((7 * product + this.#recent) / 8) + 20;
    }

    /** Learns from the level that the predicted element turned out to have, and goes on to the next. */
    learn(level: number): void {
        const y = clamp(level, -MOST_LEVEL, MOST_LEVEL);
        const error = 256 * y - this.mean;
        const magnitude = Math.abs(error);
        this.#learnWeights(error);
        this.#seen = Math.min(this.#seen + 1, 1000);
        this.#global += Math.floor((4096 * magnitude) / this.#seen) - Math.floor(this.#global / this.#seen);
        this.#recent += Math.floor((magnitude - this.#recent) / 4);
        this.#learnColumn(magnitude, y);
        this.#learnRow(magnitude, y);
        this.#levels[this.#element++] = y;
        this.#column = this.#column + 1 === this.#columns ? 0 : this.#column + 1;
    }

    #learnWeights(error: number): void {
        const inputs = this.#inputs;
        const g = this.#g;
        const regular = Math.floor((12 * inputs.length * Math.floor((g * g) / 256)) / 16);
        const step = Math.trunc((error * 1311 * 65_536) / (this.#norm + regular + 16));
        const first = this.#place * inputs.length;
        for (let j = 0; j < inputs.length; j++) {
            const change = Math.floor((step * inputs[j]! + 32_768) / 65_536);
            this.#shared[j] = clamp(this.#shared[j]! + change, -MOST_WEIGHT, MOST_WEIGHT);
            this.#own[first + j] = clamp(this.#own[first + j]! + change, -MOST_WEIGHT, MOST_WEIGHT);
        }
    }

    #learnColumn(magnitude: number, y: number): void {
        const slot = this.#slot;
        const residuals = this.#columnResiduals[slot]! + Math.floor((4096 * magnitude) / this.#ratio);
        const levels = this.#columnLevels[slot]! + y;
        const count = this.#columnCounts[slot]! + 1;
        const isFull = count === 128;
        this.#columnResiduals[slot] = isFull ? Math.floor(residuals / 2) : residuals;
        this.#columnLevels[slot] = isFull ? Math.floor(levels / 2) : levels;
        this.#columnCounts[slot] = isFull ? 64 : count;
    }

    #learnRow(magnitude: number, y: number): void {
        this.#rowResidual += magnitude;
        this.#rowExpected += this.#across;
        this.#rowLevels += y;
        this.#rowCount++;
        if (this.#rowCount === 512) {
            this.#rowResidual = Math.floor(this.#rowResidual / 2);
            this.#rowExpected = Math.floor(this.#rowExpected / 2);
            this.#rowLevels = Math.floor(this.#rowLevels / 2);
            this.#rowCount = 256;
        }
    }
}

function clamp(x: number, least: number, greatest: number): number {
    return Math.min(Math.max(x, least), greatest);
}
