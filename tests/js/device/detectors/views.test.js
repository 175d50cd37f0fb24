import assert from "node:assert/strict";
import { test } from "node:test";
import { largestPx, photoViews, streamViews, viewsName } from "../../../../static/js/device/detectors/views.js";
import { FIXTURES } from "../fixtures.js";

test("views are the core's", () => {
  for (const [sizePx, name] of Object.entries(FIXTURES.views.stream)) assert.equal(viewsName(streamViews(Number(sizePx))), name);
  for (const [key, name] of Object.entries(FIXTURES.views.photo)) {
    const [sizePx, tta] = key.split(" ");
    assert.equal(viewsName(photoViews(Number(sizePx), tta)), name);
  }
});

test("the first size of a name", () => {
  assert.equal(largestPx("960+640m+w640"), 960);
  assert.equal(largestPx("w640m+320"), 640);
});
