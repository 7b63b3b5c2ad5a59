/** Every byte codec in the worker of the built page: those of WebAssembly are files beside it. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { drop, path, Stage } from "./stage.js";

let stage: Stage;
before(async () => {
    stage = await Stage.start();
});
after(async () => {
    await stage.stop();
});

for (const codec of ["brotli", "zstd", "zlib", "lz4", "lzo"]) {
    test(`tensors stored with ${codec} are decoded`, async () => {
        const page = await stage.page();
        await drop(page, path(`../spec/conformance/valid/packed-${codec}.qmodel`));
        await page.click("#tab-tensors");
        await page.click(".table-head .bytes button");
        await page.locator(".row[data-tensor]").first().click();
        await page.waitForSelector(".tensors .detail .values, .tensors .detail .failure");
        assert.equal(await page.locator(".tensors .detail .failure").count(), 0);
        assert.match((await page.locator(".encoding-tree").textContent()) ?? "", new RegExp(codec));
    });
}
