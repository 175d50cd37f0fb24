import assert from "node:assert/strict";
import { test } from "node:test";
import { pageConfig } from "../../../static/js/shared/dom.js";

test("numeric settings of the page are numbers", () => {
  assert.deepEqual(pageConfig({ liveMaxPx: "2100000", url: "/api", empty: "" }), { liveMaxPx: 2_100_000, url: "/api", empty: "" });
});
