import assert from "node:assert/strict";
import { test } from "node:test";
import { differenceHash, differingBits, greyMeans, HASH_COLUMNS, HASH_ROWS, NEAR_BITS, nearDuplicates } from "../../../../static/js/collect/model/picture_hash.js";
import { picture } from "../pictures.js";

const grey = (value) => Float64Array.from({ length: HASH_COLUMNS * HASH_ROWS }, (_, i) => value(i % HASH_COLUMNS, Math.floor(i / HASH_COLUMNS)));

test("a hash has a bit for each step to the right", () => {
  assert.equal(differenceHash(grey((x) => x)), "f".repeat(64));
  assert.equal(differenceHash(grey((x) => -x)), "0".repeat(64));
  assert.equal(differenceHash(grey((x, y) => (x === 1 && y === 0 ? 1 : 0))), `8${"0".repeat(63)}`);
});

test("light and contrast change nothing", () => {
  const wave = (x, y) => Math.sin(x + y * 1.3);
  assert.equal(differingBits(differenceHash(grey(wave)), differenceHash(grey((x, y) => 40 + 9 * wave(x, y)))), 0);
});

test("differing bits", () => {
  assert.equal(differingBits("f".repeat(64), "0".repeat(64)), 256);
  assert.equal(differingBits("8000000080000000", "0000000180000000"), 2);
});

test("blocks of pixels are averaged", () => {
  const rgba = Uint8ClampedArray.from([100, 100, 100, 255, 50, 50, 50, 255, 0, 0, 0, 255, 0, 0, 0, 255, 100, 100, 100, 255, 50, 50, 50, 255, 200, 0, 0, 255, 0, 0, 0, 255]);
  assert.deepEqual([...greyMeans(rgba, 2, 1, 2)].map((value) => value.toFixed(1)), ["300.0", "59.8"]);
});

/** A hash that differs from that of zeros in so many bits. */
const away = (bits) => BigInt("0b" + "1".repeat(bits) + "0").toString(16).padStart(64, "0");

test("near-duplicates name the earlier picture; what is left out neither repeats nor is repeated", () => {
  const at = (id, bits, fields) => picture(id, [], { hash: away(bits), ...fields });
  assert.deepEqual([...nearDuplicates([at("a", 0), at("b", NEAR_BITS), at("c", NEAR_BITS + 1), at("d", NEAR_BITS + 2)])], [["b", "a"], ["d", "c"]]);
  assert.deepEqual([...nearDuplicates([at("a", 0, { leftOut: true }), at("b", 3), at("c", 4, { leftOut: true })])], []);
});
