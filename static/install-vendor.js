// Copy the libraries of the web pages from node_modules to static/vendor, which git ignores: `npm run build`.
// Each has a gzip beside it, which the server sends to browsers (webapp/pages/compression.py).
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const LITERT = "@litertjs/core/wasm/litert_wasm";
/** Files of packages and their places in static/vendor. LiteRT: plain, for older browsers (no relaxed SIMD), with threads. */
const FILES = {
  "fflate/esm/browser.js": "fflate.js",
  "socket.io-client/dist/socket.io.esm.min.js": "socket.io.esm.min.js",
  "tus-js-client/dist/tus.min.js": "tus.min.js",
  "@litertjs/core/dist/index.js": "litert/core.js",
  "@litertjs/wasm-utils/dist/index.js": "litert/wasm-utils.js",
  ...Object.fromEntries(
    ["", "_compat", "_threaded"].flatMap((kind) => ["js", "wasm"].map((end) => [`${LITERT}${kind}_internal.${end}`, `litert/litert_wasm${kind}_internal.${end}`])),
  ),
};

/**
 * Browsers resolve names of packages by import maps only, which workers do not have; and no source map is copied.
 */
const REPLACED = {
  "litert/core.js": ['from "@litertjs/wasm-utils"', 'from "./wasm-utils.js"'],
  "tus.min.js": ["//# sourceMappingURL=tus.min.js.map", ""],
};

const modules = new URL("../node_modules/", import.meta.url);
const vendor = new URL("vendor/", import.meta.url);

for (const [file, place] of Object.entries(FILES)) {
  const target = fileURLToPath(new URL(place, vendor));
  await mkdir(dirname(target), { recursive: true });
  const data = replaced(await readFile(new URL(file, modules)), REPLACED[place]);
  await writeFile(target, data);
  await writeFile(`${target}.gz`, gzipSync(data, { level: 9 }));
  console.log(`${file} -> ${target}`);
}

/** A file with one text replaced, which must be there. */
function replaced(bytes, replacement) {
  if (!replacement) return bytes;
  const text = bytes.toString("utf8");
  if (!text.includes(replacement[0])) throw new Error(`no ${replacement[0]} to replace`);
  // The source map is not copied.
  return text.replace(...replacement).replace(/^\/\/# sourceMappingURL=.*$/m, "");
}
