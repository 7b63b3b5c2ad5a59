/** Digits are drawn, and the stored network reads them. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { drop, SAMPLE, shoot, Stage } from "./stage.js";

/** Strokes of points, 0 to 1 across the pad. */
type Strokes = readonly (readonly (readonly [x: number, y: number])[])[];

const DIGITS: Readonly<Record<string, Strokes>> = {
    "0": [around(0.5, 0.5, 0.2, 0.3, 0, 1)],
    "1": [
        [
            [0.5, 0.18],
            [0.5, 0.82],
        ],
    ],
    "2": [[...around(0.5, 0.35, 0.2, 0.17, -0.5, 0.1), [0.3, 0.8], [0.74, 0.8]]],
    "3": [[...around(0.48, 0.34, 0.2, 0.16, -0.45, 0.25), ...around(0.48, 0.66, 0.22, 0.17, -0.25, 0.45)]],
    "7": [
        [
            [0.28, 0.22],
            [0.74, 0.2],
            [0.45, 0.84],
        ],
    ],
};

let stage: Stage;
before(async () => {
    stage = await Stage.start();
});
after(async () => {
    await stage.stop();
});

for (const [digit, strokes] of Object.entries(DIGITS)) {
    test(`a drawn ${digit} is read as ${digit}`, async () => {
        const page = await stage.page();
        await drop(page, SAMPLE);
        await page.click("#tab-digits");
        await draw(page, strokes);
        await page.waitForSelector(`.best[data-class="${digit}"]`);
        const value = (await page.locator(`.best[data-class="${digit}"] .class-value`).textContent()) ?? "";
        assert.ok(parseFloat(value) > 60, `${value} for ${digit}`);
        await shoot(page, `digit-${digit}`);
    });
}

test("clearing leaves an empty pad and no class", async () => {
    const page = await stage.page("", "dark");
    await drop(page, SAMPLE);
    await page.click("#tab-digits");
    await draw(page, DIGITS["7"]!);
    await page.waitForSelector('.best[data-class="7"]');
    await shoot(page, "digit-dark");
    await page.click("#clear");
    await page.waitForSelector(".class-list li:first-child:not(.best)");
    assert.equal(await page.locator(".best").count(), 0);
});

test("keys draw, too", async () => {
    const page = await stage.page();
    await drop(page, SAMPLE);
    await page.click("#tab-digits");
    await page.focus(".pad");
    const press = async (key: string, times: number): Promise<void> => {
        for (let k = 0; k < times; k++) {
            await page.keyboard.press(key);
        }
    };
    await press("ArrowUp", 9);
    await press(" ", 1);
    await press("ArrowDown", 18);
    await page.waitForSelector('.best[data-class="1"]');
});

test("fingers draw, too", async () => {
    const page = await stage.page("", "light", 420, true);
    await drop(page, SAMPLE);
    await page.click("#tab-digits");
    const box = (await page.locator(".pad").boundingBox())!;
    const fingers = await page.context().newCDPSession(page);
    const touch = async (type: "touchStart" | "touchMove" | "touchEnd", y?: number): Promise<void> => {
        const touchPoints = y === undefined ? [] : [{ x: box.x + box.width / 2, y: box.y + y * box.height }];
        await fingers.send("Input.dispatchTouchEvent", { type, touchPoints });
    };
    await touch("touchStart", 0.2);
    for (let y = 0.25; y < 0.85; y += 0.05) {
        await touch("touchMove", y);
    }
    await touch("touchEnd");
    await page.waitForSelector('.best[data-class="1"]');
    await shoot(page, "digit-touch");
});

async function draw(page: Page, strokes: Strokes): Promise<void> {
    const box = (await page.locator(".pad").boundingBox())!;
    const move = ([x, y]: readonly [number, number], steps: number): Promise<void> =>
        page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps });
    for (const [first, ...rest] of strokes) {
        await move(first!, 1);
        await page.mouse.down();
        for (const point of rest) {
            await move(point, 4);
        }
        await page.mouse.up();
    }
}

/** Points of an ellipse, from one part of a turn to another; 0 is on the right, a quarter is at the bottom. */
function around(x: number, y: number, width: number, height: number, from: number, to: number): [number, number][] {
    return Array.from({ length: 17 }, (_, k) => {
        const angle = 2 * Math.PI * (from + ((to - from) * k) / 16);
        return [x + width * Math.cos(angle), y + height * Math.sin(angle)];
    });
}
