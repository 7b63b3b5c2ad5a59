/** What Node has beyond the browser: files of a disk. */

export { FileSource } from "./sources/file.js";
