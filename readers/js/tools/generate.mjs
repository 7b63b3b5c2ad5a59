// Writes src/v1 from proto/ with protoc and protoc-gen-es; with --check compares instead.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const home = fileURLToPath(new URL("..", import.meta.url));
const proto = fileURLToPath(new URL("../../../proto", import.meta.url));
const committed = join(home, "src", "v1");

function filesBelow(folder) {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .sort();
}

function generate(folder) {
    const schema = filesBelow(proto).filter((name) => name.endsWith(".proto"));
    const plugin = join(home, "node_modules", ".bin", "protoc-gen-es");
    execFileSync("protoc", [
        `--plugin=protoc-gen-es=${plugin}`,
        `--es_out=${folder}`,
        "--es_opt=target=ts,import_extension=js",
        `--proto_path=${proto}`,
        ...schema,
    ]);
}

function differences(made) {
    const names = new Set([...filesBelow(made), ...filesBelow(committed)]);
    return [...names].filter((name) => {
        try {
            return readFileSync(join(made, name), "utf8") !== readFileSync(join(committed, name), "utf8");
        } catch {
            return true;
        }
    });
}

if (process.argv.includes("--check")) {
    const made = mkdtempSync(join(tmpdir(), "qmodel-generated-"));
    try {
        generate(made);
        const stale = differences(made);
        if (stale.length > 0) {
            console.error(`not what protoc-gen-es makes of proto/: ${stale.join(", ")}; run npm run generate`);
            process.exitCode = 1;
        }
    } finally {
        rmSync(made, { recursive: true });
    }
} else {
    generate(committed);
}
