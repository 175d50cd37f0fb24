import assert from "node:assert/strict";
import { test } from "node:test";
import { learntPictures, readiness } from "../../../../static/js/collect/classifier/learnable.js";
import { picture } from "../pictures.js";

const many = (count, label, sitting = 1) => Array.from({ length: count }, (_, i) => picture(`${label}${sitting}${i}`, [label], { sitting }));
const both = (sitting) => [...many(5, "with_mask", sitting), ...many(5, "without_mask", sitting)];

test("pictures are learnt from sitting by sitting; those without a box or left out are not", () => {
  const pictures = [
    picture("late", ["with_mask"], { sitting: 2, order: 1 }),
    picture("second", ["with_mask"], { order: 3 }),
    picture("first", ["with_mask"], { order: 2 }),
    picture("none", [], { order: 4 }),
    picture("left out", ["with_mask"], { order: 5, leftOut: true }),
  ];
  assert.deepEqual(learntPictures(pictures).map(({ id }) => id), ["first", "second", "late"]);
});

test("what is missing is said before anything is tried", () => {
  const refusal = (pictures) => readiness(pictures).refusal;
  assert.equal(refusal([picture("none")]), "There is no picture with a box yet.");
  assert.equal(refusal(many(1, "with_mask")), "All boxes show one state: “Mask” has 1 box. It needs 5 boxes or more of at least two states.");
  assert.equal(refusal([...many(9, "with_mask"), ...many(4, "without_mask")]), "“Mask” has 9 boxes, “No mask” has 4 boxes. It needs 5 boxes or more of at least two states.");
  assert.deepEqual(readiness([...both(1), ...both(2)]), { refusal: null, notes: [] });
});

test("what is allowed, but tells less, is said too", () => {
  const [note, ...more] = readiness(both(1)).notes;
  assert.match(note, /^All of it is from one sitting: it works, .* A second sitting, under another lamp/);
  assert.deepEqual(more, []);
  assert.deepEqual(readiness([...both(1), ...both(2), ...many(4, "mask_worn_incorrectly", 2)]).notes, ["“Worn incorrectly” has only 4 boxes: it is not learnt, for that takes 5."]);
  assert.deepEqual(readiness([...both(1), ...many(5, "with_mask", 3)]).notes, ["“No mask” is in sitting 1 alone: take it in another sitting too, else nothing tells the state from the sitting."]);
});
