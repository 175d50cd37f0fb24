import assert from "node:assert/strict";
import { test } from "node:test";
import { BoxMotion } from "../../../../static/js/live/mirror/box_motion.js";

const mark = (changes = {}) => ({ x: 100, y: 100, width: 40, height: 60, state: "with_mask", score: 0.9, track_id: 1, ...changes });
const moving = () => new BoxMotion(() => false);

test("a new box settles: larger and transparent at first, then as it is", () => {
  const motion = moving();
  motion.update([mark()], 1000);
  const [first] = motion.at(1000);
  assert.ok(first.width > 40 && first.x < 100);
  assert.equal(first.alpha, 0);
  const [half] = motion.at(1100);
  assert.ok(half.width < first.width && half.width > 40);
  assert.equal(half.alpha, 0.5);
  const [settled] = motion.at(1200);
  assert.deepEqual([settled.x, settled.width, settled.alpha], [100, 40, 1]);
});

test("a known box follows its face without delay", () => {
  const motion = moving();
  motion.update([mark()], 0);
  motion.update([mark({ x: 300 })], 500);
  assert.equal(motion.at(500)[0].x, 300);
  assert.equal(motion.at(500)[0].alpha, 1);
});

test("another state cross-fades", () => {
  const motion = moving();
  motion.update([mark()], 0);
  motion.update([mark({ state: "without_mask" })], 1000);
  const [half] = motion.at(1100);
  assert.deepEqual([half.state, half.alpha, half.fading], ["without_mask", 0.5, { state: "with_mask", alpha: 0.5 }]);
  assert.equal(motion.at(1200)[0].fading, undefined);
});

test("a box whose face is gone fades out, without its label", () => {
  const motion = moving();
  motion.update([mark()], 0);
  motion.update([], 1000);
  const [leaving] = motion.at(1100);
  assert.deepEqual([leaving.alpha, leaving.bare], [0.5, true]);
  assert.deepEqual(motion.at(1200), []);
  motion.update([mark()], 1300);
  assert.equal(motion.at(1300)[0].alpha, 0);
});

test("an old box fades, and is drawn again when the fading begins", () => {
  const motion = moving();
  motion.update([mark()], 500, 300);
  assert.equal(motion.nextChange_ms(500), 0);
  assert.equal(motion.nextChange_ms(800), 500);
  assert.equal(motion.nextChange_ms(1400), 0);
  assert.equal(motion.at(1300)[0].alpha, 1);
  assert.ok(motion.at(2000)[0].alpha < 0.7);
  assert.equal(motion.nextChange_ms(4000), Infinity);
  assert.ok(motion.at(4000)[0].alpha > 0.2);
});

test("without motion boxes come, change and go at once; old ones are pale all the same", () => {
  const motion = new BoxMotion(() => true);
  motion.update([mark()], 0);
  assert.deepEqual(motion.at(0), [{ ...mark(), alpha: 1 }]);
  motion.update([mark({ state: "without_mask" })], 100);
  assert.equal(motion.at(100)[0].fading, undefined);
  assert.ok(motion.at(2500)[0].alpha < 0.5);
  motion.update([], 200);
  assert.deepEqual(motion.at(201), []);
});

test("marks without a track stay as they are, and clear forgets all", () => {
  const motion = moving();
  motion.update([mark({ track_id: null })], 0);
  assert.equal(motion.at(0)[0].width, 40);
  assert.equal(motion.at(0)[0].alpha, 1);
  motion.clear();
  assert.deepEqual(motion.at(1), []);
  assert.equal(motion.nextChange_ms(1), Infinity);
});
