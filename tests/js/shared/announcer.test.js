import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Announcer } from "../../../static/js/shared/announcer.js";

function announcer() {
  const announced = [];
  return { announced, announcer: new Announcer({ set textContent(text) { announced.push(text); } }, 2000) };
}

test("a text is announced once it has stayed the same for two seconds", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { announced, announcer: to } = announcer();
  to.announce("one");
  mock.timers.tick(1900);
  to.announce("two");
  mock.timers.tick(1900);
  assert.deepEqual(announced, []);
  for (let i = 0; i < 5; i += 1) to.announce("two");
  mock.timers.tick(100);
  assert.deepEqual(announced, ["two"]);
  mock.timers.reset();
});

test("while labels flip, nothing is announced, and nothing twice", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { announced, announcer: to } = announcer();
  for (let i = 0; i < 50; i += 1) {
    to.announce(i % 2 ? "with" : "without");
    mock.timers.tick(300);
  }
  assert.deepEqual(announced, []);
  mock.timers.tick(2000);
  to.announce("without");
  to.announce("with");
  mock.timers.tick(5000);
  assert.deepEqual(announced, ["with"]);
  mock.timers.reset();
});

test("the answer to a click is announced at once", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { announced, announcer: to } = announcer();
  to.announce("1 face");
  to.announceNow("Picture taken.");
  assert.deepEqual(announced, ["Picture taken."]);
  mock.timers.tick(5000);
  assert.deepEqual(announced, ["Picture taken."]);
  mock.timers.reset();
});
