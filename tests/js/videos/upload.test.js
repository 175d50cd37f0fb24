import assert from "node:assert/strict";
import { test } from "node:test";
import { goesOn } from "../../../static/js/videos/upload.js";

test("an upload that broke off goes on, unless the server has refused it", () => {
  assert.ok(goesOn(0, false), "no answer");
  for (const status of [0, 408, 409, 423, 500, 502, 503, 504]) assert.ok(goesOn(status, true), `${status}`);
  for (const status of [400, 403, 404, 413, 415, 429, 507]) assert.ok(!goesOn(status, true), `${status}`);
  for (const status of [429, 503, 507]) assert.ok(!goesOn(status, false), `${status} at the start: the visitor decides`);
});
