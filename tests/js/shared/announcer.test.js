import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Announcer } from "../../../static/js/shared/announcer.js";

test("a screen reader gets changes only, at a limited rate, the newest text", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const announced = [];
  const announcer = new Announcer({ set textContent(text) { announced.push(text); } }, 1000);
  for (const text of ["one", "two", "three"]) announcer.announce(text);
  assert.deepEqual(announced, ["one"]);
  mock.timers.tick(1000);
  assert.deepEqual(announced, ["one", "three"]);
  announcer.announce("three");
  mock.timers.tick(5000);
  assert.deepEqual(announced, ["one", "three"]);
  announcer.announce("four");
  assert.deepEqual(announced, ["one", "three", "four"]);
  mock.timers.reset();
});
