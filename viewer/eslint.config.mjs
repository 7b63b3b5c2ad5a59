import reader from "../readers/js/eslint.config.mjs";

export default [{ ignores: ["dist/", "build/", "node_modules/"] }, ...reader];
