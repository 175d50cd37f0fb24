import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const ROOT = fileURLToPath(new URL("../../../static/js/", import.meta.url));
const DEVICE = ["device", "device/detectors", "device/personal", "device/runtime", "device/tracking", "device/vision"];
const COLLECT = ["collect", "collect/classifier", "collect/editor", "collect/formats", "collect/model", "collect/store"];
const SHARED = ["shared", "shared/camera", "shared/faces", "shared/files", "shared/storage"];
const MAY_IMPORT = {
  live: ["live", "live/mirror", "device", "device/personal", ...SHARED],
  "live/mirror": ["live/mirror", "device", ...SHARED],
  photos: ["photos", "device", "device/personal", ...SHARED],
  door: ["door", "live", "live/mirror", "device", ...SHARED],
  videos: ["videos", ...SHARED],
  collect: [...COLLECT, "photos", "device", "device/personal", "device/vision", ...SHARED],
  "collect/classifier": ["collect/classifier", "collect/model", "device", "device/personal", ...SHARED],
  "collect/editor": ["collect/editor", "collect/model", ...SHARED],
  "collect/formats": ["collect/formats", "collect/model", ...SHARED],
  "collect/model": ["collect/model", "device/vision", ...SHARED],
  "collect/store": ["collect/store", "collect/model", ...SHARED],
  train: ["train", ...SHARED],
  ...Object.fromEntries(DEVICE.map((folder) => [folder, [...DEVICE, ...SHARED]])),
  offline: SHARED,
  ...Object.fromEntries(SHARED.map((folder) => [folder, ["shared", folder]])),
};

const modules = readdirSync(ROOT, { recursive: true }).filter((name) => name.endsWith(".js"));

const source = (name) => readFileSync(join(ROOT, name), "utf8");

/** Relative imports of a module: the paths of their targets below static/js, and the imported names. */
function imports(name) {
  return [...source(name).matchAll(/(?:import \{ (.+?) \} from |import\()"(\..+?)"/g)].map(([, names = "", target]) => ({
    target: relative(ROOT, join(ROOT, dirname(name), target)),
    names: names.split(", ").filter(Boolean),
  }));
}

test("every module is in a folder with a place in the layers", () => {
  assert.deepEqual([...new Set(modules.map((name) => dirname(name)))].sort(), Object.keys(MAY_IMPORT).sort());
});

for (const name of modules) {
  test(`${name} imports names that exist, from its own page or shared`, () => {
    for (const { target, names } of imports(name).filter(({ target }) => !target.startsWith("../vendor/"))) {
      assert.ok(existsSync(join(ROOT, target)), target);
      assert.ok(MAY_IMPORT[dirname(name)].includes(dirname(target)), target);
      for (const imported of names) {
        assert.match(source(target), new RegExp(`^export (async )?(function\\*?|class|const) ${imported}\\b`, "m"), `${imported} of ${target}`);
      }
    }
  });
}
