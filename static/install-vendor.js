// Copy the libraries of the web pages from node_modules to static/vendor, which git ignores: `npm run build`.
import { copyFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const FILES = ["socket.io-client/dist/socket.io.esm.min.js"];

const modules = new URL("../node_modules/", import.meta.url);
const vendor = new URL("vendor/", import.meta.url);

await mkdir(vendor, { recursive: true });
for (const file of FILES) {
  const target = new URL(file.split("/").pop(), vendor);
  await copyFile(new URL(file, modules), target);
  console.log(`${file} -> ${fileURLToPath(target)}`);
}
