import assert from "node:assert/strict";
import { test } from "node:test";
import { Chime } from "../../../static/js/door/chime.js";
import { SpokenWord } from "../../../static/js/door/spoken_word.js";

const parameter = () => ({ setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} });
const notes = [];
class FakeNode {
  gain = parameter();
  constructor(audio, { frequency }) {
    this.frequency = frequency;
  }
  connect = (next) => next;
  start = (at_s) => notes.push({ frequency: this.frequency, at_s });
  stop() {}
}
globalThis.OscillatorNode = FakeNode;
globalThis.GainNode = FakeNode;

/** A browser's sound device: it plays once a tap has started it. */
function fakeAudio(state) {
  return class {
    state = state;
    currentTime = 3;
    destination = {};
    resume = async () => {
      this.state = "running";
    };
    close = async () => {};
  };
}

test("a chime plays the notes of a state, one after the other", () => {
  notes.length = 0;
  assert.equal(new Chime(fakeAudio("running")).play("with_mask", 0), true);
  assert.deepEqual(notes.map(({ at_s }) => at_s), [3, 3.16]);
  assert.ok(notes[1].frequency > notes[0].frequency);
});

test("several faces in a moment are one chime, and an unsure face is none", () => {
  const chime = new Chime(fakeAudio("running"));
  assert.deepEqual([chime.play("with_mask", 0), chime.play("without_mask", 300), chime.play("without_mask", 1300)], [true, false, true]);
  assert.equal(chime.play("not_sure", 9000), false);
  assert.equal(chime.play(undefined, 9000), false);
  chime.on = false;
  assert.equal(chime.play("with_mask", 9000), false);
});

test("before a tap there is no sound, and no error; without a sound device neither", async () => {
  const chime = new Chime(fakeAudio("suspended"));
  assert.equal(chime.play("with_mask", 0), false);
  chime.unlock();
  assert.equal(chime.play("with_mask", 0), true);
  await chime.close();
  assert.equal(new Chime(undefined).play("with_mask", 0), false);
});

function fakeSynthesis() {
  return { speaking: false, pending: false, said: [], cancelled: 0, speak(utterance) { this.said.push(utterance.text); this.speaking = true; }, cancel() { this.cancelled += 1; this.speaking = false; } };
}
class FakeUtterance {
  constructor(text) {
    this.text = text;
  }
}

test("a word is said at once or not at all: none waits", () => {
  const synthesis = fakeSynthesis();
  const word = new SpokenWord(synthesis, FakeUtterance);
  assert.equal(word.say("with_mask", 0), false, "off unless it is chosen");
  word.on = true;
  assert.equal(word.say("with_mask", 0), true);
  assert.equal(word.say("without_mask", 500), false);
  synthesis.speaking = false;
  assert.equal(word.say("mask_worn_incorrectly", 900), true);
  assert.equal(word.say("not_sure", 99_000), false);
  assert.deepEqual(synthesis.said, ["Mask", "Mask worn incorrectly"]);
});

test("a voice that never ends is given up", () => {
  const synthesis = fakeSynthesis();
  const word = Object.assign(new SpokenWord(synthesis, FakeUtterance), { on: true });
  word.say("with_mask", 0);
  assert.equal(word.say("without_mask", 10_000), true);
  assert.equal(synthesis.cancelled, 1);
});

test("a browser without a voice is silent", () => {
  const word = Object.assign(new SpokenWord(undefined, undefined), { on: true });
  assert.equal(word.available, false);
  assert.equal(word.say("with_mask", 0), false);
  word.stop();
});
