import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const ROOT = fileURLToPath(new URL("../../../static/js/", import.meta.url));
const MAY_IMPORT = { live: ["live", "shared"], photos: ["photos", "shared"], videos: ["videos", "shared"], shared: ["shared"] };

const modules = readdirSync(ROOT, { recursive: true }).filter((name) => name.endsWith(".js"));

/** Relative imports of a module, as paths below static/js. */
function imports(name) {
  const source = readFileSync(join(ROOT, name), "utf8");
  return [...source.matchAll(/(?:from |import\()"(\..+?)"/g)].map(([, target]) => relative(ROOT, join(ROOT, dirname(name), target)));
}

test("every module is in a folder with a place in the layers", () => {
  assert.deepEqual([...new Set(modules.map((name) => dirname(name)))].sort(), Object.keys(MAY_IMPORT).sort());
});

for (const name of modules) {
  test(`${name} imports modules that exist, of its own page or shared`, () => {
    for (const target of imports(name).filter((target) => !target.startsWith("../vendor/"))) {
      assert.ok(existsSync(join(ROOT, target)), target);
      assert.ok(MAY_IMPORT[dirname(name)].includes(dirname(target)), target);
    }
  });
}
