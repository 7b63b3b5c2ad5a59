/** Measures decoding; `npm run speed -- FILE…`. The time is that of the processor, the least of several runs. */

import { BytesSource, QModelFile } from "../src/index.js";
import { readFileSync } from "node:fs";

const RUNS = 7;

for (const path of process.argv.slice(2)) {
    const bytes = readFileSync(path);
    const started = performance.now();
    const file = await QModelFile.open(new BytesSource(bytes));
    const opened = performance.now() - started;
    const elements = [...file.tensors.values()].reduce((sum, { size }) => sum + size, 0);
    let least = Infinity;
    for (let run = 0; run < RUNS; run++) {
        const before = process.cpuUsage();
        for (const name of file.tensors.keys()) {
            await file.tensor(name);
        }
        const { user, system } = process.cpuUsage(before);
        least = Math.min(least, (user + system) / 1e6);
    }
    const speed = (elements / least / 1e6).toFixed(1);
    console.log(`${path}: ${elements} elements, opened in ${opened.toFixed(1)} ms, ${speed} M elements/s`);
}
