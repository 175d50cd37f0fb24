import assert from "node:assert/strict";
import { test } from "node:test";
import { pictureUnit } from "../../../../static/js/shared/faces/snapshot.js";

// tests/vision/test_annotate.py has the same for webapp/vision/styles.py.
test("the unit of a picture goes by its longer side, of a long strip by the shorter one", () => {
  assert.equal(pictureUnit({ width: 1600, height: 1200 }), 2);
  assert.equal(pictureUnit({ width: 800, height: 3200 }), 4);
  assert.equal(pictureUnit({ width: 20_000, height: 400 }), 2);
  assert.equal(pictureUnit({ width: 320, height: 240 }), 0.75);
});
