import assert from "node:assert/strict";
import { test } from "node:test";
import { Collection } from "../../../static/js/collect/model/collection.js";
import { Intake } from "../../../static/js/collect/intake.js";
import { MemoryStore } from "./pictures.js";

/** An intake that notes which files it has begun, and how its batches ended. Files are no pictures: each is a problem. */
function noted() {
  const intake = new Intake(new Collection(new MemoryStore()), { imageMaxBytes: 1000, imageFormats: "JPEG" }, () => ({ sitting: 1, last: 1, state: null }));
  const seen = { begun: [], finished: [] };
  intake.addEventListener("progress", ({ detail: { text } }) => seen.begun.push(text));
  intake.addEventListener("finished", ({ detail: { text } }) => seen.finished.push(text));
  return { intake, seen };
}

const files = (...names) => names.map((name) => new File(["text"], name, { type: "image/jpeg" }));

test("cancelling stops the batch that is taken in, and those that wait behind it", async () => {
  const { intake, seen } = noted();
  intake.addEventListener("progress", () => intake.cancel(), { once: true });
  intake.addFiles(files("1.jpg", "2.jpg"));
  await intake.addFiles(files("3.jpg", "4.jpg", "5.jpg"));
  assert.deepEqual(seen.begun, ["File 1 of 2"]);
  assert.deepEqual(seen.finished, ["Cancelled. 0 pictures added."]);
});

test("what is chosen after cancelling is taken in", async () => {
  const { intake, seen } = noted();
  intake.cancel();
  await intake.addFiles(files("1.jpg", "2.jpg"));
  assert.deepEqual(seen.begun, ["File 1 of 2", "File 2 of 2"]);
  assert.deepEqual(seen.finished, ["0 pictures added."]);
});
