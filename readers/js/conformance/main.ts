/** Runs the conformance vectors of a folder; `npm run conformance -- DIR`. */

import { runConformance } from "./run.js";

const [folder] = process.argv.slice(2);
if (folder === undefined) {
    console.error("usage: npm run conformance -- DIR, a folder of vectors such as spec/conformance");
    process.exit(2);
}
const outcomes = await runConformance(folder);
const failed = outcomes.filter((outcome) => outcome.failures.length > 0);
for (const { file, failures } of failed) {
    for (const failure of failures) {
        console.log(`FAILED ${file}: ${failure}`);
    }
}
console.log(`${outcomes.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
