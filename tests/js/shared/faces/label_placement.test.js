import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { placeLabels } from "../../../../static/js/shared/faces/label_placement.js";

// The cases are the same for saved pictures and videos (tests/vision/test_label_placement.py).
const CASES = JSON.parse(readFileSync(new URL("../../../label_placement.json", import.meta.url)));
const rounded = (place) => place && { short: place.short, x: +place.x.toFixed(6), y: +place.y.toFixed(6) };

for (const { name, picture, gap, faces, places } of CASES) {
  test(name, () => assert.deepEqual(placeLabels(faces, picture, gap).map(rounded), places.map(rounded)));
}
