import { defineConfig } from "vite";

export default defineConfig({
    // Relative addresses: the built folder works from any place of any host.
    base: "./",
    build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
    worker: { format: "es" },
    // The reader is a folder beside this one.
    server: { fs: { allow: [".."] } },
});
