import assert from "node:assert/strict";
import { test } from "node:test";
import { statedSize, tooLarge } from "../../../../static/js/collect/model/picture_size.js";

const latin = (text) => [...text].map((letter) => letter.charCodeAt(0));
const bytes = (...parts) => Uint8Array.from(parts.flat());
const webp = (...parts) => bytes(latin("RIFF\0\0\0\0WEBPVP8"), ...parts);

test("the size that a header states", () => {
  const app0 = [0xff, 0xe0, 0, 4, 1, 1];
  const cases = [
    ["jpeg", bytes([0xff, 0xd8], app0, [0xff, 0xc2, 0, 17, 8, 0x01, 0x2c, 0x02, 0x80]), [640, 300]],
    ["jpeg", bytes([0xff, 0xd8], app0, [0xff, 0xc4, 0, 3, 9], [0xff, 0xc0, 0, 17, 8, 0, 9, 0, 7]), [7, 9]],
    ["png", bytes(latin("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), [0, 0, 2, 0x80, 0, 0, 1, 0x2c]), [640, 300]],
    ["webp", webp(latin("X"), new Array(8).fill(0), [0x7f, 2, 0], [0x2b, 1, 0]), [640, 300]],
    ["webp", webp(latin("L"), [0, 0, 0, 0, 0x2f], [0x7f, 0xc2, 0x4a, 0]), [640, 300]],
    ["webp", webp(latin(" "), new Array(10).fill(0), [0x80, 2, 0x2c, 1]), [640, 300]],
  ];
  for (const [format, header, [width, height]] of cases) assert.deepEqual(statedSize(format, header), { width, height }, `${format} ${header}`);
  assert.equal(statedSize("jpeg", bytes([0xff, 0xd8], app0)), null);
  assert.equal(statedSize("png", bytes([1, 2])), null);
  assert.equal(statedSize("heic", bytes([1, 2])), null);
});

test("enormous pictures are refused", () => {
  assert.match(tooLarge({ width: 20_000, height: 20_000 }), /has 400 megapixels. The limit is 100\./);
  assert.equal(tooLarge({ width: 10_000, height: 10_000 }), null);
  assert.equal(tooLarge(null), null);
});
