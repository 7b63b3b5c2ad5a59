/** A browser with the built page in it, and where screenshots go. */

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { Site } from "./site.js";

const ROOT = new URL("../../../", import.meta.url);
const FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/** A path in the viewer's folder. */
export function path(name: string): string {
    return fileURLToPath(new URL(name, ROOT));
}

/** The sample, as it is committed. */
export const SAMPLE = path("public/digits.qmodel");

/** A server of the built page, and a browser. */
export class Stage {
    private constructor(
        readonly site: Site,
        private readonly browser: Browser,
    ) {}

    /** Starts both; `more` is a folder that is served, too. */
    static async start(more: readonly string[] = []): Promise<Stage> {
        const site = await Site.start([path("dist"), ...more]);
        const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
        return new Stage(site, await chromium.launch({ executablePath, args: FLAGS }));
    }

    /** A new page, in place of the one before, that fails the test on any error in it. */
    async page(query = "", theme: "dark" | "light" = "light", width = 1440, hasTouch = false): Promise<Page> {
        await Promise.all(this.browser.contexts().map((context) => context.close()));
        const page = await this.browser.newPage({ viewport: { width, height: 900 }, colorScheme: theme, hasTouch });
        page.setDefaultTimeout(20_000);
        page.on("pageerror", (error) => {
            throw error;
        });
        await page.goto(this.site.address + query);
        return page;
    }

    /** Ends both. */
    async stop(): Promise<void> {
        await this.browser.close();
        await this.site.stop();
    }
}

/** Opens a file by the input that stands for dropping one. */
export async function drop(
    page: Page,
    file: string | { name: string; mimeType: string; buffer: Buffer },
): Promise<void> {
    await page.locator(".page-header input[type=file]").setInputFiles(file);
}

/** Writes what the page shows into a folder that git ignores. */
export async function shoot(page: Page, name: string): Promise<void> {
    await mkdir(path("screenshots"), { recursive: true });
    await page.screenshot({ path: path(`screenshots/${name}.png`) });
}
