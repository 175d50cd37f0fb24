import assert from "node:assert/strict";
import { test } from "node:test";
import { imageFormat, isSentAsItIs, photoRejection, undecodable } from "../../../static/js/photos/image_format.js";
import { megabytes } from "../../../static/js/shared/numbers.js";

const bytes = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test("the format of an image is detected by its first bytes", () => {
  assert.equal(imageFormat(bytes("\xff\xd8\xff\xe0")), "jpeg");
  assert.equal(imageFormat(bytes("\x89PNG\r\n\x1a\n")), "png");
  assert.equal(imageFormat(bytes("RIFF\0\0\0\0WEBP")), "webp");
  assert.equal(imageFormat(bytes("\0\0\0\x18ftypheic")), "heic");
  assert.equal(imageFormat(bytes("\0\0\0\x18ftypavif")), "avif");
  assert.equal(imageFormat(bytes("GIF89a")), "gif");
  assert.equal(imageFormat(bytes("BM6\0\0\0")), "bmp");
  assert.equal(imageFormat(bytes("\0\0\0\x18ftypmp42")), "other");
  assert.equal(imageFormat(bytes("")), "other");
});

test("a rejection says what to do next", () => {
  const reject = (format, size) => photoRejection(format, size, 30e6, "JPEG or PNG", megabytes);
  assert.equal(reject("jpeg", 1e6), null);
  assert.equal(reject("heic", 1e6), null);
  assert.match(undecodable("heic"), /export this photo as JPEG/);
  assert.match(undecodable("avif"), /cannot open this AVIF picture/);
  assert.match(reject("other", 1e6), /JPEG or PNG/);
  assert.match(reject("jpeg", 31e6), /has 31.MB\. The limit is 30.MB/);
});

test("what the server opens is sent as it is", () => {
  assert.deepEqual(["jpeg", "png", "webp", "heic", "avif", "gif", "bmp", "other"].filter(isSentAsItIs), ["jpeg", "png", "webp"]);
});
