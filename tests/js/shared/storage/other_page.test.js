import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf } from "../../../../static/js/shared/storage/other_page.js";

test("a file is a picture or a video by its type, else by its name", () => {
  assert.equal(kindOf({ type: "image/jpeg", name: "a.jpg" }), "image");
  assert.equal(kindOf({ type: "video/mp4", name: "a" }), "video");
  assert.equal(kindOf({ type: "", name: "IMG_1.HEIC" }), "image");
  assert.equal(kindOf({ type: "application/octet-stream", name: "clip.mkv" }), "video");
  assert.equal(kindOf({ type: "text/plain", name: "notes.txt" }), "other");
});
