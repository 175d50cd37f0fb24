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

test("of two pictures chosen quickly the newest is shown, whichever answer comes first", async (t) => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  t.mock.method(globalThis, "fetch", async (url, { body }) => {
    if (body.name === "slow.jpg") await held;
    const faces = body.name === "slow.jpg" ? [] : [face];
    return url.includes("annotate") ? new Response("picture") : Response.json({ faces });
  });
  const shown = parts();
  const comparison = new Comparison(shown, "/api/v1/detect", "mine");
  const slow = comparison.show(new File(["one"], "slow.jpg"));
  await comparison.show(new File(["two"], "quick.jpg"));
  release();
  await slow;
  assert.match(shown.comparisonStatus.textContent, /^Before: 1 face/);
  assert.match(shown.afterText.textContent, /^1 face/);
});

test("an error about a picture that another one has replaced is not shown", async (t) => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  t.mock.method(globalThis, "fetch", async (url, { body }) => {
    if (body.name === "slow.jpg") await held.then(() => Promise.reject(new Error("no network")));
    return url.includes("annotate") ? new Response("picture") : Response.json({ faces: [face] });
  });
  const shown = parts();
  const comparison = new Comparison(shown, "/api/v1/detect", "mine");
  const slow = comparison.show(new File(["one"], "slow.jpg"));
  await comparison.show(new File(["two"], "quick.jpg"));
  release();
  await slow;
  assert.match(shown.comparisonStatus.textContent, /^Before: 1 face/);
});
