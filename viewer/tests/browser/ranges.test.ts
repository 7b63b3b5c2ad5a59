/** A file of 100 MB over HTTP: only its table of contents and the tensors shown are fetched. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { writeLargeFile } from "./large-file.js";
import { shoot, Stage } from "./stage.js";

const MIB = 2 ** 20;
const NAME = "large.qmodel";

let stage: Stage;
let folder: string;
let size: number;
before(async () => {
    folder = await mkdtemp(join(tmpdir(), "viewer-"));
    size = await writeLargeFile(join(folder, NAME), 25);
    stage = await Stage.start([folder]);
});
after(async () => {
    await stage.stop();
    await rm(folder, { recursive: true });
});

test("only what is shown is fetched", async (context) => {
    assert.ok(size > 100 * MIB);
    const page = await stage.page(`?url=${NAME}`);
    const fetched = (): number => stage.site.sent.get(`/${NAME}`) ?? 0;
    await page.waitForSelector(".figures");
    const opening = fetched();
    assert.ok(opening < MIB / 4, `${opening} bytes to open`);
    await page.click("#tab-tensors");
    await page.click('.row[data-tensor="block.7.weight"]');
    await page.waitForSelector(".heat-map");
    const tensor = fetched() - opening;
    assert.ok(tensor >= 4 * MIB && tensor < 4 * MIB + 4096, `${tensor} bytes for a tensor of 4 MiB`);
    await shoot(page, "ranges");
    context.diagnostic(`${size} bytes: ${opening} to open, ${tensor} for a tensor of ${4 * MIB}`);
});
