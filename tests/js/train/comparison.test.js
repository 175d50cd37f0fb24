import assert from "node:assert/strict";
import { test } from "node:test";
import { Comparison } from "../../../static/js/train/comparison.js";

/** Parts of a card, as far as a comparison uses them. */
const parts = () => ({
  ...Object.fromEntries(["beforePicture", "afterPicture", "beforeText", "afterText", "comparisonStatus"].map((name) => [name, {}])),
  comparisonFile: new EventTarget(),
  pair: { hidden: true },
});

const face = { label: "with_mask", label_score: 0.99, box: [0, 0, 1, 1] };

/** Compare a picture whose answers are held back and, meanwhile, another one. */
async function overtaken(t, answerSlow) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  t.mock.method(globalThis, "fetch", async (url, { body }) => {
    const faces = body.name === "slow.jpg" ? await held.then(answerSlow) : [face];
    return url.includes("annotate") ? new Response("picture") : Response.json({ faces });
  });
  const shown = parts();
  const comparison = new Comparison(shown, "/api/v1/detect", "mine");
  const slow = comparison.show(new File(["one"], "slow.jpg"));
  await comparison.show(new File(["two"], "quick.jpg"));
  release();
  await slow;
  return shown;
}

test("of two pictures chosen quickly the newest is shown, whichever answer comes first", async (t) => {
  const shown = await overtaken(t, () => []);
  assert.match(shown.comparisonStatus.textContent, /^Before: 1 face/);
  assert.match(shown.afterText.textContent, /^1 face/);
});

test("an error about a picture that another one has replaced is not shown", async (t) => {
  const shown = await overtaken(t, () => Promise.reject(new Error("no network")));
  assert.match(shown.comparisonStatus.textContent, /^Before: 1 face/);
});
