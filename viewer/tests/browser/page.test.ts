/** The page in a browser: files opened and shown, and what is wrong with others. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { manyTensors } from "./many-tensors.js";
import { drop, SAMPLE, shoot, Stage } from "./stage.js";

let stage: Stage;
before(async () => {
    stage = await Stage.start();
});
after(async () => {
    await stage.stop();
});

test("the sample opens by one click", async () => {
    const page = await stage.page();
    await shoot(page, "landing");
    await page.click("#sample");
    await page.waitForSelector(".figures");
    assert.equal(await page.locator(".headline h1").textContent(), "digits.qmodel");
    assert.match((await page.locator(".figures").textContent()) ?? "", /115,562/);
    await shoot(page, "overview");
});

test("a dropped file shows its tensors, sorted and filtered", async () => {
    const page = await stage.page();
    await drop(page, SAMPLE);
    await page.click("#tab-tensors");
    const names = (): Promise<(string | null)[]> =>
        page.locator(".row[data-tensor]").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-tensor")));
    assert.ok((await names()).includes("fc.weight"));
    await page.click(".table-head .bytes button");
    assert.equal((await names())[0], "onnx::Conv_172");
    await page.fill("input[type=search]", "fc trellis");
    assert.deepEqual(await names(), ["fc.weight"]);
    assert.equal(await page.locator(".shown").first().textContent(), "1 of 32 tensors");
});

test("a tensor shows its encoding, its distribution and its heat map", async () => {
    const page = await stage.page();
    await drop(page, SAMPLE);
    await page.click("#tab-tensors");
    await page.click('.row[data-tensor="onnx::Conv_154"]');
    await page.waitForSelector(".heat-map");
    const detail = (await page.locator(".tensors .detail").textContent()) ?? "";
    assert.match(detail, /64 × 32 × 3 × 3 of f32/);
    assert.match(detail, /trellisstep 0\.0\d+states 8/);
    assert.match(detail, /codesbuffer18,432 s8, rans/);
    assert.ok((await page.locator(".histogram .bin").count()) > 20);
    await shoot(page, "tensors");
});

test("keys move through the table, close groups and choose", async () => {
    const page = await stage.page();
    await drop(page, SAMPLE);
    await page.click("#tab-tensors");
    await page.focus(".table");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.locator(".row.group").first().getAttribute("aria-expanded"), "false");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".histogram");
    assert.equal(await page.locator(".tensors .detail h2").first().textContent(), "fc.bias");
});

test("of thousands of tensors only rows in sight are made", async () => {
    const page = await stage.page();
    await drop(page, { name: "many.qmodel", mimeType: "application/octet-stream", buffer: manyTensors(200) });
    await page.click("#tab-tensors");
    assert.equal(await page.locator(".shown").first().textContent(), "6,400 tensors");
    const body = page.locator(".table-body");
    assert.equal(await body.evaluate((node) => node.scrollHeight / 34), 6400 + 200 + 1);
    await body.evaluate((node) => {
        node.scrollTop = node.scrollHeight;
    });
    await page.waitForSelector('.row[data-tensor="layers.199.block.31.weight"]');
    assert.ok((await page.locator(".row-space .row").count()) < 100);
    await page.fill("input[type=search]", "layers.77. .5.");
    assert.equal(await page.locator(".row[data-tensor]").count(), 1);
});

test("the graph is drawn, and leads to tensors", async () => {
    const page = await stage.page();
    await drop(page, SAMPLE);
    await page.click("#tab-graph");
    assert.equal(await page.locator(".box").count(), 38);
    await page.locator(".box-weights").nth(1).click();
    await shoot(page, "graph");
    await page.click(".graph .detail button:has-text('onnx::Conv_148')");
    await page.waitForSelector(".heat-map");
    assert.equal(await page.locator(".tensors .detail h2").first().textContent(), "onnx::Conv_148");
    await page.click("#tab-graph");
    await page.click("text=List");
    assert.equal(await page.locator(".node-list tbody tr").count(), 38);
});

test("golden samples are run and as expected", async () => {
    const page = await stage.page("", "dark");
    await drop(page, SAMPLE);
    await page.click("#tab-golden");
    await page.click("text=Run and compare");
    await page.waitForSelector(".verdict");
    assert.match((await page.locator(".verdict").textContent()) ?? "", /4 outputs as expected/);
    await shoot(page, "golden-dark");
});

test("a file whose table of contents is damaged is refused with kind and advice", async () => {
    const page = await stage.page();
    await drop(page, await damaged(-200));
    await page.waitForSelector(".failure");
    assert.equal(await page.locator(".failure").getAttribute("data-kind"), "corrupt");
    assert.match((await page.locator(".failure").textContent()) ?? "", /damaged.*backup/s);
    await shoot(page, "corrupt");
});

test("a file with a damaged chunk shows all but the tensors in it", async () => {
    const page = await stage.page();
    await drop(page, await damaged(4000));
    await page.click("#tab-tensors");
    const rows = page.locator(".row[data-tensor]");
    const count = await rows.count();
    const outcomes = new Set<string>();
    for (let k = 0; k < count && outcomes.size < 2; k++) {
        await rows.nth(k).click();
        await page.waitForSelector(".tensors .detail .failure, .tensors .detail .histogram");
        const failure = page.locator(".tensors .detail .failure");
        outcomes.add((await failure.count()) ? ((await failure.getAttribute("data-kind")) ?? "") : "fine");
    }
    assert.deepEqual([...outcomes].sort(), ["corrupt", "fine"]);
});

test("an address that leads nowhere is said to", async () => {
    const page = await stage.page(`?url=${encodeURIComponent("nowhere.qmodel")}`);
    await page.waitForSelector(".failure");
    assert.equal(await page.locator(".failure").getAttribute("data-kind"), "invalid_input");
    assert.ok(await page.locator(".drop").isVisible());
});

test("the theme is the system's until another is chosen", async () => {
    const page = await stage.page("", "dark");
    const theme = (): Promise<string | null> => page.locator("html").getAttribute("data-theme");
    assert.equal(await theme(), "dark");
    await page.click("[aria-label='Use light colours']");
    assert.equal(await theme(), "light");
    await page.reload();
    assert.equal(await theme(), "light");
});

test("nothing but the page and the file is fetched", async () => {
    const page = await stage.page();
    const foreign: string[] = [];
    page.on("request", (request) => {
        if (!request.url().startsWith(stage.site.address) && !/^(blob|data):/.test(request.url())) {
            foreign.push(request.url());
        }
    });
    await page.reload();
    await page.click("#sample");
    await page.waitForSelector(".figures");
    assert.deepEqual(foreign, []);
});

/** The sample with a bit turned; a negative place counts from the end. */
async function damaged(place: number): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
    const buffer = await readFile(SAMPLE);
    const at = place < 0 ? buffer.length + place : place;
    buffer[at] = buffer[at]! ^ 1;
    return { name: "damaged.qmodel", mimeType: "application/octet-stream", buffer };
}
